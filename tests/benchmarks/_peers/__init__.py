"""Other trainers, each run by an interpreter of its own; see `peers.py`."""
