"""The estimate of memory against what trainings were measured to need, and what it offers."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from studio.yolo.training import memory

ROOT = Path(__file__).parents[3]
MEASURED = [  # megabytes at the peak of a process that took four steps, validated and saved
    ("yolov3-tiny", 416, 16, 1, "float32", 2908),
    ("yolov3-tiny", 416, 16, 1, "bfloat16", 1981),
    ("yolov3-tiny", 416, 16, 4, "float32", 1586),
    ("yolov3-tiny", 416, 4, 1, "float32", 1485),
    ("yolov3-tiny", 416, 4, 1, "bfloat16", 1312),
    ("yolov3-tiny", 608, 16, 1, "bfloat16", 2987),
    ("yolov4-tiny", 416, 16, 1, "float32", 2505),
    ("yolov4-tiny", 416, 16, 1, "bfloat16", 1960),
]


def config(architecture="yolov3-tiny", size=416, **settings) -> TrainConfig:
    anchors = preset(architecture, (size, size))
    model = ModelConfig(architecture, ("a", "b", "c"), anchors, (size, size))
    return TrainConfig(model, **{"batch_size": 16, **settings})


@pytest.mark.parametrize(
    ("architecture", "size", "batch", "parts", "compute", "megabytes"), MEASURED
)
def test_the_estimate_is_near_what_was_measured(
    architecture, size, batch, parts, compute, megabytes
):
    given = config(architecture, size, batch_size=batch, parts=parts)
    assert 0.92 < memory.estimate(given, compute) / (megabytes * 10**6) < 1.2


def test_larger_inputs_and_networks_need_more_and_fewer_bytes_a_number_less():
    plain = memory.estimate(config(), "float32")
    assert memory.estimate(config(multi_scale=0.25), "float32") > plain
    assert memory.estimate(config("yolov3"), "float32") > 2 * plain
    assert memory.estimate(config(), "float16") == memory.estimate(config(), "bfloat16") < plain
    attention = dataclasses.replace(config().model, attention="se")
    assert (
        memory.estimate(TrainConfig(attention, batch_size=16), "float32") == plain
    )  # as good as nothing


def test_what_fits_needs_no_offer():
    assert memory.offer(config(), "float32", memory.estimate(config(), "float32")) == ""


def test_a_smaller_batch_is_offered_that_fits_and_parts_that_learn_the_same():
    said = memory.offer(config(), "float32", 2_200_000_000)
    found = re.fullmatch(
        r"needs about 3\.\d GB of memory, 2\.2 GB are free: 8 pictures a batch need (\d\.\d) GB, "
        r"and so do 16 in 2 parts",
        said,
    )
    assert found, said
    for smaller in (config(batch_size=8), config(batch_size=16, parts=2)):
        needed = memory.estimate(smaller, "float32")
        assert needed < 2_200_000_000
        assert needed / 1e9 == pytest.approx(float(found[1]), abs=0.15)
    assert "7 pictures a batch" in memory.offer(config(batch_size=15), "float32", 2_200_000_000)
    assert "in 2 parts" not in memory.offer(config(batch_size=15), "float32", 2_200_000_000)


def test_a_run_with_fewer_pictures_than_a_batch_is_offered_parts_that_it_can_have(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    monkeypatch.setattr(memory, "estimate", lambda given, _: given.batch_size * 10**8)
    error = memory.used_up(config(batch_size=6), "float32", planned=16)
    assert (error.whole, error.batch, error.parts) == (6, 1, 6)
    assert error.of_planned == 8
    assert config(batch_size=16, parts=error.of_planned).parts == 8
    assert ": 1 picture a batch needs 0.1 GB, and so do 6 in 6 parts" in str(error)


def test_where_nothing_fits_something_else_is_said():
    for given in (config(), config(batch_size=1)):
        said = memory.offer(given, "float32", 10**8)
        assert said.endswith("choose a smaller input or network, or close other programs")


def test_the_peak_is_that_of_the_process():
    memory.forget_peak()
    before = memory.peak() if sys.platform == "linux" else 0  # other systems forget nothing
    block = bytearray(b"1") * 300_000_000
    assert memory.peak() > before + 250_000_000
    del block
    assert memory.peak() > before + 250_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep the peak")
def test_a_second_training_does_not_show_the_peak_of_the_first():
    block = bytearray(b"1") * 400_000_000
    high = memory.peak()
    del block
    memory.forget_peak()
    assert memory.peak() < high - 300_000_000


def test_pictures_in_memory_are_not_free(monkeypatch):
    monkeypatch.setattr(memory, "available_beside_gpu", lambda: 10**9)
    monkeypatch.setattr(memory, "_gpu_limit", lambda: 0)
    assert memory.available(10**8) == 9 * 10**8
    assert memory.available_as_known(10**8) == 9 * 10**8


def test_the_window_asks_no_gpu(monkeypatch):
    def asked():
        raise AssertionError("asking takes seconds")

    monkeypatch.setattr(memory, "_gpu_limit", asked)
    assert memory.available_as_known() > 0


def test_asking_loads_no_tensorflow():
    code = (
        "import sys; from studio.yolo.training import memory; memory.available(); memory.peak();"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
