"""A window in which labels are edited as fast as it can, and is killed at a random instant.

Every label file is then one of the versions that were asked for, and parses; what was asked for
more than a second before is on disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from studio.labels import editing, images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.editing import Document
from studio.labels.folder.cache import VARIABLE
from studio.project import Project

if TYPE_CHECKING:
    from studio.gui.main_window import MainWindow

PICTURES, SIZE = 12, (200, 150)
CLASSES = ("cell", "erythrocyte & others", "血小板")
NO_FILE = "no file"
SOON = 1.0  # seconds within which an edit is on disk
LATE = "an edit of more than a second before was NOT on disk"

Version = tuple[float, str]
"""When a version of a label file was asked for, and what it is: a hash of its bytes."""


def run(rounds: int, seed: int = 0) -> Counter[str]:
    """Kill a window so often; return what was found. In a process that has no window itself."""
    command = [sys.executable, "-m", "tests.kill.editing", str(rounds), str(seed)]
    with TemporaryDirectory() as cache:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", VARIABLE: cache}
        done = subprocess.run(command, capture_output=True, env=environment, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Counter(json.loads(done.stdout))


def _run(rounds: int, seed: int) -> Counter[str]:
    import_module("studio.gui.main_window")  # once, for all that are forked
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        root = Path(folder, "pictures")
        _make(root)
        for number in range(rounds):
            before = {name: [(0.0, version)] for name, version in _on_disk(root).items()}
            log = Path(folder, "log")
            killed = _edit_and_kill(root, log, chance, seed + number)
            asked = _asked(log, before)
            found += _check(root, asked, killed, f"round {number}")
    return found


def _make(root: Path) -> None:
    """Make pictures: with the labels of another program, with very many, and with none."""
    for number in range(PICTURES):
        image, labels = root / f"{number}.png", root / "annotations" / f"{number}.xml"
        images.save(image, np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))
        count = (0, 3, 400)[number % 3]
        boxes = tuple(Box(CLASSES[i % 3], i % 150, i % 100, i % 150 + 9, 120) for i in range(count))
        if boxes:
            text = voc.render(Annotation(image, *SIZE, boxes=boxes), labels).decode()
            labels.parent.mkdir(exist_ok=True)
            labels.write_bytes(
                text.replace("\n", "\r\n").replace("<pose>", "<!-- x --><pose>").encode()
            )
    Project.open(root).with_classes(CLASSES).save()


def _on_disk(root: Path) -> dict[str, str]:
    return {item.name: _version(item.labels) for item in Project.open(root).items()}


def _version(path: Path) -> str:
    return _hash(path.read_bytes()) if path.exists() else NO_FILE


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _asked(log: Path, before: dict[str, list[Version]]) -> dict[str, list[Version]]:
    """Return the versions of each label file in the order in which they were asked for."""
    for line in log.read_text().splitlines():
        moment, version, name = line.split(" ", 2)
        before[name].append((float(moment), version.replace("_", " ")))
    return before


def _check(root: Path, asked: dict[str, list[Version]], killed: float, when: str) -> Counter[str]:
    """Check every label file; count what became of it."""
    found: Counter[str] = Counter()
    items = Project.open(root).items()
    assert [item.name for item in items] == sorted(asked, key=lambda n: int(Path(n).stem)), when
    for item in items:
        versions, present = asked[item.name], _version(item.labels)
        assert present in (v for _, v in versions), f"{when}: {item.labels} was never asked for"
        item.read(SIZE)
        due = max(i for i, (moment, _) in enumerate(versions) if moment <= killed - SOON)
        if present not in (v for _, v in versions[due:]):
            found[LATE] += 1
        elif present == versions[-1][1]:
            found["the last version" if len(versions) > 1 else "not edited in this round"] += 1
        else:
            found["a version of the last second"] += 1
    found["edits"] = sum(len(versions) - 1 for versions in asked.values())
    found["saves that were cut off and left a file beside"] = len(list(root.rglob(".*.part")))
    for path in root.rglob(".*.part"):
        path.unlink()
    return found


# --- the process that is killed -----------------------------------------------------------------


def _edit_and_kill(root: Path, log: Path, chance: random.Random, seed: int) -> float:
    """Let a forked process edit for a random while; return when it was killed."""
    log.write_bytes(b"")
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(ready)
        _edit_for_ever(root, log, tell, seed)
    os.close(tell)
    assert os.read(ready, 1) == b"!", "the window did not open"
    os.close(ready)
    time.sleep(chance.uniform(0, 1.6) ** 2 / 1.6)  # more often soon, and sometimes after a while
    os.kill(child, signal.SIGKILL)
    killed = time.monotonic()
    os.waitpid(child, 0)
    return killed


def _edit_for_ever(root: Path, log: Path, tell: int, seed: int) -> None:
    from PySide6.QtCore import QObject, QSettings, QTimer, Slot
    from PySide6.QtWidgets import QApplication

    from studio.gui.annotate.labelling.saving import Saver
    from studio.gui.main_window import MainWindow
    from studio.labels.editing.sheet import Sheet

    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    keep = Saver.keep

    def log_and_keep(saver: Saver, sheet: Sheet) -> bool:
        labels = sheet.item.labels
        data = voc.render(sheet.current, labels) if sheet.is_labelled else None
        version = _hash(data) if data is not None else NO_FILE.replace(" ", "_")
        os.write(file, f"{time.monotonic()} {version} {sheet.item.name}\n".encode())
        return keep(saver, sheet)

    Saver.keep = log_and_keep  # type: ignore[method-assign]
    application = QApplication(["kill"])
    settings = QSettings(str(root.parent / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(settings)
    window.show()
    window.open(root)
    assert not window.session.read_only, "the lock of a killed process holds"
    chance = random.Random(seed)

    class Hand(QObject):
        told = False

        @Slot()
        def act(self) -> None:
            _act(window, chance)
            if not self.told and window.annotate.labelling.history.can_undo:
                self.told = bool(os.write(tell, b"!"))  # from here on the time is counted

    hand = Hand()
    timer = QTimer(interval=0)
    timer.timeout.connect(hand.act)
    timer.start()
    application.exec()


def _act(window: MainWindow, chance: random.Random) -> None:
    """Edit the picture that is open, or go to another."""
    labelling = window.annotate.labelling
    kind = chance.randrange(12)
    if labelling.sheet is None or kind == 0:
        window.annotate.files.go_to(chance.randrange(PICTURES))
    elif kind <= 2:
        window.annotate.timeline.redo()
    elif kind <= 4:
        window.annotate.timeline.undo()
    else:
        count = len(labelling.sheet.editor.document.boxes)
        picked = (chance.randrange(count),) if count else ()
        labelling.select(picked)
        labelling.edit(_change(chance))


def _change(chance: random.Random) -> Callable[[Document], Document]:
    x, y, label = chance.randrange(100), chance.randrange(80), chance.choice(CLASSES)
    changes = (
        partial(editing.draw, label=label, start=(x, y), end=(x + 40, y + 30)),
        partial(editing.move, dx=x - 50, dy=1),
        partial(editing.move, dx=-1, dy=y - 40),
        partial(editing.relabel, label=label),
        editing.delete,
        editing.toggle_verified,
        editing.toggle_labelled,
    )
    return chance.choice(changes)


if __name__ == "__main__":
    print(json.dumps(_run(int(sys.argv[1]), int(sys.argv[2]))))
