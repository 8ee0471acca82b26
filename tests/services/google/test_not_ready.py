"""What keeps a hotfix from getting ready, told for what it is: the embedded cloud's reasons through the real client."""

from typing import get_args

import pytest
from google.cloud import run_v2

from tests.services.google.test_cloud_run import HOTFIX, IMAGE, LIVE, STABLE, cloud
from warroom.doctor import service as doctor
from warroom.drill.scenario.model import Candidate, NotReady
from warroom.rollout.traffic import Service, ServiceRef, Share
from warroom.services.errors import Effect, ServiceError
from warroom.services.failures import Call, from_status
from warroom.services.ports import Deployment
from warroom.services.refusals import CAUSES, cause

BY_ID = {one.id: one for one in CAUSES}
WRITE = Call("Cloud Run", "service payments", write=True, permission="run.services.update")


@pytest.mark.parametrize("why", [why for why in get_args(NotReady) if why])
async def test_each_reason_has_its_own_words(ref: ServiceRef, why: NotReady) -> None:
    """The failed deployment, the doctor's look at the service and at the revision name the reason and what mends it."""
    async with cloud(ref, Candidate(not_ready=why)) as it:
        etag = (await it.client.service(ref)).etag
        operation = await it.client.deploy(ref, Deployment(HOTFIX, IMAGE, "hotfix-1", LIVE), etag)
        with pytest.raises(ServiceError) as caught:
            await it.client.finish(operation)
        expected = BY_ID[why]
        assert (caught.value.title, caught.value.remedy) == (expected.title, expected.remedy)
        assert type(caught.value) is expected.kind
        assert caught.value.effect is Effect.FAILED
        assert HOTFIX in caught.value.link
        newest = (await it.client.revisions(ref))[0]
        look = await it.client.service(ref)
        assert look.percent(STABLE) == 100
        ready = next(one for one in doctor.look(look) if one.check == "ready")
        if expected.words:  # the service's own condition has words, no reason
            assert expected.title in ready.what
            assert ready.remedy == expected.remedy
        shown = doctor.revisions(Service(ref, "", (), (Share(HOTFIX, 100),), HOTFIX, HOTFIX, True), [newest])
        assert expected.title in shown.remedy


SAID = [
    ("PERMISSION_DENIED", "Permission 'iam.serviceaccounts.actAs' denied on service account a@b", "act-as"),
    ("PERMISSION_DENIED", "User must have permission to read the image, x-docker.pkg.dev/p/i.", "image-reader"),
    ("INVALID_ARGUMENT", "tag 'a' and service 'b' are too long together. They cannot exceed 46 characters.", "tag"),
    ("INVALID_ARGUMENT", "Max instances must be set to 200 or fewer to set the requested total CPU.", "quota"),
    ("INVALID_ARGUMENT", "Invalid value specified for cpu. maxScale may not exceed 10.", "quota"),
    ("FAILED_PRECONDITION", "Image denied by projects/p/attestors/a: binary authorization", "unauthorized"),
]


@pytest.mark.parametrize(("code", "message", "which"), SAID)
def test_a_refused_call_by_its_words(code: str, message: str, which: str) -> None:
    """What UpdateService refuses at once has no condition: its words must do. Nothing was changed."""
    error = from_status(code, message, WRITE)
    assert error.title == BY_ID[which].title
    assert error.effect is Effect.NOTHING


def test_an_outage_is_none_of_these() -> None:
    """Whatever its text says: the outcome of a write stays unknown."""
    assert cause("UNAVAILABLE", "quota violated: permission denied on secret") is None
    assert from_status("UNAVAILABLE", "quota violated", WRITE).effect is Effect.UNKNOWN


def test_every_reason_of_the_description_is_told() -> None:
    """All of run.v2's Condition.CommonReason but those that say nothing of their own, or that pass by themselves."""
    reasons = run_v2.Condition.pb().DESCRIPTOR.fields_by_name["reason"].enum_type.values_by_name
    known = {reason for one in CAUSES for reason in one.reasons}
    no_news = {
        "COMMON_REASON_UNDEFINED", "UNKNOWN", "REVISION_FAILED", "WAITING_FOR_OPERATION", "IMMEDIATE_RETRY",
        "POSTPONED_RETRY", "INTERNAL",
    }  # fmt: skip
    assert set(reasons) - no_news <= known


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("h" * 39, "cannot exceed 46"),
        ("ab", "not a valid tag"),
        ("a---b", "not a valid tag"),
        ("1ab", "not a valid tag"),
    ],
)
async def test_the_embedded_cloud_refuses_a_tag_as_the_real_one(ref: ServiceRef, tag: str, words: str) -> None:
    """Too long with the service's name, of two characters, with the three hyphens of an address, not a name."""
    async with cloud(ref) as it:
        etag = (await it.client.service(ref)).etag
        with pytest.raises(ServiceError) as caught:
            await it.client.shift(ref, (Share(STABLE, 100, tag),), etag)
        assert words in caught.value.detail


async def test_a_service_of_a_domain_scoped_project_with_the_longest_tagged_name() -> None:
    """example.com:shop and a name of 43 characters: deployed with a tag of three, reached by the address it says."""
    ref = ServiceRef("p" * 43, "europe-west1", "example.com:shop")
    stable, new = f"{ref.name}-00041-abc", f"{ref.name}-h1"
    async with cloud(ref, stable=stable) as it:
        etag = (await it.client.service(ref)).etag
        split = (Share(stable, 100), Share(new, 0, "hx1"))
        operation = await it.client.deploy(ref, Deployment(new, IMAGE, "hx1", split), etag)
        assert "hx1---" in (await it.client.finish(operation)).url_of(new)


async def test_the_image_goes_to_the_container_that_takes_requests(ref: ServiceRef) -> None:
    """A sidecar that stands first keeps its image; several containers without exactly one port are refused."""
    async with cloud(ref) as it:
        spec = next(iter(it.emulator.state.services.values())).spec
        main = spec.template.containers[0]
        side = type(main)(name="proxy", image="proxy:1")
        main_copy = type(main)()
        main_copy.CopyFrom(main)
        del spec.template.containers[:]
        spec.template.containers.extend([side, main_copy])
        etag = (await it.client.service(ref)).etag
        await it.client.finish(await it.client.deploy(ref, Deployment(HOTFIX, IMAGE, "hotfix-1", LIVE), etag))
        images = [one.image for one in next(iter(it.emulator.state.services.values())).spec.template.containers]
        assert images == ["proxy:1", IMAGE]
        assert (await it.client.revisions(ref))[0].image == IMAGE
