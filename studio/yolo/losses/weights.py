"""What a box of each class counts, where some are rare. Plain numbers; imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST, MOST = 0.1, 10.0  # that a class may count before the mean is made 1


def class_weights(counts: Sequence[int], strength: float) -> tuple[float, ...]:
    """Return (mean / count)^strength for each class, given how many boxes of it there are.

    With 0 every box counts alike, which is (); with 1 every class does, whatever its boxes.
    They are scaled so that their mean over all boxes is 1: the loss stays as large as it was.
    A class with no box counts as one with one box.
    """
    if not strength or not any(counts):
        return ()
    boxes = np.array(counts, np.float64)
    known = np.maximum(boxes, 1.0)
    weights = np.clip((known.mean() / known) ** strength, LEAST, MOST)
    return tuple((weights * boxes.sum() / (weights * boxes).sum()).tolist())
