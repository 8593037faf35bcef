"""The class list, and what is done to classes."""
