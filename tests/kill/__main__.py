"""Run the kill tests that are named, or all, and print what was found."""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module

from tests import kill


def known() -> list[str]:
    """Return the names of the kill tests."""
    names = [module.name for module in pkgutil.iter_modules(kill.__path__)]
    return [name for name in names if not name.startswith(("_", "test_"))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kill")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known())}")
    parser.add_argument("--rounds", type=int, default=200)
    chosen = parser.parse_args()
    for name in chosen.names or known():
        counts = import_module(f"tests.kill.{name}").run(chosen.rounds)
        print(f"{name}: killed {chosen.rounds} times")
        for found, count in counts.most_common():
            print(f"{count:7} {found}")


main()
