"""The panel between a key and production: target, command, verdict, age; a different key fires."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import plans
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident.change import Action
from warroom.marks import THEN_LOOK, key
from warroom.rollout.ladder import Need
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.dialogs.inputs import Line
from warroom.screens.said import said
from warroom.services.errors import ServiceError
from warroom.terminal.burst import GLANCE_SECONDS

HEAD_START_SECONDS = 0.03
"""How long the dialog waits with its own closing for the request to go out."""


class ArmDialog(Dialog[None]):
    """Shows a plan; y calls `fire` with the consent that the plan's guard asks. Enter never fires.

    v has `dry_run` ask Cloud Run whether it would take the plan, and says what it said. `outdated` says why the plan is
    no longer right, "" while it is: that stands on the panel at once, and y does nothing then; a retreat's still does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "fire", "Fire", show=False),
        Binding("w", "again", "Accept", show=False),
        Binding("v", "validate", "Validate", show=False),
    ]

    def __init__(
        self,
        plan: Plan,
        fire: Callable[[Consent], asyncio.Future[None]],
        age: str = "",
        *,
        dry_run: Callable[[Plan], Awaitable[None]],
        among: str = "",
        outdated: Callable[[], str] = lambda: "",
    ) -> None:
        super().__init__()
        self.plan = plan
        self.aborting = plan.action == Action.ABORT
        self.fire = fire
        self.dry_run = dry_run
        self.age = age
        self.among = among
        self.outdated = outdated
        self.overtaken = ""
        self._fired = False
        self.consent = Consent()

    def compose(self) -> ComposeResult:
        """The plan in words, then what its guard asks."""
        plan = self.plan
        with self.box():
            ref = plan.service
            if self.among:
                # Of several services the wrong one is easily meant: its name comes first.
                yield line(f"▶ {ref.name}, service {self.among}", classes="watch")
            yield line(plan.words, classes="title")
            yield line(f"{ref.name} · {ref.region} · {ref.project}", classes="dim")
            yield line(plan.gcloud, classes="command")
            if plan.grade:
                verdict = f"{plan.grade}: {plan.evidence}" + (f", {self.age}" if self.age else "")
                yield line(verdict, classes="bad" if plan.grade == "FAIL" else "")
            if plan.chosen:
                yield line(f"Proposed: {plan.chosen}.")
            if plan.forecast:
                yield line(plan.forecast, classes="dim")
            if plan.warning:
                yield line(f"▲ {plan.warning}", classes="bad")
            if plan.need is Need.CONFIRM:
                yield line(f"▲ {plan.why}. Press w to accept that.", classes="watch", id="ask")
            elif plan.need is Need.REASON:
                yield line(f"▲ {plan.why}. It needs a reason:", classes="watch", id="ask")
                yield Line(placeholder="why it is right all the same, then Enter", id="reason", max_length=400)
            overtaken = line("", classes="bad", id="overtaken")
            overtaken.display = False
            yield overtaken
            yield line("", id="validated")
            yield line("", id="refusal")
            yield line(self._keys(), classes="keys", id="keys")

    def _keys(self) -> str:
        """What the keys do here; while a reason is being typed, the key of the abort is a letter of it."""
        if self.overtaken and not self.plan.retreat:
            return "Esc leaves it   ctrl+x aborts the ladder"
        if self.plan.need is Need.REASON:
            return "Enter, then y fires   v validates   Esc leaves it   ctrl+x aborts the ladder"
        return "y fires   v validates   Esc leaves it" + (
            "" if self.plan.retreat else f"   {key('abort')} aborts the ladder"
        )

    def on_mount(self) -> None:
        """Where a reason is asked, the cursor is in it."""
        super().on_mount()
        if self.plan.need is Need.REASON:
            self.query_one(Input).focus()

    def heard(self) -> None:
        """Say at once when the plan is no longer right, by whomever; what this panel has sent itself does not count."""
        why = "" if self._fired else self.outdated()
        if why == self.overtaken or not self.is_mounted:
            return
        self.overtaken = why
        overtaken = self.query_one("#overtaken", Static)
        overtaken.update(Content(said(f"▲ {why}" if why else "")))
        overtaken.display = bool(why)
        self.query_one("#keys", Static).update(Content(said(self._keys())))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The reason is typed: leave the field, so that y can fire. Enter itself fires nothing."""
        event.stop()
        if not event.value.strip():
            self.refuse("An empty reason is none.")
            return
        self.consent = Consent(reason=event.value.strip())
        self.set_focus(None)
        event.input.disabled = True
        self.refuse("")

    def action_again(self) -> None:
        """Accept weak evidence, once."""
        if self.plan.need is not Need.CONFIRM or self.consent.again or self.too_soon():
            return
        self.consent = Consent(again=True)
        self.query_one("#ask").remove()
        self.refuse("")

    def action_validate(self) -> None:
        """Ask Cloud Run whether it would take this; nothing changes, and the panel answers meanwhile."""
        if not self.too_soon():
            self.refuse("")
            self.query_one("#validated", Static).update("Asking Cloud Run …")
            self.run_worker(self._validate(), exclusive=True)

    async def _validate(self) -> None:
        said, refusal = "Cloud Run would take it. Nothing was changed.", ""
        try:
            await self.dry_run(self.plan)
        except (Refused, ServiceError) as error:
            detail = error.detail if isinstance(error, ServiceError) else ""
            said, refusal = "", f"{error}" + (f" ({detail})" if detail else "")
        self.query_one("#validated", Static).update(said)
        self.refuse(refusal)

    def patience(self, key: str) -> float:
        """A retreat's y waits for what is pasted in one piece with it, and no longer."""
        return GLANCE_SECONDS if key == "y" and self.plan.retreat else super().patience(key)

    async def action_fire(self) -> None:
        """Send the plan, then close: a repaint must not stand between the key and the wire."""
        if self.too_soon():
            return
        self.heard()
        if self.overtaken and not self.plan.retreat:
            self.refuse(f"Nothing was sent: Esc leaves this, then {THEN_LOOK}.")
            return
        try:
            plans.enough(self.plan, self.consent)
        except Refused as refused:
            self.refuse(str(refused))
            return
        self._fired = True
        await asyncio.wait([self.fire(self.consent)], timeout=HEAD_START_SECONDS)
        self.dismiss(None)
