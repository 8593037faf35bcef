"""What the label file of a picture is called."""

from __future__ import annotations

from studio.labels.folder.listing import stem_of


class LabelNames:
    """Names of label files, of which no two pictures share one.

    A label file is named like its picture with another suffix. Where `a.jpg` has taken that
    already, the labels of `a.png` are `a.png.xml`, as `dataset.scan` expects them.
    """

    def __init__(self, suffix: str, *reserved: str) -> None:
        self._suffix = suffix
        self._taken = set(reserved)

    def of(self, picture: str) -> str:
        """Return the name for a further picture."""
        name = stem_of(picture) + self._suffix
        if name in self._taken:
            name = picture + self._suffix
        while name in self._taken:
            name += self._suffix
        self._taken.add(name)
        return name
