"""The anchors that the networks were published with."""

from __future__ import annotations

from studio.labels.anchors.sizes import Anchors

_V3 = (
    *((10, 13), (16, 30), (33, 23), (30, 61), (62, 45)),
    *((59, 119), (116, 90), (156, 198), (373, 326)),
)
_V4 = (
    *((12, 16), (19, 36), (40, 28), (36, 75), (76, 55)),
    *((72, 146), (142, 110), (192, 243), (459, 401)),
)
_TINY = ((10, 14), (23, 27), (37, 58), (81, 82), (135, 169), (344, 319))

PRESETS: dict[str, tuple[tuple[int, int], ...]] = {
    "yolov3": _V3,
    "yolov3-spp": _V3,
    "yolov3-tiny": _TINY,
    "yolov4": _V4,
    "yolov4-tiny": _TINY,
}
"""From Darknet's cfg files, in pixels. Darknet leaves them as they are whatever the input; the
figures they were published with are for one of 416, so that is the input they are meant for here.
"""

PUBLISHED_AT = (416, 416)


def preset(architecture: str, input_size: tuple[int, int]) -> Anchors:
    """Return the anchors that an architecture was published with, scaled to an input size."""
    return Anchors(PRESETS[architecture], PUBLISHED_AT).at(input_size)


def published(input_size: tuple[int, int]) -> dict[str, Anchors]:
    """Return every published set once, by the names of all networks that have it, with commas."""
    sharing: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for name, sizes in PRESETS.items():
        sharing.setdefault(sizes, []).append(name)
    return {", ".join(names): preset(names[0], input_size) for names in sharing.values()}
