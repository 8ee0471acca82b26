"""launchdarkly-api on the embedded flags: its models are strict, so each answer must be a whole one."""

import importlib
from typing import Any

import pytest

from tests.sdk.conftest import Cloud

PROJECT, ENVIRONMENT, FLAG = "shop", "production", "card-form-v2"


@pytest.fixture(scope="module")
def ld() -> Any:
    """The package, imported here and not above: its thousand models take seconds, which other tests need not wait."""
    return importlib.import_module("launchdarkly_api")


@pytest.fixture(scope="module")
def client(ld: Any, cloud: Cloud) -> Any:
    """As anyone would build it, but for the address."""
    token = {"ApiKey": cloud.secrets["launchdarkly"]}
    return ld.ApiClient(ld.Configuration(host=cloud.url("launchdarkly"), api_key=token))


def turned(ld: Any, on: bool, path: str = f"/environments/{ENVIRONMENT}/on") -> Any:
    """The JSON patch that switches the flag."""
    return ld.PatchWithComment(patch=[ld.PatchOperation(op="replace", path=path, value=on)], comment="INC-0001")


def on(flag: Any) -> bool:
    """Whether a flag is on in the environment."""
    return bool(flag.environments[ENVIRONMENT].on)


def refused(ld: Any, call: Any) -> tuple[int, str]:
    """Status and body of the answer that a call is refused with."""
    with pytest.raises(ld.ApiException) as told:
        call()
    return told.value.status, str(told.value.body)


def test_a_flag_is_found_and_turned_off(ld: Any, client: Any, cloud: Cloud) -> None:
    """Project, environments, flags; a JSON patch switches it, and the drill's world hears of it."""
    assert ld.ProjectsApi(client).get_projects().items[0].key == PROJECT
    assert ld.ProjectsApi(client).get_project(PROJECT).key == PROJECT
    environments = ld.EnvironmentsApi(client)
    assert [one.key for one in environments.get_environments_by_project(PROJECT).items] == [ENVIRONMENT]
    assert environments.get_environment(PROJECT, ENVIRONMENT).name == "Production"
    flags = ld.FeatureFlagsApi(client)
    assert FLAG in [one.key for one in flags.get_feature_flags(PROJECT).items]
    assert on(flags.get_feature_flag(PROJECT, FLAG))
    done = flags.patch_feature_flag(PROJECT, FLAG, turned(ld, False))
    assert not on(done)
    assert not on(flags.get_feature_flag(PROJECT, FLAG))
    sent = cloud.emulator.stage.ledger.all("launchdarkly")
    assert [one.summary for one in sent] == [f"flag {FLAG} turned off: INC-0001"]


def test_a_semantic_patch_through_the_same_client(ld: Any, client: Any) -> None:
    """The client's raw call, which is how it sends instructions."""
    headers = {
        "Content-Type": "application/json; domain-model=launchdarkly.semanticpatch",
        "Authorization": client.configuration.api_key["ApiKey"],
    }
    url = f"{client.configuration.host}/api/v2/flags/{PROJECT}/{FLAG}"
    body = {"environmentKey": ENVIRONMENT, "instructions": [{"kind": "turnFlagOn"}], "comment": "again"}
    answer = client.call_api("PATCH", url, headers, body)
    assert answer.status == 200 and on(ld.FeatureFlagsApi(client).get_feature_flag(PROJECT, FLAG))


def test_refusals(ld: Any, client: Any, cloud: Cloud) -> None:
    """401, 404 and 400 with code and message."""
    wrong = ld.ApiClient(ld.Configuration(host=cloud.url("launchdarkly"), api_key={"ApiKey": "api-wrong"}))
    assert refused(ld, lambda: ld.ProjectsApi(wrong).get_projects())[0] == 401
    flags = ld.FeatureFlagsApi(client)
    assert refused(ld, lambda: flags.get_feature_flag("other", FLAG))[0] == 404
    assert "Unknown flag key" in refused(ld, lambda: flags.get_feature_flag(PROJECT, "none"))[1]
    assert refused(ld, lambda: flags.patch_feature_flag(PROJECT, FLAG, turned(ld, True, "/name")))[0] == 400
    assert refused(ld, lambda: ld.FeatureFlagsApi(client).delete_feature_flag(PROJECT, FLAG))[0] in (404, 405)
