"""Mutate so many label files, and print what became of them."""

from __future__ import annotations

import argparse

from tests.fuzz import label_files

parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
parser.add_argument("count", nargs="?", type=int, default=10_000)
parser.add_argument("--seed", type=int, default=0)
chosen = parser.parse_args()
print(f"label files: {chosen.count} mutated")
for what, count in label_files.run(chosen.count, chosen.seed).most_common():
    print(f"{count:7} {what}")
