"""A class is renamed over many label files, or that is taken back, and the process is killed.

Every file is then the old or the new one and parses; the next start makes all of them the same.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.labels.boxes import Annotation, Box
from studio.labels.classes.edits import Finished, Renaming, perform, preview, recover, take_back
from studio.labels.classes.journal import Journal
from studio.labels.files import OWN_FOLDER
from studio.labels.folder.reading import read_state
from studio.labels.voc import parse, render
from studio.project import Project, update_classes

OLD, NEW = "red cell", "erythrocyte & others"


def run(rounds: int, files: int = 1000, seed: int = 0) -> Counter[str]:
    """Kill a rename over so many files so often; return in which states it was found."""
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        root = Path(folder)
        old, new = _make(root, files)
        length = _time_of_all(root)
        for number in range(rounds):
            was_new = _read(root) == new
            _run_and_kill(root, chance.uniform(0, 1.05) * length)
            kept = _read(root)
            for name, data in kept.items():
                assert data in (old[name], new[name]), f"round {number}: {name} is neither"
                parse(data, root / name, root / name)
            sentence = recover(root, partial(update_classes, root))
            outcome = _check_whole(root, old, new)
            mixed = kept not in (old, new)
            assert sentence or not mixed, f"round {number}: nothing is said"
            assert not (root / OWN_FOLDER).exists(), f"round {number}: the journal is still there"
            found[_words(mixed, was_new, outcome, bool(sentence))] += 1
    return found


def _words(mixed: bool, was_new: bool, is_new: bool, said: bool) -> str:
    when = "among the files" if mixed else "before or after the files"
    what = "renamed" if is_new else "as they were"
    began = "from the new name" if was_new else "from the old name"
    return f"killed {when}, {began}: all {what}, {'told' if said else 'nothing to tell'}"


def _make(root: Path, files: int) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Make a project; return its label files as they are and as they are after the rename."""
    old, new = {}, {}
    for i in range(files):
        (root / f"{i:04}.png").touch()
        for label, data in ((OLD, old), (NEW, new)):
            boxes = tuple(Box(label, 1 + i % 9, 1, 20, 20) for _ in range(1 + i % 4))
            path = root / f"{i:04}.xml"
            data[path.name] = render(
                Annotation(path.with_suffix(".png"), 40, 30, boxes=boxes), path
            )
        (root / f"{i:04}.xml").write_bytes(old[f"{i:04}.xml"])
    Project.open(root).with_classes((OLD, "other")).save()
    return old, new


def _read(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.glob("*.xml")}


def _check_whole(root: Path, old: dict[str, bytes], new: dict[str, bytes]) -> bool:
    """Check that all files and the class list say the same; True for the new name."""
    kept, listed = _read(root), Project.open(root).classes
    assert (kept, listed) in ((old, (OLD, "other")), (new, (NEW, "other"))), "neither old nor new"
    return kept == new


# --- the process that is killed -----------------------------------------------------------------


def _run_and_kill(root: Path, after: float) -> None:
    """Start the operation in another process and kill it so many seconds after it began."""
    with _child(root) as child:
        time.sleep(after)
        child.kill()


def _time_of_all(root: Path) -> float:
    """Let the operation come to its end; return its seconds."""
    with _child(root) as child:
        start = time.perf_counter()
        assert child.wait() == 0
    recover(root, partial(update_classes, root))
    return time.perf_counter() - start


def _child(root: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.kill.class_rename", str(root)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()  # it begins now
    return child


def _operate(root: Path) -> None:
    """Rename to the name that the files do not have, and take that back."""
    project = Project.open(root)
    items, update = project.items(), partial(update_classes, root)
    old, new = (OLD, NEW) if preview(map(read_state, items), OLD).files else (NEW, OLD)

    print("begin", flush=True)
    journal: Journal | None = None
    for event in perform(root, items, Renaming(old, new, False, project.class_list), update):
        journal = event.journal if isinstance(event, Finished) else None
    assert journal is not None
    for _ in take_back(journal, update):
        pass


if __name__ == "__main__":
    _operate(Path(sys.argv[1]))
