"""What this machine computes fastest in: number type and threads. Measured once, then kept.

What an instruction set promises and what a library makes of it are two things, so convolutions
are timed. What was found is kept in the user's cache folder, under the processor or GPU, its cores
and TensorFlow's version; a file that is damaged or cannot be written only costs measuring anew.
TensorFlow is loaded by the functions that need it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from studio.errors import FileError
from studio.labels.files import read_bytes, write_atomic
from studio.labels.folder.cache import cache_folder
from studio.yolo import limits
from studio.yolo.config import Precision
from studio.yolo.events import Status

WORTH_IT = 1.2  # times faster, or float32 with its better accuracy stays
BEHIND = 10  # how far TensorFlow's threads stand back behind the window's; 19 is the most
PATIENCE = 40.0  # seconds that a measurement of threads may take, loading TensorFlow included
FILE = "machine.json"


@cache
def precision(choice: Precision) -> str:
    """Return "float32", "bfloat16" or "float16"; `auto` takes what a convolution is quickest in.

    That is measured where it is not known yet, in about half a second.
    """
    if choice != "auto":
        return choice
    name, half = _name(with_gpu=True), half_type(_gpu())
    found = _read().get(name, {}).get("precision")
    if found not in ("float32", half):
        found = _quickest_type(half)
        _keep(name, "precision", found)
    return str(found)


def half_type(gpu: dict[str, Any] | None) -> str:
    """Return the type of two bytes to try: GPUs before Ampere (8.0) compute in no bfloat16."""
    return "float16" if gpu and gpu.get("compute_capability", (8, 0)) < (8, 0) else "bfloat16"


def _quickest_type(half: str) -> str:
    from studio.yolo.timing import compare

    plain, fast = compare("float32", half)
    return half if plain > WORTH_IT * fast else "float32"


def set_up() -> Iterator[Status]:
    """Give TensorFlow the quickest number of threads, before its first operation.

    Yields a note where that has to be measured. Changes nothing once TensorFlow has its threads.
    """
    if _has_threads():
        return
    if _known_threads() is None:
        yield Status("Measuring how many threads are quickest on this machine, this once…")
    _give_threads(threads())


def set_up_as_known() -> None:
    """The same for what cannot wait, such as a first detection: measures nothing."""
    number = _known_threads()
    if number:
        _give_threads(number)


def give_way() -> None:
    """Let TensorFlow's threads, as many as `set_up_as_known` gives it, stand back behind the
    window's; comes before its first operation.

    Linux alone has a priority for each thread, and a new one has that of the one that starts it. So
    one that has stood back starts them. This one has not: the window would wait with it for
    Python's lock.
    """
    set_up_as_known()
    if sys.platform != "linux":
        return
    beginner = threading.Thread(target=_begin_behind, name="TensorFlow's beginning")
    beginner.start()
    beginner.join()


def _begin_behind() -> None:
    from studio.yolo.backend import tf

    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)
    tf.linalg.matmul(tf.ones((64, 64)), tf.ones((64, 64))).numpy()


def threads() -> int:
    """Return how many threads an operation is to be computed with.

    The candidates are what may be used of the logical and of the physical cores; where they differ
    and nothing is known yet, that is measured, in about the time that loading TensorFlow takes.
    """
    number = _known_threads()
    if number is None:
        number = _quickest(core_counts())
        if number is not None:
            _keep(_name(), "threads", number)
    return number or core_counts()[0]


def core_counts() -> tuple[int, ...]:
    """Return how many threads might be quickest: logical and physical cores, as far as allowed."""
    allowed = limits.cores()
    physical = min(psutil.cpu_count(logical=False) or allowed, allowed)
    return tuple(dict.fromkeys((allowed, physical)))


def _known_threads() -> int | None:
    """Return the number of threads, None where it must be measured."""
    candidates = core_counts()
    if len(candidates) == 1 or _gpu():
        return candidates[0]
    found = _read().get(_name(), {}).get("threads")
    return found if found in candidates else None


def _has_threads() -> bool:
    """Tell whether TensorFlow has computed something: from then on its threads are settled."""
    from studio.yolo.backend import tf

    settings = tf.config.threading
    number = settings.get_intra_op_parallelism_threads()
    try:
        settings.set_intra_op_parallelism_threads(number + 1)
        settings.set_intra_op_parallelism_threads(number)
    except RuntimeError:
        return True
    return False


def _give_threads(number: int) -> None:
    from studio.yolo.backend import tf

    if "TF_NUM_INTRAOP_THREADS" not in os.environ:  # by which people choose themselves
        with contextlib.suppress(RuntimeError):  # it has them already
            tf.config.threading.set_intra_op_parallelism_threads(number)


def _quickest(candidates: tuple[int, ...]) -> int | None:
    """Measure each number of threads; None where that did not work.

    All processes load TensorFlow at once, as this one does; then one after the other measures.
    """
    with contextlib.ExitStack() as stack:
        try:
            running = [stack.enter_context(_timing(number)) for number in candidates]
        except OSError:  # no memory for another program, or none to start
            return None
        guard = threading.Timer(PATIENCE, lambda: [process.kill() for process in running])
        guard.start()
        try:
            for process in running:
                process.stdout.readline()  # it is ready
            seconds = [float(process.communicate("go\n")[0]) for process in running]
        except (OSError, ValueError):
            return None
        finally:
            guard.cancel()
            for process in running:
                process.kill()
    return candidates[seconds.index(min(seconds))]


def _timing(number: int) -> Any:
    home = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "studio.yolo.timing", str(number)],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


# --- what is kept -------------------------------------------------------------------------------


def _keep(machine: str, what: str, found: str | int) -> None:
    """Keep what was measured; where that is not possible, it will be measured again."""
    table = _read()
    table[machine] = table.get(machine, {}) | {what: found}
    with contextlib.suppress(FileError):
        write_atomic(cache_folder() / FILE, json.dumps(table, indent=2).encode())


def _read() -> dict[str, dict[str, Any]]:
    try:
        table = json.loads(read_bytes(cache_folder() / FILE))
    except (FileError, ValueError):
        return {}
    is_whole = isinstance(table, dict) and all(isinstance(v, dict) for v in table.values())
    return table if is_whole else {}


def _name(with_gpu: bool = False) -> str:
    """Return what a measurement is of. A virtual processor's name tells less than its flags."""
    from studio.yolo.backend import tf

    gpu = _gpu() if with_gpu else None
    chip = str(gpu.get("device_name", "GPU")) if gpu else _processor()
    return f"{chip}, {core_counts()[0]} threads, TensorFlow {tf.__version__}"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n", maxsplit=1)[0]
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(line.split(":", maxsplit=1) for line in text.splitlines() if ":" in line)
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    flags = hashlib.sha256(facts.get("flags", "").encode()).hexdigest()[:8]
    return f"{facts.get('model name', platform.machine())} {flags}"


def _gpu() -> dict[str, Any] | None:
    """Return what TensorFlow knows of the GPU that it computes on, None without one."""
    from studio.yolo.backend import tf

    found = tf.config.get_visible_devices("GPU")
    return dict(tf.config.experimental.get_device_details(found[0])) if found else None
