"""Random interleavings of keys, strangers, faults and kills: traffic is safe in every state they lead to."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.invariants.promises import Promises, target_of
from tests.invariants.stage import LOOK_SECONDS, NAME, OLDER, PLAN, STABLE, Stage
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import ticks
from warroom.conductor.traffic.plans import Consent
from warroom.drill.scenario.faults import Fault
from warroom.rollout.evidence import Grade

METHODS = ("GetService", "UpdateService", "GetOperation", "ListRevisions", "GetRevision", "*")
STATUSES = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "ABORTED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
            "NOT_FOUND", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNAUTHENTICATED", "UNKNOWN")  # fmt: skip
CONSENTS = (Consent(), Consent(again=True), Consent(reason="it is right all the same"))
TURNS = st.one_of(st.integers(0, 59), st.just(60))
CALM_SECONDS = 1000.0


class Operations(RuleBasedStateMachine):
    """What can happen in an incident, one thing after the other; most of it does not wait for the one before."""

    wire = False

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.stage = self.do(self._opened())
        self.promises = Promises()

    def do(self, work: Any) -> Any:
        """Run something to its end; what it left under way stands still afterwards."""
        return self.loop.run_until_complete(work)

    async def _opened(self) -> Stage:
        stage = Stage(Path(self.folder.name), wire=self.wire)
        await stage.open()
        return stage

    def teardown(self) -> None:
        """Calm down, go back, and stop."""
        try:
            self.calm()
            self.go_back()
        finally:
            self.do(self.stage.close())
            self.loop.close()
            self.folder.cleanup()

    async def _some(self, turns: int) -> None:
        """Let everything go on for some turns of the loop: as far as it gets, or not as far."""
        if turns == 60:
            await self.stage.clock.settle()
        for _ in range(turns):
            await asyncio.sleep(0)

    @initialize(rungs=st.sampled_from([0, 1, 2, 2, 3, 5]))
    def begin(self, rungs: int) -> None:
        """Somewhere on the ladder, everything well so far."""
        for _ in range(rungs):
            self.climb()

    @rule()
    def climb(self) -> None:
        """An operator goes by the book while nothing is in the way: deploy, or the next rung on PASS."""

        async def climbed() -> None:
            stage = self.stage
            stage.emulator.faults.clear()
            await stage.clock.pass_(310.0)
            await stage.look()
            await stage.judge(Grade.PASS)
            climbing = stage.lane.ladder
            deployed = climbing is not None and not climbing.ended
            plan = stage.plan("advance") if deployed else stage.plan("deploy", image=PLAN.hotfix_image)
            if plan is not None:
                stage.fire(plan, CONSENTS[2] if plan.action == "deploy" else Consent())
            await stage.clock.pass_(10.0)

        self.do(climbed())

    @rule(turns=TURNS)
    def go_on(self, turns: int) -> None:
        """Work goes on a little."""
        self.do(self._some(turns))

    @rule(seconds=st.sampled_from([1.0, 6.0, 20.0, 310.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.do(self.stage.clock.pass_(seconds))

    @rule()
    def look(self) -> None:
        """The loop looks at the service."""
        self.do(self.stage.look())

    @rule(turns=TURNS)
    def turn(self, turns: int) -> None:
        """The loop does what is due by itself."""
        self.stage.press(self.stage.conductor.turn())
        self.do(self._some(turns))

    @rule(grade=st.sampled_from(list(Grade)))
    def judge(self, grade: Grade) -> None:
        """The evidence turns."""
        self.do(self.stage.judge(grade))

    @rule(turns=TURNS)
    def deploy(self, turns: int) -> None:
        """d, y."""
        self._key("deploy", CONSENTS[2], turns, image=PLAN.hotfix_image)

    @rule(turns=TURNS, consent=st.sampled_from(CONSENTS), to=st.sampled_from([None, None, 25, 100, 3]))
    def advance(self, turns: int, consent: Consent, to: int | None) -> None:
        """a, y, with or without what the guard asks."""
        self._key("advance", consent, turns, to=to)

    @rule(
        grade=st.sampled_from(list(Grade)), seconds=st.sampled_from([0.0, 310.0]), consent=st.sampled_from(CONSENTS),
        turns=TURNS,
    )  # fmt: skip
    def weigh(self, grade: Grade, seconds: float, consent: Consent, turns: int) -> None:
        """A verdict, a wait perhaps, and a on it, with or without what the guard asks."""
        self.do(self.stage.clock.pass_(seconds))
        self.do(self.stage.judge(grade))
        self._key("advance", consent, turns)

    @rule(turns=TURNS)
    def abort(self, turns: int) -> None:
        """x, y."""
        self._key("abort", Consent(), turns)

    @rule(turns=TURNS, revision=st.sampled_from([STABLE, OLDER, "payments-api-00001-nil"]))
    def roll_back(self, turns: int, revision: str) -> None:
        """r, a revision, y."""
        self._key("roll-back", Consent(), turns, revision=revision)

    @rule(turns=TURNS)
    def un_pin(self, turns: int) -> None:
        """u, y."""
        self._key("un-pin", Consent(), turns)

    @rule(turns=TURNS, consent=st.sampled_from(CONSENTS))
    def restore(self, turns: int, consent: Consent) -> None:
        """Ours over a stranger's."""
        self._key("restore", consent, turns)

    @rule()
    def adopt(self) -> None:
        """Theirs as it is."""
        self.stage.press(self.stage.conductor.adopt(NAME))
        self.do(self._some(10))

    @rule(action=st.sampled_from(["deploy", "advance", "abort", "un-pin"]))
    def arm(self, action: str) -> None:
        """The panel is open, and stays so."""
        plan = self.stage.plan(action, **({"image": PLAN.hotfix_image} if action == "deploy" else {}))
        if plan is not None:
            self.stage.armed.append(plan)

    @precondition(lambda self: self.stage.armed)
    @rule(turns=TURNS, consent=st.sampled_from(CONSENTS))
    def fire(self, turns: int, consent: Consent) -> None:
        """y, long after the panel was opened."""
        self.stage.fire(self.stage.armed.pop(0), consent)
        self.do(self._some(turns))

    @rule()
    def hold(self) -> None:
        """Space."""
        self.stage.press(self.stage.conductor.hold(NAME, "lunch"))
        self.do(self._some(10))

    @rule()
    def auto(self) -> None:
        """Auto-advance on or off."""
        self.stage.press(self.stage.conductor.auto_advance(NAME))
        self.do(self._some(10))

    @rule()
    def tick(self) -> None:
        """A step of the checklist."""
        self.stage.press(ticks.tick(self.stage.conductor, "assess-impact"))
        self.do(self._some(10))

    @rule(kind=st.sampled_from(["stranger-traffic", "stranger-deploy", "stranger-delete"]), percent=st.integers(0, 100))
    def stranger(self, kind: str, percent: int) -> None:
        """Somebody else is at work, but leaves what an abort goes back to."""
        revision = "" if kind == "stranger-deploy" else OLDER
        if kind == "stranger-delete" and OLDER in target_of(self.stage):
            return
        self.stage.inject(Fault(kind, revision=revision, percent=percent))

    @rule(method=st.sampled_from(METHODS), status=st.sampled_from(STATUSES), times=st.integers(1, 4))
    def refuse(self, method: str, status: str, times: int) -> None:
        """The next calls get a status."""
        self.stage.inject(Fault("status", method=method, status=status, times=times))

    @rule(status=st.sampled_from(["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL"]))
    def lose(self, status: str) -> None:
        """The next write is done, and nobody hears of it."""
        self.stage.inject(Fault("lost-answer", status=status))

    @rule(kind=st.sampled_from(["etag-race", "slow-operation", "failing-operation"]))
    def spoil(self, kind: str) -> None:
        """The next write goes wrong in another way."""
        self.stage.inject(Fault(kind))

    @rule(kind=st.sampled_from(["hang", "delay"]), method=st.sampled_from(METHODS[:-1]))
    def stall(self, kind: str, method: str) -> None:
        """The next call takes long, or for ever."""
        if not self.wire:
            self.stage.inject(Fault(kind, method=method))

    @rule()
    def restart(self) -> None:
        """The cloud restarts."""
        self.do(self.stage.restart())

    @rule(gently=st.booleans())
    def kill(self, gently: bool) -> None:
        """The process ends, and another one takes over."""

        async def killed() -> None:
            await self.stage.kill(gently=gently)
            await self.stage.again()
            await self.stage.look()

        self.do(killed())

    @rule()
    def calm(self) -> None:
        """Everything answers again, nobody meddles, and the looks go on."""

        async def calming() -> None:
            stage = self.stage
            stage.emulator.faults.clear()
            until = stage.clock.now() + CALM_SECONDS
            while stage.clock.now() < until:
                await stage.clock.pass_(LOOK_SECONDS if until - stage.clock.now() < 30 else 100.0)
                await stage.look()

        self.do(calming())
        self.promises.check_calm(self.stage)

    def go_back(self) -> None:
        """An abort, or a roll back where there is no ladder, when nothing is in its way."""
        target = target_of(self.stage) or {STABLE: 100}
        action = "abort" if target_of(self.stage) else "roll-back"
        try:
            plan = self.stage.conductor.plan(action, NAME, **({} if action == "abort" else {"revision": STABLE}))
        except Refused as refused:
            raise AssertionError(f"{action} is refused: {refused}") from refused
        self.stage.fire(plan, Consent())
        self.do(self.stage.clock.pass_(60))
        self.do(self.stage.look())
        self.promises.check_back(self.stage, target)

    def _key(self, action: str, consent: Consent, turns: int, **more: Any) -> None:
        plan = self.stage.plan(action, **more)
        if plan is not None:
            self.stage.fire(plan, consent)
        self.do(self._some(turns))

    @invariant()
    def promises_hold(self) -> None:
        """After every step."""
        self.promises.check(self.stage)


class OnTheWire(Operations):
    """The same through gRPC on loopback."""

    wire = True


def _run(machine: type[Operations], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_in_process() -> None:
    """Google's client and the cloud's handlers with no network between, so that every run is the same run."""
    _run(Operations, 100, 50)


def test_on_the_wire() -> None:
    """Fewer of the same through real sockets."""
    _run(OnTheWire, 4, 25)
