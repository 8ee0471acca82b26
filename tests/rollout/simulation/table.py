"""The tables of docs/judgement.md: `python -m tests.rollout.simulation.table`, some minutes."""

import sys

from tests.rollout.simulation.ladders import End, Part, ended

VOLUMES = (1, 20, 200, 2000)
LADDERS = 5000

ROWS: tuple[tuple[str, float, float, float | None], ...] = (
    ("healthy, 0.2 %", 0.002, 1, None),
    ("like stable, 0.2 %", 0.002, 1, 0.002),
    ("like stable, 0.2 % in bursts of five", 0.002, 5, 0.002),
    ("1 % against stable's 0.2 %", 0.01, 1, 0.002),
    ("2 %", 0.02, 1, None),
    ("10 %", 0.1, 1, None),
)
"""Who climbs: its words, share of errors, size of bursts, and stable's share where it is compared."""


def failed(end: End) -> bool:
    """Whether a ladder ended in FAIL."""
    return end.failed is not None


def main() -> None:
    """Print how many of five thousand ladders fail, by volume."""
    head = " | ".join(f"{volume} a minute" for volume in VOLUMES)
    sys.stdout.write(f"| candidate | {head} |\n|---|{'---:|' * len(VOLUMES)}\n")
    for words, share, burst, stable in ROWS:
        cells = []
        for volume in VOLUMES:
            rival = None if stable is None else Part(volume, stable, burst)
            ends = ended(11, LADDERS, Part(volume, share, burst), stable=rival)
            cells.append(f"{sum(map(failed, ends)) / LADDERS:.1%}".replace("%", " %"))
        sys.stdout.write(f"| {words} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
