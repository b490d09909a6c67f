"""A student's two halves, put together."""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")

import keras
from edgenlp_eggsample import EggsampleEncoder
from edgenlp_toy import ToyHead

from edgenlp.errors import PluginError
from edgenlp.interfaces import Example
from edgenlp.training.student import build_student

GOOD = {"tokens": (1, 8, 4), "pooled": (1, 4), "mask": (1, 8)}


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (GOOD | {"pooled": None}, "must give 'pooled' in 2 dimensions, and gives none"),
        (GOOD | {"pooled": (1, 8, 4)}, "must give 'pooled' in 2 dimensions, and gives it in 3"),
        (GOOD | {"mask": None}, "must give 'mask' in 2 dimensions, and gives none"),
        (None, "must give 'tokens' in 3 dimensions, and gives none"),
    ],
)
def test_a_network_that_gives_no_such_vectors_is_named(shapes, words):
    class Network(keras.layers.Layer):
        def call(self, inputs, training=False):
            made = {name: keras.ops.zeros(shape) for name, shape in (shapes or GOOD).items() if shape}
            return made if shapes else tuple(made.values())

    class Encoder(EggsampleEncoder):
        def network(self, config, assets):
            return Network()

    encoder, head = Encoder(), ToyHead()
    config = encoder.Config()
    labels = head.fit([Example("wake me up", "alarm"), Example("play jazz", "music")], head.Config())
    with pytest.raises(PluginError, match=f"the network of encoder 'eggsample' {words}"):
        build_student(encoder, config, head, head.Config(), ({}, labels), encoder.featurizer(config, {}), 1)
