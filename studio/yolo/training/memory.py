"""What a training will need of memory, what there is, and what would fit. Imports no TensorFlow.

The estimate counts what a step keeps, from the shapes of the network's sections, and is calibrated
by what trainings were measured to peak at (tests/benchmarks/memory.py).
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import psutil

from studio.errors import StudioError
from studio.wording import counted
from studio.yolo import limits
from studio.yolo.config import TrainConfig
from studio.yolo.network.pooling import pooled_first
from studio.yolo.network.sections import (
    Conv,
    MaxPool,
    Route,
    Section,
    Shape,
    Yolo,
    floats,
    shapes,
)

PROGRAM = 740 * 10**6  # Python and TensorFlow with a compiled step, before there are pictures
WINDOW = 150 * 10**6  # Qt, where it is loaded
COPIES = 9  # of the weights: network, average, two means of Adam, gradients; four while saving
SLACK = 1.15  # what malloc keeps between pieces that are in use
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
OF_LOSS = 12  # float32 values for each that the heads put out
PREFETCHED = 4  # batches that wait, a byte a value
PROCESS = Path("/proc/self")


def estimate(config: TrainConfig, compute: str) -> int:
    """Return the bytes that a process is about to have at its peak when it trains.

    Pictures that are prepared in memory come on top: `Store.memory` of `studio.yolo.data`.
    """
    sections = pooled_first(config.model.sections)
    described = list(zip(sections, shapes(sections), strict=True))
    weights = 4 * sum(floats(section, shape.inputs) for section, shape in described)
    width, height = (side * (1 + config.multi_scale) for side in config.model.input_size)
    area, at_once = width * height, config.batch_size // config.parts
    step = at_once * area * _of_pixel(described, BYTES[compute])
    waiting = PREFETCHED * config.batch_size * area * 3
    window = WINDOW if "PySide6" in sys.modules else 0
    return int(PROGRAM + window + COPIES * weights + SLACK * step + waiting)


def _of_pixel(described: list[tuple[Section, Shape]], size: int) -> float:
    """Return the bytes that a step keeps for each pixel of a picture in the input."""
    kept = [
        (_kept(section), float(shape.channels / shape.stride**2)) for section, shape in described
    ]
    values = sum(times * outputs for times, outputs in kept)
    # Going back, the widest layer has its gradients at three places at once.
    widest = max(outputs for _, outputs in kept)
    heads = sum(
        float(shape.channels / shape.stride**2)
        for section, shape in described
        if isinstance(section, Yolo)
    )
    picture = 3 * (4 + size)  # in float32, and as the first layer takes it
    return size * (values + 3 * widest) + 4 * OF_LOSS * heads + picture


def _kept(section: Section) -> int:
    """Return how many outputs of a section the way back needs: before each thing it does."""
    match section:
        case Conv(batch_norm=batch_norm, activation=activation):
            return 1 + batch_norm + (3 if activation == "mish" else 0)
        case MaxPool(activation=activation):
            return 1 + (activation != "linear")
        case Route(layers=layers, groups=groups):
            return int(len(layers) > 1 or groups > 1)
        case Yolo():
            return 0
        case _:
            return 1


def available(pictures: int = 0) -> int:
    """Return the bytes that this process may have in all: its own, and what is free.

    `pictures` are bytes that it has or will have beside what is estimated. With a GPU that
    TensorFlow has found, those on it, where no pictures are kept.
    """
    return _gpu_limit() or available_beside_gpu() - pictures


def available_as_known(pictures: int = 0) -> int:
    """The same for who cannot wait: a GPU counts once somebody has asked for what it has."""
    known = _of_gpu() if _of_gpu.cache_info().currsize else 0
    return known or available_beside_gpu() - pictures


def available_beside_gpu() -> int:
    """Return the bytes of the machine's own memory that this process may have in all."""
    own = psutil.Process().memory_info().rss
    return int(own + limits.free_memory())


def forget_peak() -> None:
    """Let `peak` count from now on, where the system can: on Linux, and on a GPU."""
    if _gpu_limit():
        from studio.yolo.backend import tf

        tf.config.experimental.reset_memory_stats("GPU:0")
    with contextlib.suppress(OSError):
        (PROCESS / "clear_refs").write_text("5")  # proc(5): the peak becomes what there is now


def peak() -> int:
    """Return the bytes that this process has had at most since `forget_peak`, or since it began
    where that is not possible; on a GPU, those there.
    """
    if _gpu_limit():
        from studio.yolo.backend import tf

        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    with contextlib.suppress(OSError):
        lines = (PROCESS / "status").read_text().splitlines()
        facts = dict(line.split(":", maxsplit=1) for line in lines)
        if found := facts.get("VmHWM"):
            return int(found.split()[0]) * 1024
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _gpu_limit() -> int:
    """Return the bytes of the first GPU that TensorFlow may use, 0 without one, or before
    TensorFlow is loaded. Asking may take seconds.
    """
    tf = getattr(sys.modules.get("studio.yolo.backend"), "tf", None)
    return _of_gpu() if tf is not None and tf.config.list_physical_devices("GPU") else 0


@cache
def _of_gpu() -> int:
    from tensorflow.python.client import device_lib  # noqa: TID251  the only place that tells

    limits = [d.memory_limit for d in device_lib.list_local_devices() if d.device_type == "GPU"]
    return int(limits[0]) if limits else 0


def offer(config: TrainConfig, compute: str, room: int) -> str:
    """Say what would fit into so many bytes, "" where the run itself does."""
    needed = estimate(config, compute)
    if needed <= room:
        return ""
    words = f"needs about {gigabytes(needed)} of memory, {gigabytes(room)} are free"
    return words + _what_fits(config, compute, room)


def _what_fits(config: TrainConfig, compute: str, room: int) -> str:
    """Return the end of a sentence that says what would fit into so many bytes."""
    batch, parts = fitting_batch(config, compute, room)
    if not batch:
        return ": choose a smaller input or network, or close other programs"
    need = gigabytes(estimate(replace(config, batch_size=batch, parts=1), compute))
    words = f": {counted(batch, 'picture')} a batch {'needs' if batch == 1 else 'need'} {need}"
    return f"{words}, and so do {config.batch_size} in {parts} parts" if parts else words


class UsedUpError(StudioError):
    """The memory was used up. `batch` is what would fit, computed at once or, where the batch can
    be divided so, as `parts` of `whole`; 0 where nothing would. A run that goes on, which keeps its
    batches as planned, would fit in the parts `of_planned`.
    """

    def __init__(self, text: str, whole: int, batch: int, parts: int, of_planned: int) -> None:
        super().__init__(text)
        self.whole, self.batch, self.parts, self.of_planned = whole, batch, parts, of_planned


def used_up(config: TrainConfig, compute: str, *more: str, planned: int = 0) -> UsedUpError:
    """Say what would fit, and what `more` there is to say; whatever was estimated, this did not.

    `planned` is the run's batch where there are too few pictures for it.
    """
    needed, room = estimate(config, compute), available()
    if room < needed:
        what = offer(config, compute, room)
    else:
        room = needed - 1
        what = f"needs more than the {gigabytes(needed)} that were estimated"
        what += _what_fits(config, compute, room)
    text = "; ".join([f"the memory is used up; training {what}", *more])
    batch, parts = fitting_batch(config, compute, room)
    planned = planned or config.batch_size
    divisors = (n for n in range(parts, planned + 1) if n and planned % n == 0)
    return UsedUpError(text, config.batch_size, batch, parts, next(divisors) if parts else 0)


def fitting_batch(config: TrainConfig, compute: str, room: int) -> tuple[int, int]:
    """Return the largest batch that fits and how many such are in the run's; 0 where none is."""
    fitting = smaller(config, compute, room)
    if fitting is None:
        return 0, 0
    parts = config.batch_size // fitting.batch_size
    return fitting.batch_size, parts if config.batch_size % parts == 0 else 0


def smaller(config: TrainConfig, compute: str, room: int) -> TrainConfig | None:
    """Return the run with the largest batch that fits, each half of the one before."""
    batch = config.batch_size // config.parts
    while batch > 1:
        batch //= 2
        fitting = replace(config, batch_size=batch, parts=1)
        if estimate(fitting, compute) <= room:
            return fitting
    return None


def gigabytes(number: int) -> str:
    """Write a number of bytes as people read it: 5.2 GB."""
    return f"{number / 1e9:.1f} GB"
