"""What `detect` reads, and where it writes: settled before anything is loaded or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from studio.errors import FileError
from studio.labels.dataset import Layout, scan
from studio.labels.pictures import videos

_WRITTEN_AS_THEY_ARE = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to detect in, and the name of its annotated copy below `--out`."""

    path: Path
    name: str

    @property
    def is_video(self) -> bool:
        return self.path.suffix.lower() in videos.VIDEOS


def find_sources(paths: Iterable[Path]) -> list[Source]:
    """Return the files that paths stand for, no two with one name; raises FileError."""
    return distinct(source for path in paths for source in _list_sources(path))


def _list_sources(path: Path) -> list[Source]:
    """Return the file at a path, or the pictures and videos below a folder."""
    if not path.exists():
        raise FileError(path, "does not exist")
    if not path.is_dir():
        return [Source(path, path.name)]
    pictures = [Source(item.image, item.name) for item in scan(path, Layout(path, path))]
    films = sorted(p for p in path.rglob("*") if p.suffix.lower() in videos.VIDEOS)
    found = pictures + [Source(film, film.relative_to(path).as_posix()) for film in films]
    if not found:
        raise FileError(path, "holds no pictures or videos")
    return found


def distinct(sources: Iterable[Source]) -> list[Source]:
    """Name sources by what they are written as, no two alike even where case does not count."""
    taken: set[str] = set()
    named = []
    for source in sources:
        wanted = place = _written_as(source)
        number = 2
        while str(place).casefold() in taken:
            place = wanted.with_stem(f"{wanted.stem}-{number}")
            number += 1
        taken.add(str(place).casefold())
        named.append(replace(source, name=str(place)))
    return named


def _written_as(source: Source) -> PurePosixPath:
    """Return a name with a suffix that colours can be written as: videos become MP4."""
    name = PurePosixPath(source.name)
    if source.is_video:
        return name.with_suffix(".mp4")
    return name if name.suffix.lower() in _WRITTEN_AS_THEY_ARE else name.with_suffix(".png")


def refuse_to_overwrite(
    folder: Path, names: Iterable[str], sources: Iterable[Source], overwrite: bool
) -> None:
    """Raise FileError where a file to write exists already; `overwrite` allows it for all but
    the sources.
    """
    if folder.exists() and not folder.is_dir():
        raise FileError(folder, "is not a folder")
    read = {_identity(source.path) for source in sources}
    for target in _existing(folder / name for name in names):
        if _identity(target) in read:
            raise FileError(target, "is read from: choose another folder for --out")
        if not overwrite:
            raise FileError(
                target, "exists already: choose an empty folder for --out, or add --overwrite"
            )


def _existing(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.exists())


def _identity(path: Path) -> tuple[int, int]:
    """Return what stays the same under another name, link or case."""
    status = path.stat()
    return status.st_dev, status.st_ino
