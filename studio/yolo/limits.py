"""What the system lets this process have: memory and cores, also in a container."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

GROUPS = Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Return how many bytes this process can have beside its own without anybody's swapping."""
    return int(min(psutil.virtual_memory().available, *_left_to_groups(), sys.maxsize))


def cores() -> int:
    """Return how many cores this process may use at once."""
    allowed = len(psutil.Process().cpu_affinity()) if sys.platform == "linux" else os.cpu_count()
    return min(allowed or 1, *_shares_of_groups(), sys.maxsize)


def _left_to_groups() -> Iterator[int]:
    for group in _groups():
        with contextlib.suppress(OSError, ValueError):  # no limit is "max"
            limit = int((group / "memory.max").read_text())
            used = int((group / "memory.current").read_text())
            facts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            yield max(limit - used + int(facts.get("inactive_file", 0)), 0)


def _shares_of_groups() -> Iterator[int]:
    for group in _groups():
        with contextlib.suppress(OSError, ValueError):
            share, period = (group / "cpu.max").read_text().split()
            yield max(1, math.ceil(int(share) / int(period)))


def _groups() -> Iterator[Path]:
    """Yield the folders of Linux' control groups that this process is in, the innermost first."""
    try:
        path = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].lstrip("/")
    except OSError:
        return
    for folder in (GROUPS / path, *(GROUPS / path).parents):
        if not folder.is_relative_to(GROUPS):
            return
        yield folder
