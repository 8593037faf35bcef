"""Layers that the networks are built of, one for each kind of Darknet section with weights."""

from __future__ import annotations

from typing import Any

from studio.yolo.backend import keras, tf
from studio.yolo.network.leaky import LEAK, leaky
from studio.yolo.network.sections import Activation

BN_EPSILON = 1e-5  # Darknet's; Keras would use 1e-3
BN_MOMENTUM = 0.97  # 0.99 keeps 37 % of the initial statistics after 100 steps: ruin for small sets


class Convolution(keras.layers.Layer):
    """Convolution, then batch normalisation or a bias, then an activation.

    Darknet's `[convolutional]` section with `pad=1`. Computes in the layer's compute type
    (float32, bfloat16 or float16); weights, statistics and their updates are float32. Input and
    output are `(batch, height, width, channels)`; output sides are divided by the stride.
    """

    def __init__(
        self,
        filters: int,
        size: int,
        stride: int = 1,
        batch_norm: bool = True,
        activation: Activation = "leaky",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.size = size
        self.stride = stride
        self.batch_norm = batch_norm
        self.activation = activation
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights, named and shaped as TensorFlow has them: kernel (h, w, in, out)."""
        shape = (self.size, self.size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(shape=shape, initializer=self._initializer(), name="kernel")
        self.beta = self._channel_weight("beta", "zeros")
        if self.batch_norm:
            self.gamma = self._channel_weight("gamma", "ones")
            self.mean = self._channel_weight("mean", "zeros", trainable=False)
            self.variance = self._channel_weight("variance", "ones", trainable=False)

    def _initializer(self) -> Any:
        if self.batch_norm:
            return keras.initializers.HeNormal(self.seed)
        return keras.initializers.RandomNormal(stddev=0.01, seed=self.seed)

    def _channel_weight(self, name: str, initializer: str, trainable: bool = True) -> Any:
        """Make one float32 value a channel that stays so when it is used."""
        return self.add_weight(
            shape=(self.filters,),
            initializer=initializer,
            name=name,
            trainable=trainable,
            autocast=False,
        )

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Apply the layer; with `training`, normalise by the batch and move the statistics.

        A layer that is frozen, that is, not `trainable`, does neither.
        """
        kernel = tf.cast(self.kernel, self.compute_dtype)
        outputs = self._convolve(inputs, kernel)
        if self.batch_norm:
            outputs = self._normalise(outputs, training and self.trainable)
        else:
            outputs = tf.nn.bias_add(outputs, tf.cast(self.beta, self.compute_dtype))
        return activate(outputs, self.activation, training)

    def fold(self) -> None:
        """Put the batch normalisation of inference into kernel and bias, once and for all.

        γ(Wx − μ)/σ + β = (γ/σ)W x + (β − γμ/σ). Detection then has an operation less a layer.
        """
        if not self.batch_norm:
            return
        factor = self.gamma / tf.sqrt(self.variance + BN_EPSILON)
        self.beta.assign(self.beta - self.mean * factor)
        self.kernel.assign(self.kernel * factor)
        self.batch_norm = False

    def settle(self) -> None:
        """Keep the kernel in the type that it is used in: inference alone, and no cast each time.

        Keras lets go of the float32 weights with the variable.
        """
        if self.compute_dtype == self.kernel.dtype:
            return
        kernel = tf.cast(self.kernel, self.compute_dtype)
        del self.kernel
        self.kernel = kernel

    def _convolve(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Pad as Darknet does; TensorFlow's SAME would pad a strided one on one side only."""
        if self.stride == 1:
            return tf.nn.conv2d(inputs, kernel, 1, "SAME")
        # The convolution could pad by itself, but its gradient in bfloat16 then takes 50 times as
        # long on a processor.
        sides = [self.size // 2] * 2
        padded = tf.pad(inputs, [[0, 0], sides, sides, [0, 0]])
        return tf.nn.conv2d(padded, kernel, self.stride, "VALID")

    def _normalise(self, inputs: tf.Tensor, training: bool) -> tf.Tensor:
        # The fused operation takes 16-bit numbers beside float32 weights; Keras' own layer converts
        # back and forth and halves the speed of training on a CPU.
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma,
            offset=self.beta,
            mean=[] if training else self.mean,
            variance=[] if training else self.variance,
            epsilon=BN_EPSILON,
            is_training=training,
        )
        if training:
            _move(self.mean, outputs.batch_mean)
            _move(self.variance, outputs.batch_variance)
        return outputs.y


class Pool(keras.layers.Layer):
    """Darknet's `[maxpool]`, and the activation of the convolution before it, if that has none.

    Training pools first, so that the activation has a quarter of the numbers to go over: a tenth of
    a step of the tiny network. For inference TensorFlow computes it with the convolution.
    """

    def __init__(self, size: int, stride: int, activation: Activation, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size, self.stride, self.activation = size, stride, activation

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Apply both; the order makes no difference to the numbers."""
        if training:
            return activate(self._pool(inputs), self.activation, training)
        return self._pool(activate(inputs, self.activation))

    def _pool(self, values: tf.Tensor) -> tf.Tensor:
        return tf.nn.max_pool2d(values, self.size, self.stride, "SAME")


class GroupOf(keras.layers.Layer):
    """One of so many equal parts of the channels: `groups` and `group_id` of Darknet's route."""

    def __init__(self, groups: int, group: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.groups, self.group = groups, group

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the part."""
        return tf.split(inputs, self.groups, axis=-1)[self.group]


def activate(values: tf.Tensor, activation: Activation, training: bool = False) -> tf.Tensor:
    """Apply one of Darknet's activations (activations.c; mish: Misra 2019, x·tanh(softplus(x)))."""
    match activation:
        case "leaky":
            return leaky(values) if training else tf.nn.leaky_relu(values, LEAK)
        case "mish":
            return values * tf.tanh(tf.nn.softplus(values))
        case "relu":
            return tf.nn.relu(values)
        case "logistic":
            return tf.sigmoid(values)
        case "linear":
            return values


def _move(statistic: Any, batch: tf.Tensor) -> None:
    statistic.assign(statistic * BN_MOMENTUM + batch * (1 - BN_MOMENTUM))
