"""The error rate of candidate and stable over time as plain characters, which every viewer shows alike."""

from collections.abc import Sequence

from warroom.clock import clock_time
from warroom.report.safe import fenced
from warroom.rollout.evidence import Sample

WIDTH, HEIGHT = 64, 9
_MARGIN = 9


def error_plot(
    samples: Sequence[Sample], candidate: str, limit: float, steps: Sequence[tuple[float, int]]
) -> str | None:
    """Lines for a code block, or None where no request was counted.

    `samples` are ordered by their end; all that are not the candidate's count as stable. `limit` is a share 0–1;
    `steps` are (Unix seconds, percent) of the candidate's traffic, oldest first.
    """
    counted = [sample for sample in samples if sample.requests]
    if not counted:
        return None
    start, end = counted[0].start, counted[-1].end
    mine = _shares([one for one in counted if one.revision == candidate], start, end)
    theirs = _shares([one for one in counted if one.revision != candidate], start, end)
    top = max([limit * 2, *(share for share in (*mine, *theirs) if share is not None)]) or 0.01
    grid = [[" "] * WIDTH for _ in range(HEIGHT)]
    grid[_row(limit, top)] = ["-"] * WIDTH
    for column in range(WIDTH):
        _draw(grid, column, theirs[column], top, "s")
        _draw(grid, column, mine[column], top, "c")
    labels = {_row(0.0, top): "0 %", _row(limit, top): percent(limit), 0: percent(top)}
    lines = [f"{labels.get(row, ''):>{_MARGIN - 2}} |{''.join(cells).rstrip()}" for row, cells in enumerate(grid)]
    lines.append(" " * (_MARGIN - 1) + "+" + "-" * WIDTH)
    lines.append(f"{'traffic':>{_MARGIN - 2}}  {_traffic(steps, start, end)}".rstrip())
    lines.append(" " * _MARGIN + clock_time(start) + clock_time(end).rjust(WIDTH - len(clock_time(start))))
    lines.append(
        f"c = {fenced(candidate) or 'candidate'}, s = all other revisions, # = both, --- limit {percent(limit)}"
    )
    return "\n".join(lines)


def percent(share: float) -> str:
    """A share (0–1) in percent with one digit behind the point, where it has one."""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def _shares(samples: Sequence[Sample], start: float, end: float) -> list[float | None]:
    """Errors of all requests in each column, None where there were none. A long period fills several columns."""
    requests, errors = [0] * WIDTH, [0] * WIDTH
    for sample in samples:
        first = min(WIDTH - 1, _column(sample.start, start, end))
        for column in range(first, max(first + 1, _column(sample.end, start, end))):
            requests[column] += sample.requests or 0
            errors[column] += sample.errors or 0
    return [bad / all_ if all_ else None for bad, all_ in zip(errors, requests, strict=True)]


def _column(at: float, start: float, end: float) -> int:
    return min(WIDTH, max(0, round((at - start) / max(end - start, 1.0) * WIDTH)))


def _row(share: float, top: float) -> int:
    return HEIGHT - 1 - round(min(share, top) / top * (HEIGHT - 1))


def _draw(grid: list[list[str]], column: int, share: float | None, top: float, mark: str) -> None:
    if share is not None:
        row = grid[_row(share, top)]
        row[column] = "#" if row[column] in "sc" else mark


def _traffic(steps: Sequence[tuple[float, int]], start: float, end: float) -> str:
    """The candidate's percent, written where each step begins; a step that has no room is left out."""
    line = ""
    for at, part in steps:
        column = _column(at, start, end)
        if column >= len(line) + bool(line):
            line = line.ljust(column) + str(part)
    return line
