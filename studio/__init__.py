"""YOLO Studio: draw boxes, cluster anchors, train, detect; in one window and from the shell."""

__version__ = "0.1.0"
