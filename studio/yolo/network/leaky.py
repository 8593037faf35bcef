"""The leaky activation while training: the same numbers in less time and memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from studio.yolo.backend import tf
from studio.yolo.fusion import fused

LEAK = 0.1


def leaky(values: tf.Tensor) -> tf.Tensor:
    """Apply max(x, x / 10).

    It is not for inference, where TensorFlow and exports fuse their own operation with the
    convolution.
    """
    return tf.ensure_shape(_compiled(values.dtype)(values), values.shape)


@cache
def _compiled(dtype: tf.DType) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return it as one loop each way where there is only a processor.

    TensorFlow's own loops over bfloat16 take twice as long as XLA's: an eighth of a step. Those for
    GPUs are as fast as the memory.
    """
    if tf.config.list_logical_devices("GPU"):
        return lambda values: tf.nn.leaky_relu(values, LEAK)
    loop = fused(tf.TensorSpec(None, dtype))(_by_outputs)

    def gradient(values: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = loop(values)
        return tape.gradient(outputs, values)

    # The way back is made, and kept, with the first gradient: not in a network, all of whose
    # variables would be kept with it.
    with tf.init_scope():
        tf.function(gradient, autograph=False).get_concrete_function(tf.TensorSpec((1,), dtype))
    return loop


@tf.custom_gradient
def _by_outputs(values: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Go back by the sign of the outputs, which is that of the inputs: these need not be kept.

    TensorFlow never forgets such a gradient, nor the graph that it is part of: it must be traced
    by itself, and once.
    """
    outputs = tf.nn.leaky_relu(values, LEAK)

    def back(upstream: tf.Tensor) -> tf.Tensor:
        return tf.raw_ops.LeakyReluGrad(gradients=upstream, features=outputs, alpha=LEAK)

    return outputs, back
