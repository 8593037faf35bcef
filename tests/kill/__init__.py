"""Kill tests: `python -m tests.kill [NAME…] [--rounds N]` kills the program at random instants.

A kill test is a module of this package with a function `run(rounds) -> Counter[str]`: how often
what was found. It raises AssertionError when something is lost. The test suite runs a few rounds.
"""
