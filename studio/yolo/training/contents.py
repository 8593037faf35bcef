"""What a training picture and its labels hold, in a few characters, to see whether it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from studio.errors import FileError
from studio.yolo.data.examples import Example


def digests(examples: Sequence[Example]) -> tuple[str, ...]:
    """Return 20 hexadecimal digits for each: of the picture's bytes, its boxes and classes.

    A picture that cannot be read has "".
    """
    with ThreadPoolExecutor() as pool:  # reading and digesting let go of Python's lock
        return tuple(pool.map(_digest, examples))


def _digest(example: Example) -> str:
    try:
        picture = example.item.digest(example.item.encoded())
    except FileError:
        return ""
    labels = example.xyxy.tobytes() + example.labels.tobytes()
    return hashlib.blake2b(picture + labels, digest_size=10).hexdigest()
