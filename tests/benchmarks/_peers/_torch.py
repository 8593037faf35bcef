"""Runs in an interpreter that has PyTorch: `_torch.py TYPE`, float32 or bfloat16.

A bare training step of YOLOv3-tiny, 416, batch 16: forward, the mean of the heads as a loss,
backward, AdamW; no data and no real loss. Says "ready", then answers each line on standard input
by the seconds that a step took.
"""

import contextlib
import sys
import time
from itertools import pairwise

import torch
from torch import nn

HEADS = 3 * (5 + 10)


def conv(inputs: int, outputs: int, size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.1),
    )


class Tiny(nn.Module):
    """YOLOv3-tiny as in Darknet's yolov3-tiny.cfg."""

    def __init__(self) -> None:
        super().__init__()
        sides = (3, 16, 32, 64, 128)
        layers = [m for a, b in pairwise(sides) for m in (conv(a, b, 3), nn.MaxPool2d(2))]
        self.fine = nn.Sequential(*layers, conv(128, 256, 3))
        last = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(2, 1))
        self.coarse = nn.Sequential(
            nn.MaxPool2d(2), conv(256, 512, 3), last, conv(512, 1024, 3), conv(1024, 256, 1)
        )
        self.first = nn.Sequential(conv(256, 512, 3), nn.Conv2d(512, HEADS, 1))
        self.up = nn.Sequential(conv(256, 128, 1), nn.Upsample(scale_factor=2))
        self.second = nn.Sequential(conv(384, 256, 3), nn.Conv2d(256, HEADS, 1))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fine = self.fine(images)
        coarse = self.coarse(fine)
        return self.first(coarse), self.second(torch.cat([self.up(coarse), fine], dim=1))


def main(kind: str) -> None:
    network = Tiny().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    images = torch.rand(16, 3, 416, 416).to(memory_format=torch.channels_last)

    def step() -> float:
        began = time.perf_counter()
        is_brain = kind == "bfloat16"
        with torch.autocast("cpu", torch.bfloat16) if is_brain else contextlib.nullcontext():
            heads = network(images)
            loss = sum(head.float().square().mean() for head in heads)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return time.perf_counter() - began

    step()
    step()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(step(), flush=True)


main(*sys.argv[1:])
