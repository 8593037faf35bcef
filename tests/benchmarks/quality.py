"""How good the defaults get in a given time, from random weights. Takes 40 minutes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks import Row
from tests.benchmarks._quality import Reached, blood_cells, digits, trained_for


def measure() -> list[Row]:
    """Train on blood cells for 8 and for 20 minutes, and on digits for 10; measure the tests."""
    rows: list[Row] = []
    cells = blood_cells()
    if cells is None:
        print("blood cells are left out: the data set is not on this machine", file=sys.stderr)
    else:
        rows += _rows("blood cells, 8 minutes", trained_for(cells, 8, {}), 0.85)
        rows += _rows("blood cells, 20 minutes", trained_for(cells, 20, {}), 0.92, 0.60)
    with tempfile.TemporaryDirectory() as name:
        pages = digits(Path(name) / "digits")
        rows += _rows("digits, 10 minutes", trained_for(pages, 10, {}), 0.97, 0.75)
    return rows


def _rows(what: str, reached: Reached, ap50: float, ap: float | None = None) -> list[Row]:
    words = f"{what} ({reached.epochs} epochs, {reached.seconds / 60:.1f} min)"
    rows = [Row(f"{words}: AP50", ap50, reached.ap50, "", more_is_better=True)]
    if ap is not None:
        rows.append(Row(f"{words}: AP", ap, reached.ap, "", more_is_better=True))
    return rows
