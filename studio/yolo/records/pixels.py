"""What TensorFlow sees in the bytes of a picture, which is what readers of records see."""

from __future__ import annotations

from studio.labels.images import Image
from studio.labels.pictures.metadata import JPEG, PNG
from studio.yolo.backend import tf


def seen_by_tensorflow(data: bytes) -> Image | None:
    """Decode a JPEG or a PNG to RGB as it is stored, without the note that turns it upright.

    None for what TensorFlow cannot decode, and for other formats. Its quick way to decode a JPEG
    rounds each value otherwise than all other programs, so it is asked for the exact one.
    """
    try:
        if data.startswith(JPEG):
            seen = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
        elif data.startswith(PNG):
            seen = tf.io.decode_png(data, channels=3)
        else:
            return None
    except tf.errors.OpError:
        return None
    image: Image = seen.numpy()
    return image
