"""The client of Slack against the embedded cloud: channels, people, messages, its pace, and what each refusal says."""

import asyncio

import httpx
import pytest

from tests.services.outsides import Outside, outside
from warroom.drill.scenario.faults import Fault
from warroom.drill.systems.slack import Slack
from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError, Unreachable
from warroom.services.systems.ports import Chat
from warroom.services.systems.slack import LONGEST_TEXT, SlackApi, channel_name, escaped


def chat(out: Outside) -> Chat:
    """The drill's client."""
    assert out.others.chat is not None
    return out.others.chat


async def test_a_channel_from_its_opening_to_its_headline() -> None:
    """Opened, topic, people, a pinned message that is kept current, an answer in its thread; with links to look at."""
    async with outside() as out:
        made = await chat(out).open_channel("incident-INC-0001", private=False)
        await chat(out).set_topic(made.ref, "DRILL P0 · " + "x" * 300)
        unknown = await chat(out).invite(made.ref, ["primary-ic@example.com", "nobody@example.com"])
        first = await chat(out).post(made.ref, "DRILL at 10 %")
        await chat(out).pin(made.ref, first.ref)
        await chat(out).edit(made.ref, first.ref, "DRILL at 25 %")
        await chat(out).post(made.ref, "DRILL it holds", thread=first.ref)
        channel = out.system(Slack).channels[made.ref]
        headline, answer = channel.messages.values()
        assert (channel.name, len(channel.topic), channel.topic[-1]) == ("incident-inc-0001", 250, "…")
        assert (unknown, len(channel.members)) == (("nobody@example.com",), 2)
        assert (headline.text, headline.pinned, answer.thread) == ("DRILL at 25 %", True, first.ref)
        assert first.link.startswith("http://127.0.0.1:") and made.ref in first.link


async def test_what_is_there_already_is_taken() -> None:
    """A second opening finds the channel; people who are in it and a message that is pinned stay so."""
    async with outside() as out:
        made = await chat(out).open_channel("incident-1", private=True)
        assert (await chat(out).open_channel("incident-1", private=True, ours=True)).ref == made.ref
        with pytest.raises(Conflict, match="this journal did not open it"):
            await chat(out).open_channel("incident-1", private=True)
        for _ in range(2):
            assert await chat(out).invite(made.ref, ["primary-ic@example.com"]) == ()
        assert await chat(out).invite(made.ref, ["primary-ic@example.com", "backup-ic@example.com"]) == ()
        message = await chat(out).post(made.ref, "DRILL")
        await chat(out).pin(made.ref, message.ref)
        await chat(out).pin(made.ref, message.ref)
        assert len(out.system(Slack).channels[made.ref].members) == 3


async def test_a_channel_that_others_made_is_found_behind_many() -> None:
    """On a later page of the list; a public one that the app is not in is joined first."""
    async with outside() as out:
        there = out.system(Slack)
        for number in range(250):
            there.add_channel(f"other-{number}")
        theirs = there.add_channel("incident-1", member=False)
        assert (await chat(out).open_channel("incident-1", private=False, ours=True)).ref == theirs.id
        await chat(out).post(theirs.id, "DRILL")


async def test_an_archived_channel_is_told_as_that() -> None:
    """One that was archived under the name is found and not posted to."""
    async with outside() as out:
        theirs = out.system(Slack).add_channel("incident-1")
        theirs.archived = True
        with pytest.raises(Conflict, match=r"#incident-1 is archived. Unarchive it"):
            await chat(out).open_channel("incident-1", private=False, ours=True)


async def test_scopes_that_the_token_lacks_are_named() -> None:
    """As Slack's own header lists what it has; with all of them the check says who it speaks for."""
    async with outside() as out:
        client = chat(out)
        assert isinstance(client, SlackApi)
        assert await client.check() == "warroom in Drill"
        out.system(Slack).scopes = ("chat:write", "channels:manage", "groups:write", "pins:write", "users:read.email")
        with pytest.raises(Denied, match=r"lacks the scopes channels:join, channels:read, groups:read, users:read\. "):
            await client.check()


async def test_a_lost_answer_opens_no_second_channel() -> None:
    """It is asked again, and what is there by then is what was asked for."""
    async with outside() as out:
        out.emulator.faults.add(Fault("lost-answer", "POST *create", system="slack", times=1))
        assert (await chat(out).open_channel("incident-1", private=False)).ref


@pytest.mark.parametrize(("theirs_private", "words"), [(False, "everybody can read it"), (True, "cannot see")])
async def test_a_name_that_is_taken_by_the_wrong_channel(theirs_private: bool, words: str) -> None:
    """A security incident never lands in a public channel; one that is hidden from the app is named as the reason."""
    async with outside() as out:
        out.system(Slack).add_channel("incident-1", private=theirs_private, member=False)
        with pytest.raises(Conflict, match=words):
            await chat(out).open_channel("incident-1", private=True, ours=True)


async def test_a_channel_by_its_name() -> None:
    """As stakeholders' channels are configured; what is posted there can be edited by that name."""
    async with outside() as out:
        posted = await chat(out).post("releases", "DRILL")
        await chat(out).edit("#releases", posted.ref, "DRILL again")
        (one,) = next(iter(out.system(Slack).channels.values())).messages.values()
        assert (one.text, one.edited) == ("DRILL again", True)
        with pytest.raises(NotFound, match=r"integrations\.toml"):
            await chat(out).post("no-such-channel", "DRILL")


async def test_a_second_lies_between_messages_of_a_channel() -> None:
    """Also when they are said at once, and in their order; another channel does not wait for it."""
    async with outside() as out:
        made = await chat(out).open_channel("incident-1", private=False)
        begun = out.clock.now()
        await asyncio.gather(*(chat(out).post(made.ref, f"DRILL {number}") for number in range(6)))
        assert out.clock.now() - begun == pytest.approx(5.0)
        said = [one.text for one in out.system(Slack).channels[made.ref].messages.values()]
        assert said == [f"DRILL {number}" for number in range(6)]
        assert all(not one.refused for one in out.sent("slack"))


async def test_too_fast_is_told_with_the_time_to_wait() -> None:
    """The cloud answers 429 to a client that does not wait; the client comes again, and the message is there once."""
    async with outside() as out:
        made = await chat(out).open_channel("incident-1", private=False)
        out.emulator.faults.add(Fault("http", "chat.postMessage", system="slack", code=429, seconds=0.0))
        await chat(out).post(made.ref, "DRILL")
        assert [one.status for one in out.sent("slack") if "postMessage" in one.path] == [429, 200]


async def test_the_cloud_s_limit() -> None:
    """A few at once are taken, then 429 with Retry-After and `ok: false`, until time has passed."""
    async with outside() as out, httpx.AsyncClient() as client:
        url = f"http://{out.emulator.stage.http}/slack/api/chat.postMessage"
        headers = {"Authorization": f"Bearer {out.secrets['slack']}"}
        answers = [await client.post(url, json={"channel": "#releases", "text": "DRILL"}, headers=headers)]
        while answers[-1].status_code == 200:
            answers.append(await client.post(url, json={"channel": "#releases", "text": "DRILL"}, headers=headers))
        last = answers[-1]
        assert (len(answers), last.headers["Retry-After"], last.json()["error"]) == (4, "1", "ratelimited")
        out.clock.advance(1)
        assert (await client.post(url, json={"channel": "#releases", "text": "x"}, headers=headers)).json()["ok"]
        # What is missing is named, and a token is asked for first.
        assert (await client.post(url, json={"text": "x"}, headers=headers)).json()["error"] == "invalid_arguments"
        assert (await client.post(url, json={"text": "x"})).json()["error"] == "not_authed"


@pytest.mark.parametrize(
    ("word", "kind", "says"),
    [
        ("missing_scope", Denied, "lacks a scope: .*install the app anew"),
        ("channel_not_found", NotFound, "no such channel"),
        ("not_in_channel", Denied, "/invite"),
        ("is_archived", ServiceError, "archived"),
        ("token_revoked", Denied, "xoxb"),
        ("msg_too_long", ServiceError, "Shorten"),
        ("something_new", ServiceError, "something_new"),
    ],
)
async def test_what_refusals_say(word: str, kind: type[ServiceError], says: str) -> None:
    """Each with what to do; nothing was done."""
    async with outside() as out:
        out.emulator.faults.add(Fault("http", "chat.postMessage", system="slack", code=200, error=word))
        with pytest.raises(kind, match=says) as caught:
            await chat(out).post("releases", "DRILL")
        assert caught.value.effect is Effect.NOTHING


async def test_failures_after_which_nobody_knows() -> None:
    """A message is not said twice: not after a 500, not after Slack's own trouble, not after a lost answer."""
    async with outside() as out:
        for fault in (
            Fault("http", "chat.postMessage", system="slack", code=500),
            Fault("http", "chat.postMessage", system="slack", code=200, error="internal_error"),
            Fault("lost-answer", "chat.postMessage", system="slack"),
        ):
            before = len(out.sent("slack"))
            out.emulator.faults.add(fault)
            with pytest.raises(Unreachable) as caught:
                await chat(out).post("releases", "DRILL")
            assert caught.value.effect is Effect.UNKNOWN
            assert len(out.sent("slack")) == before + 1


async def test_a_link_is_not_worth_failing_for() -> None:
    """A message that was said is told as said, though the workspace's address cannot be asked for."""
    async with outside() as out:
        out.emulator.faults.add(Fault("http", "auth.test", system="slack", code=403))
        assert (await chat(out).post("releases", "DRILL")).link == ""
        assert not out.sent("slack")[0].refused


async def test_a_token_of_nobody() -> None:
    """Is refused by name; the drill's cloud takes its own only."""
    async with outside() as out:
        stranger = SlackApi("xoxb-of-somebody", out.clock, f"http://{out.emulator.stage.http}/slack/api")
        with pytest.raises(Denied, match="refuses the token"):
            await stranger.check()
        await stranger.close()
        assert [one.refused for one in out.sent("slack")] == ["invalid_auth"]


async def test_text_is_no_markup(hostile: str) -> None:
    """A link or a mention of everybody arrives as the characters that were typed, whatever else is in the text."""
    async with outside() as out:
        await chat(out).post("releases", f"<!channel> & {hostile}")
        (one,) = next(iter(out.system(Slack).channels.values())).messages.values()
        assert one.text.startswith("&lt;!channel&gt; &amp; ") and len(one.text) <= LONGEST_TEXT


@pytest.mark.parametrize(
    ("text", "arrives"),
    [
        ("@here DRILL fails", "<!here> DRILL fails"),
        ("DRILL @here fails", "DRILL <!here> fails"),
        ("DRILL a title says @here", "DRILL a title says @here"),
        ("@hereby", "@hereby"),
    ],
)
async def test_calling_everybody_is_meant_or_not_done(text: str, arrives: str) -> None:
    """Only a text that begins so calls; one that quotes it from somewhere does not."""
    async with outside() as out:
        await chat(out).post("releases", text)
        (one,) = next(iter(out.system(Slack).channels.values())).messages.values()
        assert one.text == arrives


def test_cutting_and_names() -> None:
    """A cut never splits an escape and says that there was more; a name keeps what Slack takes of it."""
    assert escaped("<" * 10, 12) == "&lt;&lt;…"
    assert escaped("<<", 8) == "&lt;&lt;"
    assert channel_name("#Incident INC.0001") == "incident-inc-0001"
    assert (channel_name("…"), len(channel_name("x" * 200))) == ("incident", 80)
