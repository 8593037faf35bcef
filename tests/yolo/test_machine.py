"""What is measured of a machine is measured once, whatever becomes of the file that keeps it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from studio.labels.folder.cache import cache_folder
from studio.yolo import machine
from studio.yolo.backend import tf

pytestmark = pytest.mark.tensorflow
FILE = "machine.json"


@pytest.fixture
def times(monkeypatch) -> list[str]:
    """Note what is measured instead of measuring it: bfloat16 is twice as fast here."""
    from studio.yolo import timing

    measured: list[str] = []

    def compare(*kinds: str) -> list[float]:
        measured.extend(kinds)
        return [2.0 if kind == "float32" else 1.0 for kind in kinds]

    monkeypatch.setattr(timing, "compare", compare)
    monkeypatch.setattr(machine, "_gpu", lambda: None)
    machine.precision.cache_clear()
    yield measured
    machine.precision.cache_clear()


def ask() -> str:
    machine.precision.cache_clear()  # as another program would
    return machine.precision("auto")


def test_a_number_type_is_measured_once_and_kept(times):
    assert [ask(), ask(), machine.precision("float32")] == ["bfloat16", "bfloat16", "float32"]
    assert times == ["float32", "bfloat16"]
    (kept,) = json.loads((cache_folder() / FILE).read_text()).values()
    assert kept == {"precision": "bfloat16"}


@pytest.mark.parametrize(
    "damage", [b"{", b"[]", b'{"a": 5}', b"\xff\xfe", b'{"NAME": {"precision": "int8"}}']
)
def test_a_damaged_file_costs_measuring_anew(times, damage):
    ask()
    file = cache_folder() / FILE
    (name,) = json.loads(file.read_text())
    file.write_bytes(damage.replace(b'"NAME"', json.dumps(name).encode()))
    assert [ask(), ask()] == ["bfloat16", "bfloat16"]
    assert len(times) == 4


def test_a_folder_that_cannot_be_written_costs_measuring_each_time(times, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(machine, "cache_folder", lambda: tmp_path / "file" / "cache")
    assert [ask(), ask()] == ["bfloat16", "bfloat16"]
    assert len(times) == 4


def test_another_processor_is_measured_too(times, monkeypatch):
    ask()
    monkeypatch.setattr(machine, "_processor", lambda: "another")
    ask()
    assert len(times) == 4
    assert len(json.loads((cache_folder() / FILE).read_text())) == 2


def test_gpus_that_are_slow_at_bfloat16_are_measured_in_float16(times, monkeypatch):
    gpu = {"device_name": "Tesla T4", "compute_capability": (7, 5)}
    monkeypatch.setattr(machine, "_gpu", lambda: gpu)
    assert ask() == "float16"
    assert times == ["float32", "float16"]
    assert machine.half_type(gpu | {"compute_capability": (8, 0)}) == "bfloat16"
    assert machine.half_type({}) == "bfloat16"


def test_threads_are_measured_once_where_cores_have_two_each(times, monkeypatch):
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(machine, "_has_threads", lambda: False)
    monkeypatch.setattr(machine, "core_counts", lambda: (8, 4))
    monkeypatch.setattr(machine, "_quickest", lambda counts: asked.append(counts) or 4)
    given: list[int] = []
    monkeypatch.setattr(machine, "_give_threads", given.append)
    machine.set_up_as_known()
    assert (asked, given) == ([], [])
    (status,) = machine.set_up()
    assert "threads" in status.text
    assert status.text.endswith("…")
    assert list(machine.set_up()) == []
    machine.set_up_as_known()
    assert (asked, given) == ([(8, 4)], [4, 4, 4])
    assert ask() == "bfloat16"  # beside it in the file
    assert machine.threads() == 4
    monkeypatch.setattr(machine, "core_counts", lambda: (4, 2, 1))  # 4 is one of them still
    assert machine.threads() == 4
    assert len(asked) == 2  # but of another machine


def test_threads_are_not_measured_when_tensorflow_has_them_already(monkeypatch):
    monkeypatch.delattr(machine, "_quickest")
    monkeypatch.setattr(machine, "core_counts", lambda: (8, 4))
    tf.constant(1.0)
    assert list(machine.set_up()) == []


def test_threads_that_could_not_be_measured_are_all_of_them_and_not_kept(times, monkeypatch):
    monkeypatch.setattr(machine, "core_counts", lambda: (8, 4))
    monkeypatch.setattr(machine, "_quickest", lambda _: None)
    assert machine.threads() == 8
    assert not (cache_folder() / FILE).exists()


def test_one_kind_of_core_leaves_nothing_to_measure(times, monkeypatch):
    monkeypatch.setattr(machine, "core_counts", lambda: (2,))
    monkeypatch.delattr(machine, "_quickest")
    assert list(machine.set_up()) == []
    assert machine.threads() == 2


def test_threads_are_really_measured_by_programs():
    assert machine._quickest((1, 2)) in (1, 2)


def test_a_program_that_fails_tells_nothing(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert machine._quickest((1, 2)) is None


def test_core_counts_are_distinct_and_allowed():
    counts = machine.core_counts()
    assert len(set(counts)) == len(counts)
    assert all(1 <= count <= (os.cpu_count() or 1) for count in counts)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has a priority for each thread")
def test_tensorflows_threads_stand_back_and_no_other_does():
    program = """
import os
import subprocess
from pathlib import Path
from studio.yolo import machine
machine.give_way()
tasks = [int(task.name) for task in Path("/proc/self/task").iterdir()]
print(os.getpriority(os.PRIO_PROCESS, 0), *(os.getpriority(os.PRIO_PROCESS, t) for t in tasks))
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    own, *others = map(int, done.stdout.split())
    assert others.count(own + machine.BEHIND) >= 2
    assert own in others
