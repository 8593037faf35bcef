"""Functions that XLA compiles, where it is there."""

from __future__ import annotations

import gc
import weakref

import pytest

from studio.yolo import fusion
from studio.yolo.backend import tf

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("is_there", [True, False])
def test_the_same_comes_of_it_with_and_without_xla(monkeypatch, is_there):
    monkeypatch.setattr(fusion, "has_xla", lambda: is_there)
    double = fusion.fused(tf.TensorSpec((None,), tf.float32))(lambda x: 2 * x)
    assert double(tf.constant([1.0, 3.0])).numpy().tolist() == [2.0, 6.0]


def test_what_calls_it_is_not_kept():
    """Its variables would never leave the memory."""
    once = fusion.fused(tf.TensorSpec(None, tf.float32))
    kept = []

    @tf.function
    def outer(x):
        kept.append(once(lambda y: 2 * y))
        return kept[0](x)

    assert outer(tf.constant(3.0)).numpy() == 6
    alive = weakref.ref(outer.get_concrete_function(tf.constant(1.0)).graph)
    del outer
    gc.collect()
    assert alive() is None


def test_it_is_found_out_also_while_something_is_traced(monkeypatch):
    fusion.has_xla.cache_clear()
    ran = []

    @tf.function
    def traced():
        ran.append(fusion.has_xla())
        return tf.constant(1)

    function = tf.function

    def without_xla(*given, jit_compile=None, **more):
        if jit_compile:
            raise tf.errors.UnimplementedError(None, None, "no XLA")
        return function(*given, **more)

    traced()
    fusion.has_xla.cache_clear()
    monkeypatch.setattr(tf, "function", without_xla)
    assert not fusion.has_xla()
    fusion.has_xla.cache_clear()
    assert isinstance(ran[0], bool)
