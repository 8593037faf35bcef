"""Runs in an interpreter that has TensorFlow and tf_keras, in a checkout of the trainer:
`_pythonlessons.py CHECKOUT LINES NAMES TINY BATCH`.

Its own data set, network and loss in a step as its train.py takes one, from random weights. Says
"ready", then answers each line on standard input by the seconds that a step took, data included.
"""

import os
import sys
import time
import types
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def main(checkout: str, lines: str, names: str, tiny: str, batch: str) -> None:
    os.chdir(checkout)
    sys.path.insert(0, checkout)
    settings = Path("yolov3/configs.py").read_text()
    settings = settings.replace('"mnist/mnist_train.txt"', repr(lines))
    settings = settings.replace('"mnist/mnist.names"', repr(names))
    settings = settings.replace("TRAIN_YOLO_TINY             = False", f"TRAIN_YOLO_TINY = {tiny}")
    settings = settings.replace("TRAIN_BATCH_SIZE            = 4", f"TRAIN_BATCH_SIZE = {batch}")
    configs = types.ModuleType("yolov3.configs")
    exec(compile(settings, "configs.py", "exec"), configs.__dict__)
    sys.modules["yolov3.configs"] = configs
    import numpy as np
    import tensorflow as tf

    # numpy had these names when it was written.
    for kind in (float, int, bool):
        setattr(np, kind.__name__, kind)
    from yolov3.dataset import Dataset
    from yolov3.yolov4 import Create_Yolo, compute_loss

    data = Dataset("train")
    network = Create_Yolo(input_size=416, training=True, CLASSES=names)
    optimizer = tf.keras.optimizers.Adam(1e-4)
    writer = tf.summary.create_file_writer(os.environ["TMPDIR"])

    def step() -> float:
        began = time.perf_counter()
        try:
            images, target = next(data)
        except StopIteration:
            images, target = next(data)
        with tf.GradientTape() as tape:
            found = network(images, training=True)
            terms = [
                compute_loss(found[2 * i + 1], found[2 * i], *target[i], i, CLASSES=names)
                for i in range(len(found) // 2)
            ]
            total = tf.add_n([tf.add_n(list(one)) for one in terms])
        gradients = tape.gradient(total, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        with writer.as_default():
            tf.summary.scalar("loss/total_loss", total, step=1)
        writer.flush()
        total.numpy()
        return time.perf_counter() - began

    step()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(step(), flush=True)


main(*sys.argv[1:])
