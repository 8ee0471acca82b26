"""What the doctor says of the systems beside Google's, over the wire against an embedded cloud."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.doctor.healthy import write_config
from tests.doctor.test_examine import NOWHERE, around
from tests.services.outsides import outside
from warroom.clock import ScaledClock
from warroom.doctor.examine import examine as examine_all
from warroom.doctor.finding import Finding
from warroom.doctor.others import examine
from warroom.protocol.integrations import GitHub, Integrations, Slack, Statuspage
from warroom.protocol.load import load, read
from warroom.resources import config_directory
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import Others
from warroom.wiring import systems

SHIPPED = load(config_directory()).integrations


async def found(integrations: Integrations, others: Others, seconds: float = 20.0) -> list[Finding]:
    """All findings."""
    return [one async for one in examine(integrations, others, seconds)]


async def of_environment(integrations: Integrations, environ: Mapping[str, str]) -> list[Finding]:
    """As production finds them with these variables."""
    return await found(integrations, systems.production(integrations, environ, ManualClock()))


async def test_all_six_are_there_and_nothing_is_changed() -> None:
    """A line each, in order, with who we are; not one write reaches them."""
    async with outside() as out:
        lines = await found(SHIPPED, out.others)
        assert out.emulator.stage.ledger.all() == () or all(one.path == "auth.test" for one in out.sent("slack"))
    assert [(one.check, one.state) for one in lines] == [
        (system, "ok") for system in ("slack", "pagerduty", "statuspage", "github", "cloud-sql", "launchdarkly")
    ]
    said = {one.check: one.what for one in lines}
    assert said["github"] == "repository shop/payments-api"
    assert said["cloud-sql"] == "instance shop-db (POSTGRES_16) in shop-prod"
    assert said["launchdarkly"] == "project shop, environment production"


async def test_what_is_not_configured_is_done_by_hand() -> None:
    """No table is a choice, told in one line; a table without its token is a warning with the variable's name."""
    (line,) = await of_environment(Integrations(), {})
    assert (line.check, line.state) == ("others", "ok")
    assert line.what.startswith("by hand, as integrations.toml has no table for it: slack, pagerduty")
    lines = await of_environment(Integrations(slack=Slack(), statuspage=Statuspage(page="p")), {"SLACK_BOT_TOKEN": " "})
    assert [(one.check, one.state, one.what) for one in lines[:2]] == [
        ("slack", "warning", "done by hand: SLACK_BOT_TOKEN is not set"),
        ("statuspage", "warning", "done by hand: STATUSPAGE_TOKEN is not set"),
    ]
    assert lines[0].remedy == "Export it, or do it by hand."


async def test_a_refused_token_and_an_unknown_id() -> None:
    """Each is a failure with its sentence and remedy; the token's value stands nowhere."""
    async with outside() as out:
        wrong = Integrations(
            github=GitHub(repository="shop/payments-api", url=out.url("github")),
            statuspage=Statuspage(page="other", url=out.url("statuspage")),
        )
        secrets = {"GITHUB_TOKEN": "stolen-secret", "STATUSPAGE_TOKEN": out.secrets["statuspage"]}
        lines = await of_environment(wrong, secrets)
    said = {one.check: one for one in lines}
    assert said["github"].state == said["statuspage"].state == "failure"
    assert said["github"].what.startswith("GitHub refuses the token")
    assert said["statuspage"].what.startswith("Statuspage knows no page other")
    assert said["statuspage"].remedy == "Check statuspage.page in integrations.toml."
    assert not any("stolen-secret" in one.what + one.remedy for one in lines)


async def test_one_that_never_answers_is_told_in_time() -> None:
    """It holds nobody up longer than told, and the others have their lines."""

    class Silent:
        """Never says who we are."""

        async def check(self) -> str:
            """Hangs."""
            return str(await asyncio.Event().wait())

        async def close(self) -> None:
            """Nothing to close."""

    async with outside() as out:
        lines = await found(
            Integrations(slack=Slack(), github=SHIPPED.github), replace(out.others, chat=Silent()), seconds=0.5
        )
    assert [(one.check, one.state) for one in lines][:2] == [("slack", "failure"), ("github", "ok")]
    assert lines[0].what == "no answer within 0.5 s"


async def test_they_are_looked_at_where_google_cannot_be_reached(tmp_path: Path) -> None:
    """Their lines come first; an address that is refused is told in place of them."""
    directory = write_config(tmp_path)
    config, problems = read(directory)

    def refuse() -> Others:
        raise ServiceError("Emulator address refused", "Give another")

    for build, states in ((Others, "ok"), (refuse, "failure")):
        machine = replace(around(NOWHERE, NOWHERE, ScaledClock()), others=build)
        lines = [one async for one in examine_all(config, problems, str(directory), [], machine)]
        assert [one.state for one in lines if one.check == "others"] == [states]
