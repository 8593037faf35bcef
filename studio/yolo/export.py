"""Writes a model for other programs, and looks whether they would see what it sees."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.yolo.darknet import weights
from studio.yolo.darknet.files import plan, require_free
from studio.yolo.darknet.names import render_names
from studio.yolo.darknet.network import collect
from studio.yolo.darknet.pair import Pair, is_darknet
from studio.yolo.darknet.render import render
from studio.yolo.darknet.weights import Header
from studio.yolo.readback import Reader, read_back
from studio.yolo.weights.load import load_network
from studio.yolo.weights.stored import read_model

WORTH_SAYING = 1e-4  # of a difference of OpenCV's


@dataclass(frozen=True, slots=True)
class Exported:
    """The file that was written, its bytes, and how far the heads read from it are off at most.

    `reader` has read them. `max_difference` is by Darknet's arithmetic, `opencv_difference` by
    that of OpenCV as it is, None where OpenCV cannot follow the cfg.
    """

    path: Path
    bytes: int
    max_difference: float
    reader: Reader = "OpenCV"
    opencv_difference: float | None = None

    @property
    def words(self) -> str:
        """Say who read the files again, and what that has shown."""
        by = "OpenCV with Darknet's arithmetic"
        if self.reader != "OpenCV":
            by = f"{self.reader} itself, as OpenCV cannot follow this cfg"
        said = f"Read again by {by}, the output differs by at most {self.max_difference:.1e}."
        if self.opencv_difference is not None and self.opencv_difference > WORTH_SAYING:
            said += (
                f" OpenCV as it is differs by up to {self.opencv_difference:.1e}: to a variance "
                "it adds 1e-6, Darknet 1e-5."
            )
        return said


def export_darknet(path: Path, out: Path) -> Exported:
    """Write a model as Darknet's cfg, weights and names, and have them read again.

    The three files appear together, after their output for a picture was seen to be that of the
    model. Raises StudioError for a model that cannot be written, and where a file exists.
    """
    files = plan(read_model(path), out)
    config, model = load_network(path)
    cfg, names = render(config).encode(), render_names(config.classes)
    header = weights.read_header(Pair.of(path).weights) if is_darknet(path) else Header()
    folder = files[0].parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    except OSError as error:
        raise FileError(folder, f"cannot be written to: {os_error_text(error)}") from error
    try:
        parts = [beside / file.name for file in files]
        for part, data in zip(parts, (names, cfg), strict=False):
            part.write_bytes(data)
        weights.write(parts[-1], collect(model, header))
        found = read_back(config, model, Pair.of(parts[-1]))
        size = parts[-1].stat().st_size
        require_free(files)
        _place(parts, files)
    except OSError as error:
        raise FileError(folder, f"cannot be written to: {os_error_text(error)}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Exported(files[-1], size, found.difference, found.reader, found.opencv)


def _place(parts: list[Path], files: list[Path]) -> None:
    """Move all files to where they belong, or none."""
    placed: list[Path] = []
    try:
        for part, file in zip(parts, files, strict=True):
            part.rename(file)
            placed.append(file)
    except BaseException:
        for file in placed:
            file.unlink(missing_ok=True)
        raise
