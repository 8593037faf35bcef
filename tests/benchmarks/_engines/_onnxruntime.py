"""Runs in ONNX Runtime's own interpreter: `_onnxruntime.py SAVED_MODEL PICTURE.npy`.

Makes an ONNX file of the saved model, says "ready", then answers each line on standard input by
the milliseconds that the network took for the picture.
"""

import subprocess
import sys
import time

import numpy as np
import onnxruntime


def main(saved_model: str, picture: str) -> None:
    onnx = f"{saved_model}.onnx"
    convert = ["-m", "tf2onnx.convert", "--saved-model", saved_model, "--opset", "18"]
    subprocess.run([sys.executable, *convert, "--output", onnx], check=True, capture_output=True)
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    (name,) = (value.name for value in session.get_inputs())
    image = {name: np.load(picture)}
    session.run(None, image)
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        session.run(None, image)
        print((time.perf_counter() - began) * 1000, flush=True)


main(*sys.argv[1:])
