"""Boxes drawn into a picture, for people who get a file instead of a window."""

from __future__ import annotations

from collections.abc import Sequence

from studio.labels.boxes import Detection
from studio.labels.images import Image
from studio.labels.opencv import cv2
from studio.labels.screen.palette import UNKNOWN, Colour, class_colour, ink_on

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_detections(
    image: Image, detections: Sequence[Detection], classes: tuple[str, ...]
) -> Image:
    """Return a copy of the picture with each detection's box, class and score in per cent.

    Colours are those of the class list. Lines and text grow with the picture. OpenCV's font has
    ASCII only: a class with another name is written as its number in the list, from #1.
    """
    canvas = image.copy()
    unit = max(round(max(image.shape[:2]) / 640), 1)
    colours = {name: class_colour(i) for i, name in enumerate(classes)}
    for detection in reversed(detections):  # the best is drawn last, on top
        colour = colours.get(detection.box.label, UNKNOWN)
        _draw_frame(canvas, detection, colour, unit)
    for detection in reversed(detections):
        label = detection.box.label
        text = f"{_writable(label, classes)} {detection.score:.0%}"
        _draw_label(canvas, detection, text, colours.get(label, UNKNOWN), unit)
    return canvas


def _writable(name: str, classes: tuple[str, ...]) -> str:
    if name.isascii():
        return name
    return f"#{classes.index(name) + 1}" if name in classes else "#?"


def _draw_frame(canvas: Image, detection: Detection, colour: Colour, unit: int) -> None:
    """Draw an outline with dark edges, so that it is seen on any picture: a ring a pixel."""
    left, top, right, bottom = (round(edge) for edge in detection.box.xyxy)
    for inset in range(-unit, 3 * unit):
        ring = (left + inset, top + inset), (right - 1 - inset, bottom - 1 - inset)
        cv2.rectangle(canvas, *ring, colour if 0 <= inset < 2 * unit else (0, 0, 0))


def _draw_label(canvas: Image, detection: Detection, text: str, colour: Colour, unit: int) -> None:
    """Write a text on a plate above the box, or inside it at the picture's top."""
    scale = 0.4 * unit
    (width, height), below = cv2.getTextSize(text, _FONT, scale, unit)
    plate = height + below + 2 * unit
    left = min(max(round(detection.box.xmin), 0), max(canvas.shape[1] - width - 2 * unit, 0))
    top = round(detection.box.ymin) - plate
    top = top if top >= 0 else max(round(detection.box.ymin), 0)
    cv2.rectangle(canvas, (left, top), (left + width + 2 * unit, top + plate), colour, -1)
    at = (left + unit, top + height + unit)
    cv2.putText(canvas, text, at, _FONT, scale, ink_on(colour), unit, cv2.LINE_AA)
