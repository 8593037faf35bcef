"""A project: a folder with pictures, and what is remembered about it in `studio.toml`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from studio.errors import FileError, StudioError, os_error_text
from studio.labels.anchors import Anchors
from studio.labels.classes import ClassList
from studio.labels.dataset import (
    Dataset,
    Item,
    Layout,
    discover_classes,
    scan,
)
from studio.labels.files import read_bytes, read_if_there, write_atomic
from studio.labels.screen.palette import Colour, hex_of, of_hex
from studio.labels.splits import Splits, hashed_splits, listed_splits
from studio.wording import meant

FILE = "studio.toml"
ANCHOR_SETTINGS = ("input_size", "sizes")
SETTINGS: tuple[str, ...] = (
    "images",
    "annotations",
    "classes",
    "class_order",
    "colours",
    "anchors",
    "split",
    "train",
)
SPLIT_SETTINGS: tuple[str, ...] = ("val", "test")


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
    colours: Mapping[str, Colour] = field(default_factory=dict)
    class_order: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """A sentence for each setting of `studio.toml` that nothing reads, such as a misspelt one."""
    remembered: tuple[ClassList, Anchors | None] = field(default=(ClassList(), None), compare=False)
    """The classes and anchors that `studio.toml` held, so that `save` writes what was changed."""

    @classmethod
    def open(cls, folder: Path) -> Project:
        """Open a project, a Pascal VOC tree or a bare folder of pictures.

        Raises StudioError for what is no folder, or when its `studio.toml` cannot be read.
        """
        try:
            if not folder.is_dir():
                raise StudioError(f"{folder}: is not a folder")
            root = folder.resolve()
            settings = _read_settings(root / FILE)
            return cls._from_settings(root, settings)
        except OSError as error:
            raise FileError(folder, f"cannot be read: {os_error_text(error)}") from error

    @classmethod
    def _from_settings(cls, root: Path, settings: dict[str, Any]) -> Project:
        try:
            images = _folder(root, settings, "images")
            classes = _unique(_list(settings, "classes"))
            colours, order = _colours(_table(settings, "colours")), _order(settings)
            anchors = _anchors(_table(settings, "anchors"))
            found = Layout.of(root, images)
            return cls(
                root=root,
                layout=Layout(
                    images or found.images,
                    _folder(root, settings, "annotations") or found.labels,
                ),
                classes=classes or _listed_classes(root),
                anchors=anchors,
                split=_shares(_table(settings, "split")),
                training=_table(settings, "train"),
                colours=colours,
                class_order=order,
                unread=tuple(_unread(settings)),
                remembered=(ClassList(classes, colours, order), anchors),
            )
        except FileError:
            raise
        except StudioError as error:
            raise FileError(root / FILE, f"holds a wrong setting: {error}") from error

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

    @property
    def class_list(self) -> ClassList:
        """The classes with their looks."""
        return ClassList(self.classes, self.colours, self.class_order)

    def with_class_list(self, listed: ClassList) -> Project:
        """Return the project with another class list; raises StudioError for a name given twice."""
        names = _unique(listed.names)
        return replace(self, classes=names, colours=listed.colours, class_order=listed.order)

    def save(self) -> Project:
        """Write changed classes and anchors into `studio.toml`; return the project as it is saved.

        Classes or anchors that there are no more are taken out; all else that people wrote there,
        or another program meanwhile, is kept. Raises FileError when the file there cannot be read
        or the folder cannot be written.
        """
        path = self.root / FILE
        document = _parse(read_if_there(path) or b"", path)
        listed, anchors = self.remembered
        if self.classes != listed.names:
            _write_names(document, "classes", self.classes)
        if self.class_order != listed.order:
            _write_names(document, "class_order", self.class_order)
        if self.colours != listed.colours:
            _write_colours(document, listed.colours, self.colours)
        if self.anchors != anchors:
            _write_anchors(document, self.anchors)
        write_atomic(path, tomlkit.dumps(document).encode())
        return replace(self, remembered=(self.class_list, self.anchors))


_UPDATING = Lock()


def update(root: Path, change: Callable[[Project], Project]) -> Project:
    """Change the settings that a folder has at this moment, and save them; raises StudioError.

    Threads that do so follow one another.
    """
    with _UPDATING:
        project = Project.open(root)
        changed = change(project)
        return changed.save() if changed != project else project


def update_classes(root: Path, change: Callable[[ClassList], ClassList]) -> Project:
    """Change the class list that a folder has at this moment; see `update`."""
    return update(root, lambda project: project.with_class_list(change(project.class_list)))


def _read_settings(path: Path) -> dict[str, Any]:
    return _parse(read_if_there(path) or b"", path).unwrap()


def _parse(data: bytes, path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(data.decode("utf-8-sig"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise FileError(path, f"is not valid TOML: {error}") from error


def _write_names(document: tomlkit.TOMLDocument, key: str, names: tuple[str, ...]) -> None:
    if names:
        document.setdefault(key, [])
        _set_names(_list(document, key), names)
    else:
        document.pop(key, None)


def _write_colours(
    document: tomlkit.TOMLDocument, before: Mapping[str, Colour], after: Mapping[str, Colour]
) -> None:
    """Write the colours that differ; a table that holds none any more goes."""
    document.setdefault("colours", tomlkit.table())
    table = _table(document, "colours")
    for name in before.keys() - after.keys():
        table.pop(name, None)
    for name, colour in after.items():
        if before.get(name) != colour:
            table[name] = hex_of(colour)
    if not table:
        document.pop("colours")


def _write_anchors(document: tomlkit.TOMLDocument, anchors: Anchors | None) -> None:
    if anchors:
        document.setdefault("anchors", tomlkit.table())
        table = _table(document, "anchors")
        _set(table, "input_size", list(anchors.input_size))
        _set(table, "sizes", [[_rounded(w), _rounded(h)] for w, h in anchors.sizes])
    elif "anchors" in document:  # people may have more in this table
        for name in ANCHOR_SETTINGS:
            _table(document, "anchors").pop(name, None)


def _set(table: dict[str, Any], name: str, value: object) -> None:
    """Change a setting if it differs, so that one that does not keeps the way it was written."""
    if table.get(name) != value:
        table[name] = value


def _set_names(written: list[Any], names: tuple[str, ...]) -> None:
    """Change the entries that differ; the others keep the comments beside them."""
    if len(names) < len(written):
        for gone in [name for name in written if name not in names]:
            written.remove(gone)
    for i, name in enumerate(names):
        if i >= len(written):
            written.append(name)
        elif written[i] != name:
            written[i] = name


def _rounded(side: float) -> float:
    """Return an anchor's side as people like to read it, and never 0."""
    return max(round(side, 2), 0.01)


# --- settings, which people may have written ----------------------------------------------------


def _unread(settings: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each setting that nobody knows; `[train]` is judged where it is used."""
    named = [("", name, SETTINGS) for name in settings]
    named += [("[split] ", name, SPLIT_SETTINGS) for name in _table(settings, "split")]
    for where, name, known in named:
        if name not in known:
            yield f"nothing reads {where}{name!r}{meant(name, known)}"


def _table(settings: dict[str, Any], name: str) -> dict[str, Any]:
    value = settings.get(name, {})
    if not isinstance(value, dict):
        raise StudioError(f"[{name}] must be a table")
    return value


def _list(settings: dict[str, Any], name: str) -> list[Any]:
    value = settings.get(name, [])
    if not isinstance(value, list):
        raise StudioError(f"{name} must be a list")
    return value


def _folder(root: Path, settings: dict[str, Any], name: str) -> Path | None:
    value = settings.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise StudioError(f"{name} must be the name of a folder")
    return root / value


def _shares(table: dict[str, Any]) -> tuple[float, float]:
    """Return the shares of validation and test pictures."""
    val, test = table.get("val", 0.1), table.get("test", 0.1)
    if not all(isinstance(share, int | float) and 0 <= share < 1 for share in (val, test)):
        raise StudioError(f"split: val and test must be shares from 0 to 1, not {val} and {test}")
    if val + test >= 1:
        raise StudioError(f"split: val and test leave nothing to train with: {val} + {test}")
    return float(val), float(test)


def _anchors(table: dict[str, Any]) -> Anchors | None:
    if not any(name in table for name in ANCHOR_SETTINGS):
        return None
    try:
        width, height = map(int, table["input_size"])
        sizes = tuple((float(w), float(h)) for w, h in table["sizes"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        form = "input_size = [416, 416], sizes = [[10, 14], …]"
        raise StudioError(f"anchors must have the form {form}") from error
    return Anchors(sizes, (width, height))


def _colours(table: dict[str, Any]) -> dict[str, Colour]:
    try:
        return {name: of_hex(text) for name, text in table.items()}
    except (TypeError, ValueError) as error:
        raise StudioError(f'[colours] must have the form name = "#e69f00": {error}') from error


def _order(settings: dict[str, Any]) -> tuple[str, ...]:
    """Return the order of the classes; names that are none are no matter."""
    return tuple(name for name in _list(settings, "class_order") if isinstance(name, str))


def _listed_classes(root: Path) -> tuple[str, ...]:
    """Return the classes of a `classes.txt`, as labelImg and YOLO tools leave them."""
    path = root / "classes.txt"
    if not path.is_file():
        return ()
    data = read_bytes(path)
    try:
        lines = data.decode("utf-8-sig").splitlines()
        return _unique(line for line in lines if line.strip())
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text: {error.reason}") from error
    except StudioError as error:
        raise FileError(path, str(error)) from error


def _unique(names: Iterable[Any]) -> tuple[str, ...]:
    """Return class names without the white space around them."""
    classes: list[str] = []
    for name in names:
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise StudioError(f"a class needs a name of printable characters, not {name!r}")
        if name.strip() in classes:
            raise StudioError(f"class {name.strip()!r} is listed twice")
        classes.append(name.strip())
    return tuple(classes)
