"""Runs in a fresh process, as after a click on Train: `-m tests.benchmarks._first_loss FOLDER`.

Prints the seconds to the first loss with TensorFlow not loaded yet, then once it is, and the most
memory that the process had over a few steps of each, in bytes.
"""

import sys
import time
from pathlib import Path

import psutil

from studio.yolo.events import StepMetrics
from tests.benchmarks._steps import Steps, training

STEPS = 8


def main(folder: str) -> None:
    print(*(_seconds(Path(folder)) for _ in range(2)), _peak())


def _seconds(folder: Path) -> float:
    began, first = time.perf_counter(), 0.0
    for event in training(folder, Steps(16), count=STEPS):
        if isinstance(event, StepMetrics) and not first:
            first = time.perf_counter() - began
    return first


def _peak() -> int:
    """Return the most memory so far in bytes."""
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return int(memory.peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most if sys.platform == "darwin" else most * 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
