"""Darknet's files, both ways: `.cfg` describes a network, `.weights` holds its numbers."""
