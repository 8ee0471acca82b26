"""Going back with nothing but a Cloud Run client: no incident, no configuration, no journal."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from warroom.actions.answer import Answer, Misused, Planned
from warroom.actions.plan import places, served
from warroom.clock import Clock
from warroom.conductor.refusal import Refused
from warroom.headless.reading import APART_SECONDS, WAIT_SECONDS, Patience, Seen, ended, left, unread
from warroom.rollout import gcloud, split
from warroom.rollout.target import NoTarget, rollback_target
from warroom.rollout.traffic import Revision, Service, ServiceRef, Split
from warroom.services.errors import Conflict, Effect, ServiceError
from warroom.services.ports import CloudRun, Operation

AGAIN = "Run it again at once: it looks first, and going back may be sent twice"


class Back(Struct, frozen=True):
    """Where traffic goes back to: `target` is revision → percent, `split` all entries, from the look `service`."""

    service: Service
    target: dict[str, int]
    split: Split

    @property
    def gcloud(self) -> str:
        """The same, if warroom itself fails."""
        return gcloud.restore_command(self.service.ref, self.target)

    @property
    def there(self) -> bool:
        """Whether it is so already."""
        return _done(self.service, self.split)

    def facts(self, *, done: bool) -> dict[str, Any]:
        """As data."""
        ref = self.service.ref
        return {
            "incident": None,
            "service": ref.name,
            "region": ref.region,
            "project": ref.project,
            "action": "roll-back",
            "traffic": self.target,
            "serving": served(self.service),
            "gcloud": self.gcloud,
            "done": done,
        }


async def roll_back(
    run: CloudRun,
    ref: ServiceRef,
    to: str,
    clock: Clock,
    say: Callable[[str], None],
    wait: float = WAIT_SECONDS,
    *,
    yes: bool,
    dry_run: bool,
) -> Answer:
    """Put all traffic on `to`, or where `planned` finds it went before, and wait until traffic_statuses say so.

    All of it takes at most `wait` seconds of the clock; what is served is said at the end in any case.

    Raises Misused, Refused, ServiceError.
    """
    patience = Patience(clock, say, wait, reads_on=yes and not dry_run)
    async with patience.telling():
        return await _rolled_back(run, ref, to, patience, yes=yes, dry_run=dry_run)


async def _rolled_back(
    run: CloudRun, ref: ServiceRef, to: str, patience: Patience, *, yes: bool, dry_run: bool
) -> Answer:
    clock, say = patience.clock, patience.say
    back = await planned(run, ref, to, say, patience)
    read_at = clock.now()
    lines = (
        f"Roll back {ref.name}: all traffic to {places(back.target)}",
        f"  serving: {places(served(back.service))}",
        f"  $ {back.gcloud}",
    )
    if dry_run:
        await run.shift(ref, back.split, back.service.etag, dry_run=True)
        validated = (*lines, "Cloud Run would take it. Nothing was sent but the question.")
        return Answer(validated, {"plan": back.facts(done=False), "dry_run": True})
    if back.there:
        return Answer((f"{ref.name} serves {places(back.target)} already. Nothing was sent.",), back.facts(done=True))
    if not yes:
        answer = Answer(lines, {"plan": back.facts(done=False)})
        raise Planned("refused: add --yes", "Nothing was sent.", answer)
    say(f"{lines[0]} …")
    say(f"$ {back.gcloud}")
    service = await _sent(run, back, patience, Seen(back.service, read_at, before=True))
    serving = served(service)
    told = (f"{ref.name}: all traffic is back on {places(back.target)}.", f"  serving: {places(serving)}", lines[2])
    return Answer(told, {**back.facts(done=True), "serving": serving})


async def planned(run: CloudRun, ref: ServiceRef, to: str, say: Callable[[str], None], patience: Patience) -> Back:
    """What to send, from a look at the service.

    Without `to` the newest revision that serves counts as what to get away from, and the others that really serve are
    put back in their proportions; where nothing else serves there is no telling, and the operator chooses.
    """
    clock = patience.clock
    try:
        service = await patience.through(lambda: run.service(ref))
    except ServiceError as error:
        raise unread(error, Seen(), ref.name, clock.now()) from error
    seen = Seen(service, clock.now())
    try:
        revisions = await (run.revisions(ref) if to else patience.through(lambda: run.revisions(ref)))
    except ServiceError as error:
        if not to:
            raise unread(error, seen, ref.name, clock.now()) from error
        say(f"{error.title}: whether {to} is Ready can't be told. Going on.")
        revisions = ()
    target = {to: 100} if to else _target(service, revisions)
    if to and revisions:
        _fit(service, revisions, to)
    try:
        return Back(service, target, split.restored(service.spec, service.latest_ready, target))
    except ValueError as error:
        raise Refused(f"This split can't be worked out: {error}", "Name a revision with --to.") from error


def _target(service: Service, revisions: Sequence[Revision]) -> dict[str, int]:
    serving = served(service)
    newest = next((one.name for one in revisions if one.name in serving), "")
    try:
        return rollback_target(service, revisions, newest)
    except NoTarget as error:
        why = str(error).removesuffix(" Choose a revision.").replace("the candidate ", "")
        known = tuple(f"  {words}" for words in _known(service, revisions))
        answer = Answer((f"{service.ref.name} has:", *known), {"revisions": _rows(service, revisions)})
        raise Planned(why.rstrip("."), "Name the revision with --to.", answer) from error


def _fit(service: Service, revisions: Sequence[Revision], to: str) -> None:
    found = next((one for one in revisions if one.name == to), None)
    if found is None:
        raise Misused(f"{service.ref.name} has no revision {to}", f"Choose one: {_listed(service, revisions)}.")
    if not found.ready:
        why = f" ({found.reason})" if found.reason else ""
        raise Refused(f"{to} is not Ready{why}", f"Choose another: {_listed(service, revisions)}.")


def _rows(service: Service, revisions: Sequence[Revision]) -> list[dict[str, Any]]:
    """The revisions with what is known of them, newest first."""
    serving = served(service)
    tags = {service.name_of(share): share.tag for share in service.serving if share.tag}
    return [
        {
            "revision": one.name,
            "ready": one.ready,
            "reason": one.reason,
            "percent": serving.get(one.name, 0),
            "tag": tags.get(one.name, ""),
            "image": one.image,
            "created_at": one.created_at,
        }
        for one in revisions
    ]


def _known(service: Service, revisions: Sequence[Revision]) -> list[str]:
    """The same in words."""
    said = []
    for row in _rows(service, revisions):
        parts = ["Ready" if row["ready"] else f"not Ready {row['reason']}".rstrip()]
        parts += [f"serves {row['percent']} %"] if row["percent"] else []
        parts += [f"tag {row['tag']}"] if row["tag"] else []
        said.append(f"{row['revision']} ({', '.join(parts)})")
    return said


def _listed(service: Service, revisions: Sequence[Revision]) -> str:
    return ", ".join(_known(service, revisions)) or "no revision is listed"


async def _sent(run: CloudRun, back: Back, patience: Patience, before: Seen) -> Service:
    """The service when it shows the split. Raises ServiceError, with what is served then."""
    name, clock, say = back.service.ref.name, patience.clock, patience.say
    seen = before

    async def now() -> Seen:
        return Seen(await run.service(back.service.ref), clock.now())

    try:
        operation = await _asked(run, back, patience)
        service = await run.finish(operation, say)
    except asyncio.CancelledError:
        raise await left(now, before, name, clock, AGAIN) from None
    except ServiceError as error:
        if error.effect is not Effect.UNKNOWN:
            failed = error.effect is Effect.FAILED
            title = f"The rollback did not happen: {error.title}" if failed else ""
            again = AGAIN if failed or isinstance(error, Conflict) else ""
            raise ended(error, await _once(run, back, before, clock), name, clock.now(), again, title) from error
        say(f"{error.title}. Reading the service again …")
        seen = await _seen_afterwards(run, back, patience, before)
        if seen.service is None or not _done(seen.service, back.split):
            raise ended(error, seen, name, clock.now(), AGAIN) from error
        return seen.service
    if not _shows(service, back.split):
        changed = ServiceError(
            f"{service.last_modifier or 'Somebody'} changed {name} meanwhile: it serves {places(served(service))}",
            "Look at it, then run this again.",
            effect=Effect.FAILED,
        )
        raise ended(changed, Seen(service, clock.now()), name, clock.now())
    return service


async def _asked(run: CloudRun, back: Back, patience: Patience) -> Operation:
    ref = back.service.ref
    try:
        return await run.shift(ref, back.split, back.service.etag)
    except Conflict:
        # Somebody was faster. Going back is right all the same: read again and send once more, and say so.
        found = await patience.through(lambda: run.service(ref))
        patience.say(f"{found.last_modifier or 'Somebody'} changed {ref.name} meanwhile; sending again on top of it")
        return await run.shift(ref, split.restored(found.spec, found.latest_ready, back.target), found.etag)


async def _seen_afterwards(run: CloudRun, back: Back, patience: Patience, before: Seen) -> Seen:
    """The newest look, which shows the split where it came after all; nothing is sent again."""
    seen, ref = before, back.service.ref
    while True:
        try:
            service = await run.service(ref)
        except ServiceError as error:
            if not error.passing:
                patience.say(f"{error.title}: reading no further")
                return seen
            patience.tell(error.title)
        else:
            seen = Seen(service, patience.clock.now())
            if _done(service, back.split):
                return seen
            patience.tell(f"Not there yet, {ref.name} serves {places(served(service))}")
        if patience.over:
            return seen
        await patience.clock.sleep(APART_SECONDS)


async def _once(run: CloudRun, back: Back, before: Seen, clock: Clock) -> Seen:
    try:
        return Seen(await run.service(back.service.ref), clock.now())
    except ServiceError:
        return before


def _done(service: Service, wanted: Split) -> bool:
    return service.settled and _shows(service, wanted)


def _shows(service: Service, wanted: Split) -> bool:
    """Whether both what is asked for and what serves give every revision its percent; tags are not what counts."""
    shares = split.percents(wanted, service.latest_ready)
    return all(split.percents(seen, service.latest_ready) == shares for seen in (service.spec, service.serving))
