"""The detector: networks, losses, training, evaluation. The only place that imports TensorFlow.

`config`, `events` and `runs` are plain Python, for those who only want to read or show them.
"""

import os

# TensorFlow writes about its own build to the terminal, where commands print one clear sentence.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
