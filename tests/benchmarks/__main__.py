"""Run the benchmarks that are named, or all, and print one table."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from tests import benchmarks
from tests.benchmarks import Row


def known() -> list[str]:
    """Return the names of the benchmarks."""
    modules = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return [name for name in modules if not name.startswith("_")]


def table_of(rows: list[Row]) -> Table:
    table = Table("what", "aim", "measured", "ratio")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        style = "green" if row.ratio <= 1 else "red"
        figures = (f"{row.aim:g} {row.unit}", f"{row.measured:.3g} {row.unit}", f"{row.ratio:.2f}")
        table.add_row(row.what, *figures, style=style)
    return table


def main(names: list[str]) -> int:
    unknown = set(names) - set(known())
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known())}", file=sys.stderr)
        return 2
    console = Console()
    rows: list[Row] = []
    for name in names or known():
        with console.status(name):
            rows += import_module(f"tests.benchmarks.{name}").measure()
    console.print(table_of(rows))
    return 0


sys.exit(main(sys.argv[1:]))
