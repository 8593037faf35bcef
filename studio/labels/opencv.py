"""The one module that imports OpenCV: `from studio.labels.opencv import cv2`."""

import os

import cv2

__all__ = ["cv2"]

# opencv-python points Qt at the plug-ins of its own bundled Qt; PySide6 must find its own.
os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
os.environ.pop("QT_QPA_FONTDIR", None)
# Its messages on the terminal would stand beside our own sentence.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg's word for quiet
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
