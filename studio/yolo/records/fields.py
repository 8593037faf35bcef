"""The fields of an example, as the TensorFlow Object Detection API names them.

(models/research/object_detection/dataset_tools/create_pascal_tf_record.py and its page "Preparing
inputs".) Edges are shares of the picture's width and height, ids of classes count from 1.
"""

from __future__ import annotations

ENCODED = "image/encoded"
FORMAT = "image/format"
FILENAME = "image/filename"
SOURCE = "image/source_id"
HEIGHT = "image/height"
WIDTH = "image/width"
SHA256 = "image/key/sha256"

XMIN, XMAX = "image/object/bbox/xmin", "image/object/bbox/xmax"
YMIN, YMAX = "image/object/bbox/ymin", "image/object/bbox/ymax"
TEXT, LABEL = "image/object/class/text", "image/object/class/label"
DIFFICULT, TRUNCATED = "image/object/difficult", "image/object/truncated"
VIEW = "image/object/view"
