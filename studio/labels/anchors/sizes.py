"""Sizes of boxes and of anchors, and how much two of them overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError

Sizes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Anchors:
    """Anchor sizes in pixels at an input of `input_size` (width, height), sorted by area."""

    sizes: tuple[tuple[float, float], ...]
    input_size: tuple[int, int]

    def __post_init__(self) -> None:
        if not self.sizes:
            raise StudioError("there must be at least one anchor")
        for width, height in self.sizes:
            if not (np.isfinite((width, height)).all() and width > 0 and height > 0):
                raise StudioError(
                    f"an anchor needs a positive width and height, not {width:g} × {height:g}"
                )
        if not all(side > 0 for side in self.input_size):
            raise StudioError(f"anchors need an input with area, not {self.input_size}")
        if list(self.sizes) != sorted(self.sizes, key=lambda s: s[0] * s[1]):
            object.__setattr__(self, "sizes", tuple(sorted(self.sizes, key=lambda s: s[0] * s[1])))

    @classmethod
    def of(cls, sizes: Sizes, input_size: tuple[int, int]) -> Anchors:
        """Return the anchors of `(k, 2)` sizes."""
        return cls(tuple((float(w), float(h)) for w, h in sizes), input_size)

    def array(self) -> Sizes:
        """Return the `(k, 2)` sizes."""
        return np.array(self.sizes, np.float64)

    def at(self, input_size: tuple[int, int]) -> Anchors:
        """Return the anchors scaled to another input size."""
        x, y = (new / old for new, old in zip(input_size, self.input_size, strict=True))
        return Anchors(tuple((w * x, h * y) for w, h in self.sizes), input_size)

    def darknet(self) -> str:
        """Return what follows `anchors =` in a Darknet cfg for this input: "10,13, 16.5,30"."""
        return ", ".join(f"{_shortest(w)},{_shortest(h)}" for w, h in self.sizes)


def _shortest(pixels: float) -> str:
    """Return a number with at most two decimals: Darknet reads floats, and nobody sees less."""
    return f"{pixels:.2f}".rstrip("0").rstrip(".")


def size_iou(a: Sizes, b: Sizes) -> NDArray[np.float64]:
    """Return the `(n, k)` IoU of `(n, 2)` and `(k, 2)` sizes that share a corner."""
    both = np.minimum(a[:, None, 0], b[None, :, 0]) * np.minimum(a[:, None, 1], b[None, :, 1])
    areas = a.prod(axis=1)[:, None] + b.prod(axis=1)[None, :]
    iou: NDArray[np.float64] = both / (areas - both)
    return iou
