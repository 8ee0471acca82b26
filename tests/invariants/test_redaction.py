"""No configured token is shown, written or logged, whatever it came in with."""

import asyncio
import base64
import json
import logging
import stat
import string
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.clocks import START, ManualClock
from tests.conductor.rig import SHIPPED, declaration
from tests.e2e.home import Home
from warroom import failing, redaction
from warroom.incident.events import Noted
from warroom.incident.journal import hash_chain
from warroom.incident.journal.sqlite import SqliteStore
from warroom.protocol.integrations import (
    USUAL_VARIABLES,
    ChatWebhook,
    GitHub,
    Integrations,
    JiraAlerts,
    LaunchDarkly,
    PagerDuty,
    PagerWebhook,
    Slack,
    Statuspage,
)
from warroom.protocol.load import load
from warroom.redaction import REDACTED, clean
from warroom.report.write import as_text
from warroom.resources import config_directory
from warroom.services.errors import ServiceError
from warroom.text import own_fault, plain
from warroom.wiring import systems

TOKEN = "xoxb-7/it+is='se\"cret&more"
OTHER = "ghp_0123456789abcdefghij"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two tokens are configured; afterwards none of them is known any more."""
    with monkeypatch.context() as patched:
        patched.setenv("SLACK_BOT_TOKEN", f" {TOKEN}\n")
        patched.setenv("GITHUB_TOKEN", OTHER)
        load(config_directory())
        yield
    load(config_directory())
    assert clean(TOKEN) == TOKEN


def forms(token: str) -> list[str]:
    """How a token turns up in other people's texts."""
    basic = [
        base64.b64encode(f"{user}{token}{after}".encode()).decode() for user in ("", "a:", "bc:") for after in ("", ":")
    ]
    return [token, quote(token), quote(token, safe=""), quote_plus(token), json.dumps(token)[1:-1], *basic]


@pytest.mark.parametrize("form", [*forms(TOKEN), *forms(OTHER)])
def test_every_form_of_a_token_is_found(form: str) -> None:
    """As it is, in a URL, in JSON, and within Basic authorization, wherever it stands there."""
    found = clean(f"before {form} after")
    assert REDACTED in found
    for token in (TOKEN, OTHER):
        assert token not in found
        assert base64.b64encode(token.encode()).decode()[:-4] not in found


@given(st.text(string.printable.strip(), min_size=8, max_size=60), st.binary(max_size=5), st.binary(max_size=5))
@example("a" * 8, b"", b"")
def test_base64_is_found_at_every_place(token: str, before: bytes, after: bytes) -> None:
    """Whatever stands beside the token, no four characters in a row that only it can give are left."""
    token = token.strip()
    if len(token) < 8:
        return
    coded = base64.b64encode(before + token.encode() + after).decode()
    assert REDACTED in redaction.without(coded, redaction.forms([token]))


def test_words_are_no_tokens() -> None:
    """An empty variable, or one that holds a short word, blacks nothing out."""
    assert redaction.forms(["", " ", "abc", "github", "\udcff" * 10]) == ()
    redaction.learn({"SLACK_BOT_TOKEN": "", "GITHUB_TOKEN": "main"}, USUAL_VARIABLES)
    assert clean("the main text") == "the main text"
    redaction.learn({})
    assert clean(f"{TOKEN}") == TOKEN


def test_what_is_too_short_to_be_redacted_is_no_token() -> None:
    """Every secret of 8 characters is used and redacted; a shorter one is refused, by name and not by value."""
    every = Integrations(Slack(), PagerDuty(), Statuspage("p"), GitHub("a/b"), None, LaunchDarkly("p", "e"))
    for value in ("qzx", "qzxqzxq"):
        missing = systems.production(every, dict.fromkeys(USUAL_VARIABLES, value), ManualClock()).missing
        assert missing.keys() == {"slack", "pagerduty", "statuspage", "github", "launchdarkly", "cloud-sql"}
        told = [why for system, why in missing.items() if system != "cloud-sql"]
        assert all("has fewer than 8 characters" in why and value not in why for why in told)
    others = systems.production(every, dict.fromkeys(USUAL_VARIABLES, "qzxqzxqz"), ManualClock())
    assert others.missing.keys() == {"cloud-sql"} and clean("a qzxqzxqz b") == f"a {REDACTED} b"


def test_the_known_variables_are_those_of_the_configuration() -> None:
    """A system that gets a token of its own is added here as well."""
    every = Integrations(
        Slack(), PagerDuty(), Statuspage("p"), GitHub("a/b"), None, LaunchDarkly("p", "e"),
        jira_alerts=JiraAlerts("https://p.example", "c", "a@b"),
        chat_webhook=ChatWebhook("https://p.example"), pager_webhook=PagerWebhook("https://p.example"),
    )  # fmt: skip
    assert {one for one in every.__struct_fields__ if getattr(every, one) is None} == {"cloud_sql"}
    found = {
        getattr(getattr(every, table), field)
        for table in every.__struct_fields__
        for field in getattr(getattr(every, table), "__struct_fields__", ())
        if field.endswith("_variable")
    }
    assert found == set(USUAL_VARIABLES)


def test_a_variable_of_another_name_is_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As integrations.toml names it; also where the rest of the configuration is broken."""
    monkeypatch.setenv("MY_OWN", "a-token-of-our-own")
    (tmp_path / "integrations.toml").write_text('[slack]\ntoken_variable = "MY_OWN"\n')
    with pytest.raises(Exception, match="Missing"):
        load(tmp_path)
    assert clean("x a-token-of-our-own x") == f"x {REDACTED} x"
    monkeypatch.delenv("MY_OWN")


def test_what_is_cut_hides_no_half_of_a_token() -> None:
    """It is taken out before the cut, and found where escapes stand in its middle."""
    for at in range(260, 301):
        assert TOKEN[:6] not in plain("x" * at + TOKEN, 300)
    assert TOKEN[:6] not in plain("\x1b[m" * 1138 + TOKEN, 300)  # what is invisible is cut off too, further on
    assert plain(f"a {TOKEN[:9]}\x1b[31m{TOKEN[9:]} b") == f"a {REDACTED} b"
    assert TOKEN not in own_fault("reading", ValueError(TOKEN))


def test_errors_hold_no_token() -> None:
    """Neither their words nor their details, nor what they are as a text."""
    error = ServiceError(
        f"a {TOKEN}", f"b {OTHER}", detail=f"c {quote(TOKEN)}", link=f"https://x/?t={quote_plus(TOKEN)}"
    )
    told = (error.title, error.remedy, error.detail, error.link, str(error))
    assert not any(form in text for form in (*forms(TOKEN), OTHER) for text in told)


def test_the_journal_holds_no_token(tmp_path: Path) -> None:
    """Titles, notes, and who wrote; what is folded is what is written, and the chain holds."""
    path = tmp_path / "journal.db"
    journal = SqliteStore(path)
    declared = msgspec.structs.replace(declaration(START), title=f"it says {TOKEN}")
    event = journal.begin(declared, f"@{OTHER}", START)
    (noted,) = journal.append(event.incident, [Noted(f"curl -H 'Bearer {TOKEN}'")], "@rm", START, event.seq)
    assert getattr(event.fact, "title", "") == f"it says {REDACTED}"
    assert noted.fact == Noted(f"curl -H 'Bearer {REDACTED}'")
    assert journal.read(event.incident)[1] == noted
    assert journal.append(event.incident, [Noted(f"curl -H 'Bearer {TOKEN}'")], "@rm", START, 2, once=True) == []
    assert journal.verify() == []
    journal.close()
    raw = path.read_bytes()
    assert not any(form.encode() in raw for token in (TOKEN, OTHER) for form in forms(token))


def test_an_old_journal_s_token_is_not_shown(tmp_path: Path) -> None:
    """What an older version wrote stays as it is, and its chain holds; what is read, folded and reported has none."""
    redaction.learn({})
    journal = SqliteStore(tmp_path / "journal.db")
    event = journal.begin(declaration(START), "@rm", START)
    journal.append(event.incident, [Noted(f"it was {TOKEN}"), Noted(f"a_{OTHER}_b")], "@rm", START, 1)
    redaction.learn({"SLACK_BOT_TOKEN": TOKEN, "GITHUB_TOKEN": OTHER}, USUAL_VARIABLES)
    events = journal.read(event.incident)
    assert events[1].fact == Noted(f"it was {REDACTED}")
    for kind in ("md", "html", "json"):
        text = as_text(kind, events, SHIPPED.protocol, START)
        assert not any(form in text for token in (TOKEN, OTHER) for form in forms(token))
    assert journal.verify() == []
    journal.close()


def test_facts_without_tokens_are_stored_as_ever() -> None:
    """Byte for byte: old journals and new ones are the same."""
    fact = Noted("nothing secret, 8 € × 2")
    assert hash_chain.encode(fact) == msgspec.json.encode(fact)


def test_the_log_holds_no_token_and_follows_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracebacks included; 0600, also where an older one was not; a link in its place stays, and stops nothing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    logger = logging.getLogger("warroom")
    before = list(logger.handlers)
    path, victim = tmp_path / "warroom" / "warroom.log", tmp_path / "victim"
    path.parent.mkdir()
    path.write_text("older\n")
    path.chmod(0o644)
    victim.write_text("mine")

    def log() -> None:
        failing.keep_log()
        failing.keep_log()  # twice, as a fault at the end does
        try:
            raise ValueError(f"refused {TOKEN}")
        except ValueError:
            logger.exception("asked with %s", OTHER)
        for handler in [one for one in logger.handlers if one not in before]:
            logger.removeHandler(handler)
            handler.close()

    log()
    text = path.read_text()
    assert (text.count("asked with"), text.count(REDACTED), text.startswith("older\n")) == (1, 2, True)
    assert TOKEN not in text and OTHER not in text and "Traceback" in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    path.symlink_to(victim)
    log()
    assert (victim.read_text(), path.is_symlink()) == ("mine", True)
    logger.propagate = True


@pytest.fixture
async def echo() -> AsyncIterator[str]:
    """A system that answers every request with an error which repeats the request, as some do."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = b"you sent " + head
        writer.write(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


@pytest.mark.parametrize("length", [20, 250])
async def test_an_answer_that_repeats_the_token(echo: str, length: int) -> None:
    """It is redacted in the error, however long the rest is, wherever this process has the token from."""
    token = "held-" + "0123456789" * 30
    integrations = Integrations(github=GitHub("a/b", url=echo))
    others = systems.production(integrations, {"GITHUB_TOKEN": token[:length]}, ManualClock())
    assert others.code is not None
    with pytest.raises(ServiceError) as refused:
        await others.code.pull(1)
    assert "you sent" in refused.value.detail
    assert "held-0123" not in refused.value.detail
    await others.close()


def test_commands_leave_no_token_anywhere(tmp_path: Path) -> None:
    """A title, a note and a refusal with a token: not on the terminal, not in JSON, in no file that is left."""
    home = Home(tmp_path)
    secrets = {"SLACK_BOT_TOKEN": TOKEN, "GITHUB_TOKEN": OTHER}
    said = [
        home.run(*arguments, **secrets)
        for arguments in (
            ("declare", f"cards fail with {TOKEN}", "--severity", "P0"),
            ("note", f"seen {quote(TOKEN)} and {OTHER}", "--json"),
            ("note", f"seen {OTHER}"),
            ("tick", OTHER, "--json"),
            ("tick", OTHER),
            ("status", "--json"),
            ("incidents",),
            ("report", "INC-0001", "--out", str(tmp_path / "report.html"), "--format", "html"),
            ("report", "INC-0001"),
        )
    ]
    assert [one.returncode for one in said] == [0, 0, 0, 2, 2, 0, 0, 0, 0], [one.stderr for one in said]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    told = "".join(one.stdout + one.stderr for one in said)
    assert told.count(REDACTED) >= 5
    for form in (*forms(TOKEN), *forms(OTHER)):
        assert form not in told
        assert not any(form.encode() in one for one in written)
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600
