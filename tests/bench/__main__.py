"""Run all benchmarks and print one line a target; exit 1 when one is missed with --strict."""

import argparse
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path

os.environ["GRPC_VERBOSITY"] = "NONE"  # before grpc: its fork notes are not measurements
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"  # what is timed is forked off beside a cloud whose threads are in grpc

from tests.bench import measures
from tests.bench.cloud import Cloud
from tests.bench.loud import loud


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="runs of each start (default 9)")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of idling (default 20)")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder, Cloud() as cloud:
        state = Path(folder)
        for result in chain(
            measures.start(cloud, state, options.runs),
            measures.keys(cloud, state),
            measures.idle(cloud, state, options.idle),
            measures.abort(cloud, state),
            measures.loading(),
            measures.folding(),
            measures.hundred(state, options.idle),
            measures.hours(state),
            loud(state),
        ):
            print(result, flush=True)
            missed += not result.met
    print(f"{missed} target(s) missed" if missed else "all targets met")
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
