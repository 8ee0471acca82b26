"""What of a service's definition lies on this machine: all that a restore needs, and nothing that may be secret."""

import json
from typing import Any

import pytest
from google.cloud import run_v2
from google.protobuf.json_format import MessageToJson

from tests.conductor.fakes import PAY
from warroom.services.blanking import BLANKED, JUDGED, KEPT, kept

SECRET = "hunter2-and-more"
TEXTS = (9, 12, 14, 3, 4)  # string, bytes, enum, and the 64-bit numbers that JSON has as texts


def service() -> run_v2.Service:
    """A service that says everything a service can say, secrets wherever one may stand."""
    env = [
        run_v2.EnvVar(name="DB_PASSWORD", value=SECRET),
        run_v2.EnvVar(name="LOG_LEVEL", value="info"),
        run_v2.EnvVar(
            name="API_KEY",
            value_source=run_v2.EnvVarSource(
                secret_key_ref=run_v2.SecretKeySelector(secret="projects/p/secrets/api", version="3")
            ),
        ),
    ]
    probe = run_v2.Probe(
        http_get=run_v2.HTTPGetAction(
            path=f"/health?key={SECRET}", http_headers=[run_v2.HTTPHeader(name="Authorization", value=SECRET)]
        )
    )
    container = run_v2.Container(
        name="api",
        image="europe-docker.pkg.dev/p/r/api@sha256:abc",
        env=env,
        command=["/bin/server", f"--key={SECRET}"],
        args=[f"--password={SECRET}", "--token", SECRET, f"-p{SECRET}", "serve", f"{SECRET}="],
        liveness_probe=probe,
        resources=run_v2.ResourceRequirements(limits={"cpu": "1", "memory": "512Mi"}),
    )
    return run_v2.Service(
        name=PAY.path,
        labels={"team": "shop"},
        annotations={
            "owner": "payments",
            "kubectl.kubernetes.io/last-applied-configuration": SECRET,
            "manifest": f'{{"env": "{SECRET}"}}',
            "upstream": f"https://user:{SECRET}@example.com",
            "long": SECRET * 20,
            "deploy-token": SECRET,
        },
        template=run_v2.RevisionTemplate(
            revision="api-1",
            containers=[container],
            service_account="api@p.iam.gserviceaccount.com",
            scaling=run_v2.RevisionScaling(min_instance_count=2, max_instance_count=40),
            volumes=[run_v2.Volume(name="v", secret=run_v2.SecretVolumeSource(secret="certificate"))],
            annotations={"team": "payments"},
        ),
        traffic=[run_v2.TrafficTarget(revision="api-1", percent=100)],
        build_config=run_v2.BuildConfig(environment_variables={"NPM_TOKEN": SECRET}),
    )


def test_nothing_literal_is_left() -> None:
    """Wherever a person may have written a secret it is blanked; the file says where, why, and where it can be had."""
    text = kept(MessageToJson(run_v2.Service.pb(service())), PAY)
    assert SECRET not in text
    found: dict[str, Any] = json.loads(text)
    told = found.pop("warroom")
    assert "template.containers[api].env[DB_PASSWORD].value" in told["blanked"]
    assert "buildConfig.environmentVariables.NPM_TOKEN" in told["blanked"]
    assert PAY.name in told["to have them back"] and PAY.project in told["to read them"]
    assert all(path.split(".")[0].split("[")[0] in found for path in told["blanked"])


def test_what_a_restore_needs_is_kept() -> None:
    """Names of variables, references to secrets, image, resources, scaling, traffic, labels, annotations, flags."""
    found = json.loads(kept(MessageToJson(run_v2.Service.pb(service())), PAY))
    template = found["template"]
    (container,) = template["containers"]
    assert [one["name"] for one in container["env"]] == ["DB_PASSWORD", "LOG_LEVEL", "API_KEY"]
    assert container["env"][2]["valueSource"]["secretKeyRef"] == {"secret": "projects/p/secrets/api", "version": "3"}
    assert container["image"].endswith("@sha256:abc")
    assert container["resources"]["limits"] == {"cpu": "1", "memory": "512Mi"}
    assert container["command"] == ["/bin/server", f"--key={BLANKED}"]
    assert container["args"] == [f"--password={BLANKED}", "--token", *[BLANKED] * 4]
    assert container["livenessProbe"]["httpGet"]["path"] == f"/health?{BLANKED}"
    assert template["scaling"] == {"minInstanceCount": 2, "maxInstanceCount": 40}
    assert (template["serviceAccount"], template["revision"]) == ("api@p.iam.gserviceaccount.com", "api-1")
    assert template["volumes"][0]["secret"]["secret"] == "certificate"
    assert template["annotations"] == {"team": "payments"}
    assert found["traffic"] == [{"revision": "api-1", "percent": 100}]
    assert (found["labels"], found["annotations"]["owner"]) == ({"team": "shop"}, "payments")


def test_every_text_of_a_service_was_judged() -> None:
    """A newer client library may know more of a service: each new text must be put into one of the two lists.

    Until then it is blanked.
    """
    found: set[str] = set()

    def walk(message: Any) -> None:
        for field in message.fields:
            inner = field.message_type
            if inner is None:
                found.update({field.json_name} if field.type in TEXTS else ())
            elif inner.full_name.startswith("google.protobuf.") or inner.GetOptions().map_entry:
                found.add(field.json_name)
            else:
                walk(inner)

    walk(run_v2.Service.pb()().DESCRIPTOR)
    assert found <= KEPT | JUDGED
    assert json.loads(kept('{"name": "x", "newThing": "y"}', PAY))["newThing"] == BLANKED


def test_nothing_to_blank_and_nothing_to_read() -> None:
    """A definition without literals stays as it came; what is no JSON is not kept at all."""
    assert kept('{"name": "x", "generation": 3, "args": []}', PAY) == '{"name": "x", "generation": 3, "args": []}'
    for text in ("password", "[1]"):
        with pytest.raises(ValueError):
            kept(text, PAY)
