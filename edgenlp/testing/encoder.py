"""The rules of the encoder contract."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from edgenlp.interfaces import Arrays, Encoder, Featurizer, Tokens
from edgenlp.testing.common import HOSTILE, TEXTS, check_config, check_light_import

LIMIT = 32
BATCH_LENGTH = 40
ENOUGH = 1_000_000


class EncoderConformance:
    """Holds an encoder to its contract.

    Attributes:
        encoder: the instance that the plugin registers.
        config: its settings in these tests; the defaults where None.
        texts: what it is tried on; none may be empty.
        tolerance: by which vectors may differ that are computed in another batch or with padding.
    """

    encoder: ClassVar[Encoder]
    config: ClassVar[Any] = None
    texts: ClassVar[tuple[str, ...]] = TEXTS
    tolerance: ClassVar[float] = 1e-5

    def _settings(self) -> Any:
        return self.encoder.Config() if self.config is None else self.config

    def _featurizer(self) -> Featurizer:
        return self.encoder.featurizer(self._settings(), self._assets())

    def _assets(self) -> dict[str, bytes]:
        return self.encoder.fit(self.texts, self._settings())

    def _tokens(self, featurizer: Featurizer) -> list[Tokens]:
        return [featurizer.tokenize(text, LIMIT) for text in self.texts]

    def _network(self) -> Any:
        import keras

        keras.utils.set_random_seed(1)
        return self.encoder.network(self._settings(), self._assets())

    def test_config_travels_in_a_manifest(self) -> None:
        """A frozen dataclass of plain values, each with a default."""
        check_config(self.encoder.Config, self._settings())

    def test_device_half_imports_no_workshop(self) -> None:
        """Predicting never imports TensorFlow."""
        check_light_import(self.encoder)

    def test_featurizer_is_pure(self) -> None:
        """What was seen before changes nothing: two featurizers in opposite orders agree."""
        first, second = self._featurizer(), self._featurizer()
        forwards = [first.inputs(tokens, LIMIT) for tokens in self._tokens(first)]
        backwards = [second.inputs(tokens, LIMIT) for tokens in reversed(self._tokens(second))]
        for once, again in zip(forwards, reversed(backwards), strict=True):
            _equal(once, again)

    def test_every_process_makes_the_same_features(self) -> None:
        """What trains and what predicts are two processes, in which `hash` of a str is another number."""
        what = type(self.encoder), self._settings(), self._assets(), self.texts, LIMIT
        assert _features_elsewhere(what, seed=1) == _features_elsewhere(what, seed=2)

    def test_spans_point_into_the_text(self) -> None:
        """Ascending, without overlap, inside the text; empty only where a character became several tokens."""
        featurizer = self._featurizer()
        for text in (*self.texts, *HOSTILE):
            tokens = featurizer.tokenize(text, ENOUGH)
            assert tokens.text == text
            assert not tokens.truncated
            end = 0
            for start, stop in tokens.spans:
                assert end <= start <= stop <= len(text), f"span {(start, stop)} in {text[:40]!r}"
                end = stop

    def test_long_texts_are_cut_at_a_token(self) -> None:
        """The first tokens stay as they are, and `truncated` tells."""
        featurizer = self._featurizer()
        for text in self.texts:
            whole = featurizer.tokenize(text, ENOUGH)
            for limit in range(1, len(whole) + 2):
                cut = featurizer.tokenize(text, limit)
                assert cut.spans == whole.spans[:limit]
                assert cut.truncated == (limit < len(whole))

    def test_input_shapes_depend_on_length_alone(self) -> None:
        """A graph's inputs have fixed shapes, whatever the text."""
        featurizer = self._featurizer()
        for length in (LIMIT, 2 * LIMIT):
            shapes = {
                tuple((name, array.shape, array.dtype.str) for name, array in sorted(made.items()))
                for made in (
                    featurizer.inputs(tokens, length) for tokens in [*self._tokens(featurizer), Tokens("", [])]
                )
            }
            assert len(shapes) == 1, shapes
            assert all(shape[0] == 1 for _, shape, _ in shapes.pop())

    def test_hostile_texts_have_features(self) -> None:
        """NUL, lone surrogates, and far too long texts are texts like any other, and give finite numbers."""
        featurizer = self._featurizer()
        for text in HOSTILE:
            for array in featurizer.inputs(featurizer.tokenize(text, LIMIT), LIMIT).values():
                assert np.isfinite(array).all(), text[:40]

    def test_network_gives_what_heads_expect(self) -> None:
        """`tokens` [batch, length, width], `pooled` [batch, width], `mask` [batch, length], all finite float32."""
        featurizer = self._featurizer()
        tokens = self._tokens(featurizer)
        encoded = _run(self._network(), featurizer.batch(tokens, BATCH_LENGTH))
        batch, length, width = encoded["tokens"].shape
        assert (batch, length) == (len(tokens), BATCH_LENGTH)
        assert encoded["pooled"].ndim == 2 and encoded["pooled"].shape[0] == batch
        assert width > 0
        expected = np.arange(length) < np.array([[len(part)] for part in tokens])
        np.testing.assert_array_equal(encoded["mask"], expected.astype(np.float32))
        for name in ("tokens", "pooled", "mask"):
            assert encoded[name].dtype == np.float32
            assert np.isfinite(encoded[name]).all(), name

    def test_padding_changes_nothing(self) -> None:
        """The vectors of a text are the same at every length that holds it."""
        featurizer, network = self._featurizer(), self._network()
        for tokens in self._tokens(featurizer):
            count = len(tokens)
            short = _run(network, featurizer.inputs(tokens, count))
            long = _run(network, featurizer.inputs(tokens, count + 7))
            self._close(short["tokens"][0], long["tokens"][0, :count])
            self._close(short["pooled"], long["pooled"])

    def test_batch_and_single_texts_agree(self) -> None:
        """Training's form and the device's form of a text give the same vectors."""
        featurizer, network = self._featurizer(), self._network()
        tokens = self._tokens(featurizer)
        together = _run(network, featurizer.batch(tokens, BATCH_LENGTH))
        for row, part in enumerate(tokens):
            alone = _run(network, featurizer.inputs(part, len(part)))
            self._close(together["tokens"][row, : len(part)], alone["tokens"][0])
            self._close(together["pooled"][row], alone["pooled"][0])

    def test_a_pair_that_is_read_together_is_the_same_in_a_batch(self) -> None:
        """Of a network with `pair`: padding changes nothing, and the order of the texts is not lost."""
        featurizer, network = self._featurizer(), self._network()
        if not hasattr(network, "pair"):
            return
        tokens = self._tokens(featurizer)
        sides = tokens, [*tokens[1:], tokens[0]]
        together = _pooled(network, *(featurizer.batch(side, BATCH_LENGTH) for side in sides))
        assert together.dtype == np.float32
        for row, (one, other) in enumerate(zip(*sides, strict=True)):
            length = max(len(one), len(other))
            self._close(_pooled(network, *(featurizer.inputs(part, length) for part in (one, other)))[0], together[row])
        turned = _pooled(network, *(featurizer.batch(side, BATCH_LENGTH) for side in reversed(sides)))
        assert not np.allclose(together, turned)

    def test_pieces_are_read_by_their_ids(self) -> None:
        """An encoder of a vocabulary has a vector for each piece, and reads other ids in the place of the text's."""
        featurizer = self._featurizer()
        vocabulary = featurizer.vocabulary
        if vocabulary is None:
            return
        network = self._network()
        for text in self.texts:
            pieces = featurizer.pieces(text, LIMIT)
            assert 0 < len(pieces) == len(pieces.spans) <= LIMIT
            assert all(0 <= number < len(vocabulary.pieces) for number in pieces.ids)
            stranger = next(n for n in range(len(vocabulary.pieces)) if n not in (vocabulary.padding, pieces.ids[0]))
            hidden = replace(pieces, ids=[stranger, *pieces.ids[1:]])
            plain, other = (_run(network, featurizer.batch([read], BATCH_LENGTH)) for read in (pieces, hidden))
            assert plain["mask"].sum() == other["mask"].sum() == len(pieces)
            assert not np.allclose(plain["tokens"][0, 0], other["tokens"][0, 0])

    def _close(self, actual: Any, expected: Any) -> None:
        np.testing.assert_allclose(actual, expected, rtol=0, atol=self.tolerance)


def _run(network: Any, inputs: Arrays) -> dict[str, Any]:
    encoded = network(_tensors(inputs), training=False)
    return {name: np.asarray(value) for name, value in encoded.items()}


def _pooled(network: Any, *sides: Arrays) -> Any:
    return np.asarray(network.pair(*map(_tensors, sides), training=False)["pooled"])


def _tensors(arrays: Arrays) -> dict[str, Any]:
    import keras

    return {name: keras.ops.convert_to_tensor(array) for name, array in arrays.items()}


def _equal(once: Arrays, again: Arrays) -> None:
    assert once.keys() == again.keys()
    for name, array in once.items():
        assert array.dtype == again[name].dtype
        np.testing.assert_array_equal(array, again[name], err_msg=name)


def _features_elsewhere(what: object, seed: int) -> bytes:
    """Digests of the texts' features, in a process of its own."""
    script = (
        f"import pickle, sys; sys.path[:0] = {sys.path!r}\n"
        "from edgenlp.evaluation.golden import digest\n"
        "encoder, config, assets, texts, limit = pickle.load(sys.stdin.buffer)\n"
        "featurizer = encoder().featurizer(config, assets)\n"
        "print([digest(featurizer.inputs(featurizer.tokenize(text, limit), limit)) for text in texts])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    result = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps(what), capture_output=True, env=environment, check=False
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout
