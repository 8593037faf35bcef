"""Where prepared pictures fit: in memory, on the disk, or nowhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from studio.yolo.config import Cache
from studio.yolo.data import shelf
from studio.yolo.limits import free_memory

GIGABYTE = 10**9
LIMIT: dict[Cache, int] = {"memory": 2 * GIGABYTE, "disk": 20 * GIGABYTE}
SHARE: dict[Cache, float] = {"memory": 0.25, "disk": 0.5}  # of what is free
ASKED_SHARE = 0.8  # of what is free, where somebody has asked for it: then there is no limit


def ways(choice: Cache, needed: int, folder: Path) -> tuple[list[Cache], list[str]]:
    """Return where pictures that need so many bytes can be kept, the best first, always "none"
    as the last; and a sentence for each better way that they do not fit into.
    """
    if choice == "none":
        return ["none"], []
    order: tuple[Cache, ...] = ("disk", "memory") if choice == "disk" else ("memory", "disk")
    fit: list[Cache] = []
    faults: list[str] = []
    for way in order:
        if needed <= (room := _room(way, folder, is_asked=way == choice)):
            fit.append(way)
        elif not fit:
            faults.append(_too_small(way, folder, needed, room))
    is_as_planned = choice == "auto" and fit
    return [*fit, "none"], [] if is_as_planned else faults


def disk_room(folder: Path, is_asked: bool) -> int:
    """Return how many bytes the cache folder may have: what is in it already can make way."""
    return _room("disk", folder, is_asked)


def kept_in_memory(choice: Cache, needed: int) -> int:
    """Return how many bytes of pictures that need so many will be in memory."""
    if choice not in ("auto", "memory"):
        return 0
    return needed if needed <= _room("memory", Path(), is_asked=choice == "memory") else 0


def _room(way: Cache, folder: Path, is_asked: bool) -> int:
    free = free_memory() if way == "memory" else _free_disk(folder) + shelf.held(folder)
    return int(ASKED_SHARE * free) if is_asked else min(LIMIT[way], int(SHARE[way] * free))


def _free_disk(folder: Path) -> int:
    """Return what the disk of a folder that may not exist yet has free; 0 where it is no folder."""
    existing = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    try:
        return shutil.disk_usage(existing).free
    except OSError:
        return 0


def _too_small(way: Cache, folder: Path, needed: int, room: int) -> str:
    where = "memory" if way == "memory" else f"the cache folder {folder}"
    asked, there = needed / GIGABYTE, room / GIGABYTE
    return f"the prepared pictures take {asked:.2g} GB and {where} has room for {there:.2g} GB"
