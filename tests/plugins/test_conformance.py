"""The conformance kit on the documentation's example, on the tests' own heads, and on plugins that break a rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from edgenlp_eggsample import EggsampleEncoder, LetterCounts
from edgenlp_toy import ToyHead, ToyPairHead, ToyReader

from edgenlp.interfaces import Example, Tokens
from edgenlp.testing import EncoderConformance, ReaderConformance, TaskHeadConformance


class TestEggsample(EncoderConformance):
    encoder = EggsampleEncoder()


class TestToyHead(TaskHeadConformance):
    head = ToyHead()
    examples = (Example("wake me up", "alarm"), Example("play jazz", "music"))


class TestToyPairHead(TaskHeadConformance):
    head = ToyPairHead()
    examples = (Example(("wake me up", "get up"), "same"), Example(("play jazz", "wake me"), "other"))


class TestToyReader(ReaderConformance):
    reader = ToyReader()

    @pytest.fixture(autouse=True)
    def sample(self, tmp_path):
        type(self).path = tmp_path / "sample.toy"
        self.path.write_text("alarm\twake me up\n", encoding="utf-8")


class Remembers(LetterCounts):
    """Breaks purity: what was seen before changes the features."""

    seen = 0

    def inputs(self, tokens, length):
        self.seen += 1
        return {name: array + self.seen for name, array in super().inputs(tokens, length).items()}


class Sprawls(LetterCounts):
    """Breaks the fixed shapes: as long as the text."""

    def inputs(self, tokens, length):
        return super().inputs(tokens, max(1, len(tokens)))


class Hides(LetterCounts):
    """Breaks truncation: cuts and does not tell."""

    def tokenize(self, text, limit):
        return Tokens(text, super().tokenize(text, limit).spans)


class Overlaps(LetterCounts):
    """Breaks spans: each reaches into the next."""

    def tokenize(self, text, limit):
        tokens = super().tokenize(text, limit)
        return Tokens(text, [(max(0, start - 2), end) for start, end in tokens.spans], tokens.truncated)


@dataclass
class Thawed:
    buckets: int = 64


class Broken(EggsampleEncoder):
    def __init__(self, featurizer=LetterCounts):
        self.made = featurizer

    def featurizer(self, config, assets):
        return self.made(config.buckets)


@pytest.mark.parametrize(
    ("featurizer", "rule"),
    [
        (Remembers, "test_featurizer_is_pure"),
        (Sprawls, "test_input_shapes_depend_on_length_alone"),
        (Hides, "test_long_texts_are_cut_at_a_token"),
        (Overlaps, "test_spans_point_into_the_text"),
    ],
)
def test_the_kit_finds_broken_featurizers(featurizer, rule):
    kit = EncoderConformance()
    kit.encoder = Broken(featurizer)
    with pytest.raises(AssertionError):
        getattr(kit, rule)()


def test_the_kit_finds_unfrozen_settings():
    kit = EncoderConformance()
    kit.encoder = Broken()
    kit.encoder.Config = Thawed
    with pytest.raises(AssertionError, match="frozen"):
        kit.test_config_travels_in_a_manifest()


def test_the_kit_finds_networks_that_look_at_padding():
    import keras
    from edgenlp_eggsample_network import EggsampleNetwork

    class Looks(EggsampleNetwork):
        def call(self, inputs, training=False):
            encoded = super().call(inputs, training)
            return {**encoded, "pooled": keras.ops.mean(self.dense(inputs["counts"] + 1.0), axis=1)}

    class Encoder(EggsampleEncoder):
        def network(self, config, assets):
            return Looks(config.width)

    kit = EncoderConformance()
    kit.encoder = Encoder()
    with pytest.raises(AssertionError):
        kit.test_padding_changes_nothing()


def test_the_kit_finds_heavy_imports(tmp_path, monkeypatch):
    (tmp_path / "heavy_plugin.py").write_text(
        "import sys, types\nsys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
        "from edgenlp_eggsample import EggsampleEncoder\nclass Heavy(EggsampleEncoder): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    kit = EncoderConformance()
    kit.encoder = type("Heavy", (EggsampleEncoder,), {"__module__": "heavy_plugin"})()
    with pytest.raises(AssertionError, match="tensorflow"):
        kit.test_device_half_imports_no_workshop()


def test_letter_counts_are_what_the_docs_say():
    featurizer = LetterCounts(8)
    inputs = featurizer.inputs(featurizer.tokenize("ab a", 4), 3)
    assert inputs["mask"].tolist() == [[1, 1, 0]]
    assert inputs["counts"][0, 0, ord("a") % 8] == 1 and inputs["counts"][0, 1].sum() == 1
    assert inputs["counts"].dtype == np.float32
