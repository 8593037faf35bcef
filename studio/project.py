"""A project: a folder with pictures, and what is remembered about it in `studio.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from studio.errors import FileError, StudioError
from studio.labels.anchors import Anchors
from studio.labels.dataset import (
    Dataset,
    Item,
    Layout,
    discover_classes,
    scan,
)
from studio.labels.files import read_bytes, write_atomic
from studio.labels.splits import Splits, hashed_splits, listed_splits

FILE = "studio.toml"


@dataclass(frozen=True, slots=True)
class Project:
    """The settings of a folder. Nothing is written before `save` is called.

    `classes` is empty until somebody decided on them: `dataset` then takes those in the label
    files. `split` holds the shares of validation and test pictures where no split files exist,
    `training` the options that `train` starts from.
    """

    root: Path
    layout: Layout
    classes: tuple[str, ...] = ()
    anchors: Anchors | None = None
    split: tuple[float, float] = (0.1, 0.1)
    training: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> Project:
        """Open a project, a Pascal VOC tree or a bare folder of pictures.

        Raises StudioError for what is no folder, or when its `studio.toml` cannot be read.
        """
        if not folder.is_dir():
            raise StudioError(f"{folder}: is not a folder")
        root = folder.resolve()
        settings = _read_settings(root / FILE)
        try:
            return cls._from_settings(root, settings)
        except (KeyError, TypeError, ValueError, StudioError) as error:
            raise FileError(root / FILE, f"holds a wrong setting: {error}") from error

    @classmethod
    def _from_settings(cls, root: Path, settings: dict[str, Any]) -> Project:
        found = Layout.of(root)
        layout = Layout(
            root / settings["images"] if "images" in settings else found.images,
            root / settings["annotations"] if "annotations" in settings else found.labels,
        )
        split = settings.get("split", {})
        return cls(
            root=root,
            layout=layout,
            classes=_unique(settings.get("classes") or _listed_classes(root)),
            anchors=_anchors(settings.get("anchors")),
            split=(float(split.get("val", 0.1)), float(split.get("test", 0.1))),
            training=dict(settings.get("train", {})),
        )

    @property
    def runs(self) -> Path:
        """The folder of training runs."""
        return self.root / "runs"

    def items(self) -> tuple[Item, ...]:
        """List the pictures; reads names only."""
        return scan(self.root, self.layout)

    def splits(self, items: tuple[Item, ...]) -> Splits:
        """Return the splits of the folder's lists, else a stable random split."""
        val, test = self.split
        return listed_splits(self.root, items, val) or hashed_splits(items, val, test)

    def dataset(self) -> Dataset:
        """Index the folder; reads the label files where the project has no class list yet."""
        items = self.items()
        classes = self.classes or discover_classes(items)
        return Dataset(self.root, items, classes, self.splits(items), self.layout.labels)

    def with_classes(self, classes: tuple[str, ...]) -> Project:
        """Return the project with another class list; raises StudioError for a name given twice."""
        return replace(self, classes=_unique(classes))

    def save(self) -> None:
        """Write classes and anchors into `studio.toml`, keeping what people wrote there.

        Raises FileError when the file there cannot be read or the folder cannot be written.
        """
        path = self.root / FILE
        document = _parse(read_bytes(path), path) if path.exists() else tomlkit.document()
        document["classes"] = list(self.classes)
        if self.anchors:
            sizes = [[round(w, 2), round(h, 2)] for w, h in self.anchors.sizes]
            document["anchors"] = {"input_size": list(self.anchors.input_size), "sizes": sizes}
        write_atomic(path, tomlkit.dumps(document).encode())


def _read_settings(path: Path) -> dict[str, Any]:
    return _parse(read_bytes(path), path).unwrap() if path.exists() else {}


def _parse(data: bytes, path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(data)
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise FileError(path, f"is not valid TOML: {error}") from error


def _anchors(table: dict[str, Any] | None) -> Anchors | None:
    if not table:
        return None
    width, height = table["input_size"]
    return Anchors(tuple((float(w), float(h)) for w, h in table["sizes"]), (width, height))


def _listed_classes(root: Path) -> list[str]:
    """Return the classes of a `classes.txt`, as labelImg and YOLO tools leave them."""
    path = root / "classes.txt"
    if not path.is_file():
        return []
    try:
        lines = read_bytes(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text: {error.reason}") from error
    return [line.strip() for line in lines if line.strip()]


def _unique(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    if not all(isinstance(name, str) and name.strip() and name.isprintable() for name in names):
        raise StudioError("a class needs a name of printable characters")
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise StudioError(f"class {twice!r} is listed twice")
    return tuple(names)
