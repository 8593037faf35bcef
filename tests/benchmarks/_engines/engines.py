"""One network with the same weights in several engines, ready to be timed in turn."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from studio.labels.images import Image

CONFIDENCE, IOU = 0.25, 0.45
SCRIPT = Path(__file__).parent / "_onnxruntime.py"

Timed = Callable[[], float]
"""Detects in the picture once; returns milliseconds."""


def timed(work: Callable[[], object]) -> Timed:
    def measure() -> float:
        began = time.perf_counter()
        work()
        return (time.perf_counter() - began) * 1000

    return measure


def ours(pair: Path, compute: Any, image: Image) -> Timed:
    """From the picture to detections, suppression included."""
    from studio.yolo.detect import Detector

    detector = Detector.load(pair, compute)
    return timed(lambda: detector.detect(image, CONFIDENCE, IOU))


def opencv(pair: Path, image: Image) -> Timed:
    """The same by cv2.dnn, which decodes boxes itself."""
    network = cv2.dnn.readNetFromDarknet(str(pair), str(pair.with_suffix(".weights")))
    names = network.getUnconnectedOutLayersNames()
    height, width = image.shape[:2]

    def detect() -> object:
        network.setInput(cv2.dnn.blobFromImage(image, 1 / 255, (width, height)))
        found = np.concatenate(network.forward(names))
        found = found[found[:, 4] >= CONFIDENCE]
        classes = found[:, 5:].argmax(axis=1)
        boxes = found[:, :4] * (width, height, width, height)
        boxes[:, :2] -= boxes[:, 2:] / 2
        scores = found[:, 5:].max(axis=1)
        return cv2.dnn.NMSBoxesBatched(boxes, scores, classes, CONFIDENCE, IOU)

    return timed(detect)


def onnx_runtime(model: Any, folder: Path, image: Image) -> Timed | None:
    """The network alone in ONNX Runtime; None where ONNXRUNTIME_PYTHON names no interpreter."""
    python = os.environ.get("ONNXRUNTIME_PYTHON")
    if not python:
        return None
    model.export(str(folder / "saved"), verbose=False)
    np.save(folder / "picture.npy", image[None].astype(np.float32) / 255)
    program = subprocess.Popen(
        [python, str(SCRIPT), str(folder / "saved"), str(folder / "picture.npy")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )  # ends with its standard input
    questions, answers = program.stdin, program.stdout
    assert questions is not None
    assert answers is not None
    if answers.readline().strip() != "ready":
        raise RuntimeError(f"{python} could not run the network: it needs tf2onnx, onnxruntime")

    def ask() -> float:
        questions.write("\n")
        questions.flush()
        return float(answers.readline())

    return ask
