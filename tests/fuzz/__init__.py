"""Fuzz tests: `python -m tests.fuzz [COUNT]` reads and edits mutated label files and counts.

In small they run with the other tests.
"""
