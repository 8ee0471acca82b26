"""After the last rung: un-pinned, the tag gone, and the next ordinary deploy would serve."""

from pathlib import Path

from tests.conductor.fakes import OLD
from tests.conductor.rig import NAME, rigged
from warroom.conductor.traffic.control import next_deploy
from warroom.conductor.traffic.plans import Consent
from warroom.incident.events import Noted
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Share


async def test_un_pinning_is_checked(tmp_path: Path) -> None:
    """The journal says that the next deploy will serve and that the hotfix's tag is gone, after looking."""
    async with rigged(tmp_path / "journal.db") as rig:
        await rig.baked(50, Grade.PASS)
        await rig.fire(rig.conductor.plan("advance", NAME), Consent())
        await rig.look()
        await rig.fire(rig.conductor.plan("un-pin", NAME))
        told = [note.text for note in rig.facts(Noted)][-1]
        assert "the next deploy will serve" in told and "is gone" in told


async def test_a_service_that_stays_pinned_says_so(tmp_path: Path) -> None:
    """What the service shows decides, not what was asked."""
    async with rigged(tmp_path / "journal.db") as rig:
        await rig.declared()
        rig.run.meddle((Share(OLD, 100, "hotfix-1"),))
        told = next_deploy(rig.run.settle(), "hotfix-1")
        assert "would get 0 %" in told and "is still there" in told
