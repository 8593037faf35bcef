"""AdamW: what decays, what is clipped, and steps that are not taken."""

from __future__ import annotations

import numpy as np
import pytest

from studio.yolo.backend import keras, tf
from studio.yolo.config import TrainConfig
from studio.yolo.training.descent import Descent

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def network() -> keras.Model:
    inputs = keras.Input((4,))
    hidden = keras.layers.BatchNormalization(name="norm")(keras.layers.Dense(3, name="one")(inputs))
    return keras.Model(inputs, keras.layers.Dense(2, name="two")(hidden))


def gradients_of(descent: Descent, seed: int, size: float = 1.0) -> list[tf.Tensor]:
    rng = np.random.default_rng(seed)
    return [tf.constant(rng.normal(0, size, w.shape), tf.float32) for w in descent.weights]


def values(descent: Descent) -> list[np.ndarray]:
    return [variable.numpy() for variable in (*descent.weights, *descent.variables)]


def test_equals_keras_adamw(model_config, network):
    """Ours goes through memory once; theirs is written out."""
    config = TrainConfig(model_config, weight_decay=0.1, clip_norm=3.0)
    other = keras.models.clone_model(network)
    other.set_weights(network.get_weights())
    theirs = keras.optimizers.AdamW(0.0, weight_decay=0.1, global_clipnorm=3.0)
    theirs.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    theirs.build(other.trainable_variables)
    ours = Descent(config, network)
    for step, size in enumerate((5.0, 0.01, 1.0, 0.3, 1e-6)):
        gradients = gradients_of(ours, step, size)
        for descent in (ours, theirs):
            (descent.set_rate if descent is ours else descent.learning_rate.assign)(
                0.01 * (step + 1)
            )
        assert bool(ours.apply(gradients))
        theirs.apply(gradients, other.trainable_variables)
        for mine, their in zip(ours.weights, other.trainable_variables, strict=True):
            assert mine.numpy() == pytest.approx(their.numpy(), rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_a_gradient_that_is_not_finite_changes_nothing(model_config, network, bad):
    descent = Descent(TrainConfig(model_config), network)
    descent.set_rate(0.1)
    for step in range(3):
        assert bool(descent.apply(gradients_of(descent, step)))
    before = values(descent)
    gradients = gradients_of(descent, 3)
    gradients[-1] = tf.tensor_scatter_nd_update(gradients[-1], [[0], [1]], [bad, bad])
    assert not bool(descent.apply(gradients))
    assert all(map(np.array_equal, before, values(descent)))
    assert not bool(descent.apply(gradients_of(descent, 3), may=tf.constant(False)))
    assert all(map(np.array_equal, before, values(descent)))
    assert bool(descent.apply(gradients_of(descent, 3)))
    assert not any(map(np.array_equal, before[: len(descent.weights)], values(descent)))


def test_only_kernels_decay(model_config, network):
    """With gradients of zero nothing else moves them."""
    for variable in network.trainable_variables:
        variable.assign(tf.ones(variable.shape))
    descent = Descent(TrainConfig(model_config, weight_decay=0.5), network, slow=["two"])
    descent.set_rate(0.1)
    descent.apply([tf.zeros(weight.shape) for weight in descent.weights])
    for weight in descent.weights:
        rate = 0.01 if weight.path.startswith("two") else 0.1
        expected = 1 - 0.5 * rate if weight.path.endswith("kernel") else 1
        assert weight.numpy() == pytest.approx(expected), weight.path


def test_a_scale_is_taken_out_again(model_config, network):
    """Clipping is by what the gradients are without it."""
    other = keras.models.clone_model(network)
    other.set_weights(network.get_weights())
    one, scaled = (Descent(TrainConfig(model_config, clip_norm=2.0), n) for n in (network, other))
    for step, size in enumerate((3.0, 0.05)):
        gradients = gradients_of(one, step, size)
        one.apply(gradients)
        scaled.apply([1024 * gradient for gradient in gradients], tf.constant(1024.0))
    assert all(map(np.array_equal, values(one), values(scaled)))
