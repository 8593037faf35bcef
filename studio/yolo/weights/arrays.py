"""Saving and loading weights and the state of training, as plain numpy archives."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError, StudioError, os_error_text
from studio.labels.files import replacing

Arrays = dict[str, NDArray[Any]]

DAMAGE = (  # what numpy and zipfile raise for flipped bits, a file cut short, or another file
    *(ValueError, TypeError, AttributeError, KeyError, OSError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error, OverflowError),
)


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Write named arrays atomically; raises FileError.

    Straight into the file: a copy of all of them in memory would hold up the window.
    """
    with replacing(path) as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_arrays(path: Path) -> Arrays:
    """Read named arrays; raises FileError for a file that is missing or damaged, and StudioError
    where there is no memory for it: an older file in its place would be no help.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    try:
        with file, np.load(file, allow_pickle=False) as archive:
            return dict(archive)
    except MemoryError as error:
        raise StudioError(f"{path}: there is not enough memory to read it") from error
    except DAMAGE as error:
        raise FileError(path, "is not a file of weights, or is damaged") from error


def variables_to_arrays(variables: list[Any], prefix: str = "") -> Arrays:
    """Return the values of Keras variables under their paths, such as `013_conv/kernel`."""
    return {f"{prefix}{variable.path}": variable.numpy() for variable in variables}


def assign_arrays(variables: list[Any], arrays: Arrays, path: Path, prefix: str = "") -> None:
    """Give variables the values read from `path`; nothing changes unless all of them fit.

    Raises FileError naming the first array that is missing, of another shape or not finite.
    """
    for variable in variables:
        name = f"{prefix}{variable.path}"
        if name not in arrays:
            raise FileError(path, f"belongs to another network: {name} is missing")
        if arrays[name].shape != tuple(variable.shape):
            found, expected = arrays[name].shape, tuple(variable.shape)
            raise FileError(
                path, f"belongs to another network: {name} is {found}, expected {expected}"
            )
        if not np.isfinite(arrays[name].astype(np.float64)).all():
            raise FileError(path, f"holds values that are not finite in {name}")
    for variable in variables:
        variable.assign(arrays[f"{prefix}{variable.path}"])
