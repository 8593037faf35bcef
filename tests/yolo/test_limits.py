"""What a process may have, where a control group of Linux lets it have less than there is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from studio.yolo import limits
from studio.yolo.data import room
from studio.yolo.training import memory

GIGABYTE = 10**9
needs_groups = pytest.mark.skipif(
    not Path("/proc/self/cgroup").exists(), reason="only Linux has control groups"
)


@pytest.fixture
def group(tmp_path, monkeypatch) -> Path:
    """A folder that stands for the outermost group; there is no file in it."""
    monkeypatch.setattr(limits, "GROUPS", tmp_path)
    return tmp_path


def limit_memory(group: Path, limit: str, used: int, file_pages: int) -> None:
    (group / "memory.max").write_text(f"{limit}\n")
    (group / "memory.current").write_text(f"{used}\n")
    (group / "memory.stat").write_text(f"anon 5\ninactive_file {file_pages}\n")


def test_without_a_limit_it_is_what_the_machine_has(group):
    limit_memory(group, "max", 10**6, 0)
    (group / "cpu.max").write_text("max 100000\n")
    assert limits.free_memory() == pytest.approx(limits.psutil.virtual_memory().available, rel=0.2)
    assert 1 <= limits.cores() <= (os.cpu_count() or 1)
    if sys.platform == "linux":
        assert limits.cores() == len(os.sched_getaffinity(0))


@needs_groups
def test_what_a_group_has_left_is_what_pictures_and_training_may_have(group):
    limit_memory(group, "3000000", 2_500_000, 100_000)
    own = limits.psutil.Process().memory_info().rss
    assert limits.free_memory() == 600_000
    assert memory.available() == pytest.approx(own + 600_000, rel=0.05)
    assert room.kept_in_memory("memory", 470_000) == 470_000  # of 0.8 of it
    assert room.kept_in_memory("memory", 490_000) == 0
    assert room.kept_in_memory("auto", 140_000) == 140_000  # of a quarter of it
    assert room.kept_in_memory("auto", 160_000) == 0


@needs_groups
def test_a_group_that_has_used_up_everything_leaves_nothing(group):
    limit_memory(group, str(GIGABYTE), GIGABYTE + 5, 0)
    assert limits.free_memory() == 0


@needs_groups
@pytest.mark.parametrize(("share", "expected"), [(100_000, 1), (20_000, 1), (10**9, None)])
def test_a_share_of_the_time_is_rounded_up_to_cores(group, share, expected):
    (group / "cpu.max").write_text(f"{share} 100000\n")
    assert limits.cores() == (expected or len(os.sched_getaffinity(0)))
