"""The plot in the report: both curves, the limit, the steps."""

from tests.clocks import START
from tests.incident.story import NEW, OLD, sample
from warroom.report.plot import WIDTH, error_plot, percent
from warroom.rollout.evidence import Sample


def plotted(samples: list[Sample], steps: list[tuple[float, int]] | None = None) -> list[str]:
    """The lines of a plot with a limit of 1 %."""
    plot = error_plot(sorted(samples, key=lambda one: (one.end, one.revision)), NEW, 0.01, steps or [])
    assert plot is not None
    return plot.splitlines()


def test_a_sick_stable_and_a_healthy_candidate() -> None:
    """Stable runs along the top, the candidate along the bottom, from where it begins."""
    old = [sample(minute * 60.0, OLD, 100, 30) for minute in range(1, 33)]
    new = [sample(minute * 60.0, NEW, 100, 0) for minute in range(17, 33)]
    lines = plotted(old + new, [(START, 0), (START + 960, 10)])
    assert lines[0] == f"{'30 %':>7} |" + "s" * WIDTH
    bottom = lines[8].split("|")[1]
    assert (bottom[: WIDTH // 2], bottom[WIDTH // 2 :]) == ("-" * (WIDTH // 2), "c" * (WIDTH // 2))
    assert lines[10].split() == ["traffic", "0", "10"]
    assert lines[10].index("10") == 9 + WIDTH // 2
    assert lines[11].split() == ["16:00:00Z", "16:32:00Z"]


def test_the_limit_line_is_drawn_where_it_lies() -> None:
    """With small rates it stands in the middle of the plot, and says its value."""
    lines = plotted([sample(minute * 60.0, OLD, 1000, 2) for minute in range(1, 10)])
    assert lines[4].startswith(f"{'1 %':>7} |-----")
    assert lines[8].startswith(f"{'0 %':>7} |")


def test_the_same_place_for_both() -> None:
    """Where the curves meet neither hides the other."""
    lines = plotted([sample(60, OLD, 100, 10), sample(60, NEW, 100, 10)])
    assert lines[0].split("|")[1] == "#" * WIDTH


def test_gaps_are_gaps() -> None:
    """A minute without requests draws nothing."""
    some = [sample(60, OLD, 100, 50), sample(120, OLD, 0, 0), sample(180, OLD, 100, 50)]
    first = plotted(some)[0].split("|")[1]
    assert set(first) == {"s", " "}
    assert first[0] == first[-1] == "s" and first[WIDTH // 2] == " "


def test_nothing_to_plot() -> None:
    """Without a counted request there is no plot, rather than an empty one."""
    assert error_plot([], NEW, 0.01, []) is None
    assert error_plot([Sample(OLD, START, START + 60)], NEW, 0.01, []) is None


def test_percent() -> None:
    """One digit where it is needed."""
    assert [percent(share) for share in (0.01, 0.002, 0.31, 0.3333, 0.0)] == ["1 %", "0.2 %", "31 %", "33.3 %", "0 %"]
