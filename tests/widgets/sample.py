"""A board as it stands in the middle of a rollout, as a function of the seconds since detection."""

from math import sin

from widgets.data import (
    Board,
    ClockRow,
    Clocks,
    Header,
    KeyRow,
    Keys,
    PhaseRow,
    Phases,
    Plot,
    Projector,
    Roster,
    RosterRow,
    RungRow,
    Sentence,
    Series,
    ShareRow,
    Signal,
    StepRow,
    Text,
    Timeline,
    TimelineRow,
    Tone,
    Traffic,
)

START = 31 * 60 + 7
EPOCH = 1_763_900_000.0


def span(seconds: int) -> str:
    """M:SS, or H:MM:SS from an hour on."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def board(at: int = START, *, drill: bool = True, bad: bool = False) -> Board:
    """The sample at `at` seconds since detection; `bad` is the same rollout with errors past the limit."""
    bake = at - START + 190
    verdict = Text("FAIL", Tone.BAD) if bad else Text("PASS", Tone.GOOD)
    look = Text("the candidate fails.", Tone.BAD) if bad else Text("healthy so far.")
    following = Text("Abort now: x, then y.", Tone.BAD) if bad else Text(f"Next rung 50 % in {span(300 - bake)}.")
    return Board(
        header=Header(
            drill=drill,
            severity="P0",
            incident="INC-0042",
            title="checkout answers 500 to card payments",
            place="payments-api · europe-west1 · shop-prod",
        ),
        sentence=Sentence(
            (
                Text("Hotfix takes 25 %,"),
                look,
                following,
                Text("IC @primary-ic."),
                Text(f"Next update due in {span(252 - at + START)}."),
            )
        ),
        phases=_phases(bake),
        traffic=Traffic(
            service="payments-api",
            shares=(
                ShareRow("stable", "00041-kol", 75, 75),
                ShareRow("candidate", "00042-fix", 25, 25, Tone.BAD if bad else Tone.PLAIN),
            ),
            rungs=(RungRow(10, "done"), RungRow(25, "now"), RungRow(50), RungRow(100)),
            bake=Text(f"bake {span(bake)} of 5:00"),
            retreat=Text("abort returns to 00041-kol, 100 %", Tone.DIM),
        ),
        errors=_errors(verdict, bad),
        latency=_latency(),
        clocks=_clocks(at),
        roster=Roster(
            (
                RosterRow("IC", "@primary-ic", "✔ acked", Tone.GOOD),
                RosterRow("RM", "@primary-rm", "▶ operator", Tone.ACCENT),
                RosterRow("TL", "@primary-tl", "✔ acked", Tone.GOOD),
                RosterRow("QA", "@primary-qa", "▲ paged 2:10", Tone.WATCH),
                RosterRow("SRE", "@primary-sre", "✔ acked", Tone.GOOD),
                RosterRow("COM", "", "✘ vacant", Tone.BAD),
            )
        ),
        timeline=_timeline(),
        keys=Keys(
            (
                KeyRow("a", "Advance", enabled=not bad, armed=not bad),
                KeyRow("h", "Hold"),
                KeyRow("x", "Abort", armed=bad),
                KeyRow("r", "Roll back"),
                KeyRow("space", "Tick"),
                KeyRow("enter", "Run step"),
                KeyRow("u", "Update"),
                KeyRow("p", "Page"),
                KeyRow("z", "Take back", enabled=False),
                KeyRow("?", "Help"),
            )
        ),
    )


def projector(at: int = START, *, bad: bool = False) -> Projector:
    """The projector's view of the same moment."""
    same = board(at, bad=bad)
    rows = same.clocks.rows
    return Projector(
        header=same.header,
        sentence=same.sentence,
        clocks=(rows[0], rows[2], rows[5]),
        percent=25,
        percent_label="00042-fix takes",
        verdict=same.errors.verdict,
        verdict_note=Text("errors 4.1 %, limit 1 %" if bad else "errors 0.2 %, limit 1 %"),
        traffic=same.traffic,
        leads=Text("IC @primary-ic leads · RM @primary-rm moves traffic"),
        due=Text("Next: update to stakeholders, rung 50 %"),
    )


def _phases(bake: int) -> Phases:
    return Phases(
        (
            PhaseRow("assess", 1, "Assessment", "done", "12:40"),
            PhaseRow("prepare", 2, "Preparation", "done", "14:02"),
            PhaseRow("test", 3, "Testing", "done", "9:11"),
            PhaseRow(
                "deploy",
                4,
                "Deployment",
                "now",
                f"{span(bake)}/15",
                steps=(
                    StepRow("backup", "backup taken", "done", box=True),
                    StepRow("told", "stakeholders told", "done", box=True),
                    StepRow("rollout", "rollout 25 %", "now", selected=True),
                    StepRow("watch", "dashboards watched", "open", box=True),
                    StepRow("support", "support desk briefed", "manual"),
                    StepRow("record", "change record filed", "open"),
                ),
            ),
            PhaseRow("verify", 5, "Verification"),
            PhaseRow("after", 6, "Post-deployment"),
        )
    )


def _clocks(at: int) -> Clocks:
    left = 60 * 60 - at
    return Clocks(
        (
            ClockRow("since detection", span(at), "", "since", Tone.PLAIN),
            ClockRow("fix ready", "28:10", "of 30 ✔", "fix", Tone.GOOD),
            ClockRow("resolve", span(left), "left", "resolve", Tone.PLAIN),
            ClockRow("level 3", "", "Eng. manager, CTO", "level", Tone.PLAIN),
            ClockRow("level 4 in", span(left), "by hand", "level 4", Tone.PLAIN),
            ClockRow("update due", span(252 - at + START), "", "update", Tone.WATCH),
        )
    )


def _plot(limit: float, label: str, candidate: list[float | None], stable: list[float | None]) -> Plot:
    def points(values: list[float | None]) -> Series:
        return Series(tuple((EPOCH + 60.0 * i, value) for i, value in enumerate(values)))

    return Plot(EPOCH, EPOCH + 60.0 * (len(stable) - 1), limit * 2, limit, label, points(candidate), points(stable))


def _errors(verdict: Text, bad: bool) -> Signal:
    stable: list[float | None] = [6.0, 6.2, 5.9, 0.4, 0.3, 0.35, 0.3, 0.28, 0.4, 0.3, 0.26, 0.33, 0.3, 0.31, 0.3, 0.29]
    slope = 0.8 if bad else 0.0
    candidate: list[float | None] = [
        None if i < 5 or i == 9 else 0.2 + 0.15 * sin(i) + slope * max(0, i - 10) for i in range(16)
    ]
    words = (
        (Text("5xx 4.1 % of 1 840", Tone.BAD), Text("≥ 3.2 %, limit 1 %"))
        if bad
        else (Text("5xx 0.2 % of 1 840"), Text("≤ 0.5 %, limit 1 %"))
    )
    plot = _plot(1.0, "1 %", candidate, stable)
    return Signal(
        "Error rate", plot, (*words, Text("stable 0.3 % of 5 512", Tone.DIM)), verdict, Text("40 s old", Tone.DIM)
    )


def _latency() -> Signal:
    stable: list[float | None] = [240 + 20 * sin(i / 2) for i in range(16)]
    candidate: list[float | None] = [None if i < 5 else 205 + 30 * sin(i / 1.5) for i in range(16)]
    return Signal(
        "Response time",
        _plot(1000, "1 s", candidate, stable),
        (Text("p95 210 ms"), Text("2 % slow, limit 5 %"), Text("stable p95 240 ms", Tone.DIM)),
        Text("WEAK", Tone.WATCH),
        Text("40 s old", Tone.DIM),
    )


def _timeline() -> Timeline:
    rows = [
        ("13:56:00Z", "monitor", "alert 5xx share 6.1 % on payments-api", Tone.BAD),
        ("13:57:12Z", "@primary-ic", "declared P0: checkout answers 500 to card payments", Tone.WATCH),
        ("13:58:40Z", "@primary-rm", "took the lease as operator", Tone.PLAIN),
        ("14:08:51Z", "@primary-ic", "phase 1 Assessment done in 12:40", Tone.PLAIN),
        ("14:12:03Z", "warroom", "update sent to #payments-incidents", Tone.DIM),
        ("14:20:30Z", "@primary-rm", "deployed 00042-fix at 0 %, tag candidate", Tone.PLAIN),
        ("14:22:11Z", "@primary-rm", "traffic 10 % applied, reconciled in 5.8 s", Tone.PLAIN),
        ("14:26:20Z", "warroom", "verdict PASS at 10 %: errors 0.2 % of 740, limit 1 %", Tone.GOOD),
        ("14:26:55Z", "@primary-rm", "advance 25 % asked", Tone.PLAIN),
        ("14:27:02Z", "@primary-rm", "traffic 25 % applied, reconciled in 6.1 s", Tone.PLAIN),
    ]
    return Timeline(tuple(TimelineRow(i + 1, *row) for i, row in enumerate(rows)))
