"""The file list."""
