"""YOLOv3-tiny at a quarter of its width, for tests of how it is trained and not of what it is.

A state of the whole one is 140 MB, which each epoch of such a test would save.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.yolo.network import networks
from studio.yolo.network.sections import Conv, Section, Yolo

SLIMMER = 4


def make_slim(patch: pytest.MonkeyPatch) -> None:
    """Give the network this width until the patch is undone."""
    whole = networks._DESCRIBE["yolov3-tiny"]
    patch.setitem(networks._DESCRIBE, "yolov3-tiny", lambda *args: _slim(whole(*args)))


def _slim(described: list[Section]) -> list[Section]:
    return [
        replace(section, filters=section.filters // SLIMMER)
        if isinstance(section, Conv) and not isinstance(after, Yolo)
        else section
        for section, after in zip(described, [*described[1:], None], strict=True)
    ]
