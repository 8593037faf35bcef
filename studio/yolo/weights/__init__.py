"""Weights on disk: our own, others', published ones, and what is taken over from them."""
