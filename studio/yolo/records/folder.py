"""What is what in a folder of records; looks at names only."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from pathlib import Path

from studio.errors import FileError
from studio.labels.folder.listing import files_below, natural
from studio.labels.splits import SPLITS
from studio.yolo.records.table import LABEL_MAP, ClassTable, read_table

# As people name them: x.tfrecord, x.record-00000-of-00010, x-00000-of-00010.tfrecord.gz …
_RECORDS = re.compile(r"\.(tf_?records?|tfrec|records?)(-\d+-of-\d+)?(\.gz|\.gzip|\.zlib|\.zz)?$")
_SHARD = re.compile(r"(\d+)(-of-)(\d+)")
_WORDS = {
    **dict.fromkeys(("train", "training", "trainval"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "eval", "minival", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_NAMES = {"classes.txt", "labels.txt", "names.txt"}


def record_files(root: Path) -> list[str]:
    """Return the files of records below a folder, in natural order; raises FileError."""
    found = (name for name in files_below(root, {root / "runs"}) if _RECORDS.search(name.lower()))
    return sorted(found, key=natural)


def split_of(name: str) -> str | None:
    """Return the split that the name of a file tells, or else the name of its folder."""
    words = (_WORDS.get(word) for word in reversed(re.findall(r"[a-z]+", name.lower())))
    return next((split for split in words if split in SPLITS), None)


def require_all_parts(root: Path, names: list[str]) -> None:
    """Raise FileError where the names say that there are more files than there are."""
    parts: dict[str, set[int]] = defaultdict(set)
    for name in names:
        if of := _SHARD.search(name):
            parts[name[: of.start(1)] + "{}" + name[of.end(1) :]].add(int(of[1]))
    for name, numbers in parts.items():
        of = _SHARD.search(name.replace("{}", "0"))
        assert of  # its number was taken out above
        width = len(of[3])
        missing = [i for i in range(int(of[3])) if i not in numbers]
        if missing:
            what = "is missing" if len(missing) == 1 else f"and {len(missing) - 1} more are missing"
            raise FileError(root / name.format(f"{missing[0]:0{width}}"), what)


def find_table(root: Path) -> ClassTable:
    """Read the class table of a folder of records: a label map, or else a list of names.

    Each folder of a split may have one of its own, if they all say the same. Raises FileError.
    """
    files = sorted(files_below(root, {root / "runs"}), key=natural)
    maps = [name for name in files if name.endswith(".pbtxt")]
    lists = [name for name in files if _is_list(posixpath.basename(name))]
    tables = [read_table(root / name) for name in maps or lists]
    if not tables:
        raise FileError(
            root,
            f"has records but no class table: put the {LABEL_MAP} of the records there, or the "
            "names of the classes, one a line in the order of their ids, as classes.txt",
        )
    for other in tables[1:]:
        if other.by_id != tables[0].by_id:
            raise FileError(other.path, f"gives other classes than {tables[0].path}")
    return tables[0]


def _is_list(file: str) -> bool:
    return file in _NAMES or file.endswith(".names")
