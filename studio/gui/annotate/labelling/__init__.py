"""The picture that is open and its labels: read, edited, saved."""
