"""What is measured, and against what."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tests.bench.cloud import Cloud
from tests.bench.many import ManyCloud
from tests.bench.pty import Timed

WARROOM = str(Path(sys.executable).parent / "warroom")
FLOOR = [sys.executable, "-m", "tests.bench.floor"]
DOWN = "\x1b[B"


@dataclass(frozen=True, slots=True)
class Result:
    """One target: what was measured, in which unit, and the most it may be."""

    name: str
    value: float
    most: float
    unit: str
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.most

    def __str__(self) -> str:
        mark = "ok    " if self.met else "MISSED"
        return f"{mark} {self.name:<46} {self.value:9.2f} {self.unit:<8} (at most {self.most:g}) {self.note}"


def start(cloud: Cloud, state: Path, runs: int) -> Iterator[Result]:
    """The board's first paint against the floor's, started in turn."""
    journal = state / "start.db"
    incident = cloud.incident(journal)
    floor, board = [], []
    for _ in range(runs + 1):
        floor.append(_first_paint(FLOOR, {}, state, b"READY"))
        board.append(_first_paint(_open(incident, journal), cloud.environment, state, b"Timeline"))
    note = f"floor {median(floor[1:]) * 1000:.0f} ms, board {median(board[1:]) * 1000:.0f} ms"
    yield Result("board visible, against the floor", median(board[1:]) / median(floor[1:]), 1.5, "×", note)


def keys(cloud: Cloud, state: Path, presses: int = 60) -> Iterator[Result]:
    """A plain key and a dialog, against the floor's."""
    floor = Timed(FLOOR, {}, state)
    floor.until(b"READY")
    floor.settle()
    floor_keys = [floor.press(DOWN)[0] for _ in range(presses)]
    floor.close()
    board = _ready_board(cloud, state / "keys.db", state)
    pressed = [board.press(DOWN if turn % 10 < 5 else "\x1b[A") for turn in range(presses)]
    dialogs = []
    for _ in range(10):
        began = time.perf_counter()
        board.child.send("n")
        board.until(b"Note for the timeline")
        dialogs.append(time.perf_counter() - began)
        board.settle()
        board.press("\x1b")
        board.settle()
    board.close()
    base = median(floor_keys)
    answers = [seconds for seconds, _ in pressed]
    note = f"floor {base * 1000:.1f} ms"
    yield Result("plain key, p50 against the floor's p50", median(answers) / base, 2, "×", note)
    yield Result("plain key, p95 against the floor's p50", quantiles(answers, n=20)[18] / base, 6, "×", note)
    yield Result("dialog, p50 against the floor's key", median(dialogs) / base, 10, "×", note)
    yield Result("plain key, bytes to the terminal (p95)", quantiles([n for _, n in pressed], n=20)[18], 2500, "bytes")


def idle(cloud: Cloud, state: Path, seconds: float) -> Iterator[Result]:
    """The board with its clocks ticking and both Google clients at work; then with a ladder, which is probed too."""
    for climbing, most, name in ((False, 1.0, "idle"), (True, 1.5, "idle on the ladder, probing")):
        board = _ready_board(cloud, state / f"idle-{climbing}.db", state, climbing=climbing)
        board.count_bytes(3.0)
        before, began = board.cpu_seconds(), time.perf_counter()
        count = board.count_bytes(seconds)
        lasted = time.perf_counter() - began
        yield Result(f"{name}, share of a core", (board.cpu_seconds() - before) / lasted * 100, most, "%")
        yield Result(f"{name}, bytes a second to the terminal", count / lasted, 900, "bytes/s")
        memory = board.memory_mb()
        board.close()
    yield Result("memory with both Google clients", memory, 90, "MB")


def abort(cloud: Cloud, state: Path, times: int = 5) -> Iterator[Result]:
    """From the second key of abort to UpdateService at the cloud."""
    board = _ready_board(cloud, state / "abort.db", state)
    took = []
    for _ in range(times):
        board.child.send("x")
        board.until(b"fires")
        board.count_bytes(0.5)
        known = len(cloud.updates)
        began = time.perf_counter()
        board.child.send("y")
        while len(cloud.updates) == known and time.perf_counter() - began < 5:
            time.sleep(0.0002)
        took.append(cloud.updates[known] - began)
        board.count_bytes(9.0)
    board.close()
    yield Result("abort: second key to UpdateService on the wire", median(took) * 1000, 20, "ms")


def loading() -> Iterator[Result]:
    """The longest stall of an event loop while the Google clients load."""
    out = subprocess.run([sys.executable, "-m", "tests.bench.stall"], capture_output=True, text=True, check=True)
    yield Result("longest stall while the Google clients load", float(out.stdout), 50, "ms")


def folding(count: int = 100_000) -> Iterator[Result]:
    """Folding a long journal."""
    out = subprocess.run(
        [sys.executable, "-m", "tests.bench.folding", str(count)], capture_output=True, text=True, check=True
    )
    yield Result(f"folding {count} events", float(out.stdout), 2, "s")


def hundred(state: Path, seconds: float) -> Iterator[Result]:
    """A hundred services with three revisions each, all on the ladder: looks, reads, probes, verdicts, redraws."""
    shares = []
    for count in (1, 100):
        with ManyCloud(count) as cloud:
            journal = state / f"many-{count}.db"
            board = Timed(_open(cloud.incident(journal), journal), cloud.environment, state)
            board.until(b"Timeline", b" old", seconds=120)
            board.count_bytes(12.0)
            before, began = board.cpu_seconds(), time.perf_counter()
            board.count_bytes(seconds)
            shares.append((board.cpu_seconds() - before) / (time.perf_counter() - began) * 100)
            board.close()
    note = f"one service {shares[0]:.1f} %"
    yield Result("100 services: cost of one refresh, of a core", shares[1], 30, "%", note)
    one, many = _numbers("tests.bench.ticking")
    note = f"{one * 1000:.2f} → {many * 1000:.2f} ms"
    yield Result("100 services: a tick of the board, against one's", many / one, 4, "×", note)
    wall, own = _numbers("tests.bench.stall_reading")
    yield Result("100 services: longest stall while reading", own, 50, "ms", f"by the wall {wall:.0f} ms")


def hours(state: Path) -> Iterator[Result]:
    """Memory over a four-hour incident, run 300 times as fast: after four hours against after one."""
    board = Timed(
        [WARROOM, "drill", "good-hotfix", "--speed", "300", "--journal", str(state / "h" / "j.db")], {}, state
    )
    board.until(b"ctrl+s declares")
    board.settle()
    board.child.send("\x13")
    board.until(b"Press d")
    keys = (("d", b"Deploy which image"), ("\r", b"never in staging"), ("unstaged", b"unstaged"), ("\r", b"\x1b"))
    for key, marker in (*keys, ("y", b"takes no traffic")):
        board.child.send(key)
        board.until(marker)
        board.count_bytes(0.5)
    board.count_bytes(12.0)
    first = board.memory_mb()
    board.count_bytes(36.0)
    last = board.memory_mb()
    board.close()
    yield Result("memory after four hours, against one hour", last / first, 1.1, "×", f"{first:.0f} → {last:.0f} MB")


def _numbers(module: str) -> list[float]:
    """What a measuring module of ours prints."""
    out = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=True)
    return [float(word) for word in out.stdout.split()]


def _open(incident: str, journal: Path) -> list[str]:
    return [WARROOM, "open", incident, "--journal", str(journal), "--as", "@bench"]


def _first_paint(argv: list[str], env: dict[str, str], state: Path, marker: bytes) -> float:
    program = Timed(argv, env, state)
    program.until(marker)
    took = time.perf_counter() - program.began
    program.close()
    return took


def _ready_board(cloud: Cloud, journal: Path, state: Path, *, climbing: bool = True) -> Timed:
    """A board that has read the service and the metrics."""
    board = Timed(_open(cloud.incident(journal, ladder=climbing), journal), cloud.environment, state)
    board.until(b"Timeline", b"00041-kol", b" old")  # in whichever order the first pictures bring them
    board.settle(0.5)
    return board
