"""Runs in an interpreter that has Ultralytics: `_ultralytics.py MODEL DATA.yaml FOLDER`.

Trains from random weights with its own defaults at 416, batch 16, on the CPU, and prints the
median seconds of a step once there are enough of them.
"""

import sys
import time
from itertools import pairwise
from statistics import median

from ultralytics import YOLO

WARM_UP, STEPS = 2, 8


def main(model: str, data: str, folder: str) -> None:
    times: list[float] = []

    def note(_trainer: object) -> None:
        times.append(time.perf_counter())
        if len(times) > WARM_UP + STEPS:
            counted = times[WARM_UP:]
            print("\nseconds", median(b - a for a, b in pairwise(counted)), flush=True)
            sys.stdout.flush()
            raise SystemExit(0)

    network = YOLO(model)
    network.add_callback("on_train_batch_end", note)
    settings = {"imgsz": 416, "batch": 16, "epochs": 100, "device": "cpu", "workers": 1}
    network.train(
        data=data, project=folder, pretrained=False, plots=False, val=False, save=False, **settings
    )


main(*sys.argv[1:])
