"""The conformance kit on the documentation's example, on the tests' own heads, and on plugins that break a rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from edgenlp_eggsample import EggsampleEncoder, LetterCounts
from edgenlp_toy import ToyHead, ToyPairHead, ToyReader
from my_plugin import KeywordTeacher, Questions, SquaredLogits

from edgenlp.interfaces import Example, Tokens
from edgenlp.testing import (
    EncoderConformance,
    ObjectiveConformance,
    ReaderConformance,
    TaskHeadConformance,
    TeacherConformance,
)

ROOT = Path(__file__).parents[2]


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


class TestQuestions(ReaderConformance):
    reader = Questions()

    @pytest.fixture(autouse=True)
    def sample(self, tmp_path):
        type(self).path = tmp_path / "sample.questions"
        self.path.write_text("what time is it? || time\n", encoding="utf-8")


class TestKeywords(TeacherConformance):
    teacher = KeywordTeacher()


class TestSquaredLogits(ObjectiveConformance):
    objective = SquaredLogits()


def test_the_page_shows_plugins_that_keep_their_contracts():
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "plugins.md").read_text(), re.MULTILINE | re.DOTALL)
    sources = [path.read_text() for path in (ROOT / "tests" / "toy").glob("my_*.py")]
    shown = [part for block in blocks for part in block.split("\n\n\n")]
    classes = [part for part in shown if part.startswith(("class Questions", "class KeywordTeacher", "class Squared"))]
    assert len(classes) == 4
    assert all(any(part.strip() in source for source in sources) for part in classes)


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


class Forgetful(KeywordTeacher):
    """Breaks the sameness of answers: it says other things each time."""

    calls = 0

    def label(self, texts, what, config):
        self.calls += 1
        return ({"task_logits": said["task_logits"] + self.calls} for said in super().label(texts, what, config))


class Eager(KeywordTeacher):
    """Breaks the refusal: it says what it does not offer."""

    def label(self, texts, what, config):
        return super().label(texts, ["task_logits"], config)


class Backwards(KeywordTeacher):
    """Breaks the order of the texts."""

    def label(self, texts, what, config):
        return iter([*super().label(texts, what, config)][::-1])


@pytest.mark.parametrize(
    ("teacher", "rule"),
    [
        (Forgetful, "test_the_same_call_gives_the_same_bytes"),
        (Eager, "test_it_refuses_what_it_lacks"),
        (Backwards, "test_an_answer_for_each_text_in_order"),
    ],
)
def test_the_kit_finds_broken_teachers(teacher, rule):
    kit = TeacherConformance()
    kit.teacher = teacher()
    kit.texts = ("an alarm", "some music")
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(kit, rule)()


@pytest.mark.parametrize(
    ("loss", "rule"),
    [
        (lambda lesson: lesson.logits["text_output"], "test_a_loss_for_each_row_that_teaches"),
        (
            lambda lesson: lesson.taught[-1]["task_logits"][:, 0],
            "test_a_teacher_that_lacks_what_is_wanted_changes_nothing",
        ),
        (
            lambda lesson: lesson.head.loss(lesson.logits, lesson.targets, lesson.encoded),
            "test_what_nobody_labelled_has_no_gold_answer",
        ),
        (lambda lesson: lesson.logits["text_output"][::-1, 0], "test_a_rows_loss_is_its_own"),
    ],
)
def test_the_kit_finds_broken_objectives(loss, rule):
    import keras

    class Loss(keras.layers.Layer):
        def loss(self, lesson):
            return loss(lesson)

    class Broken(SquaredLogits):
        def network(self, config, widths):
            return Loss()

    kit = ObjectiveConformance()
    kit.objective = Broken()
    with pytest.raises((AssertionError, KeyError)):
        getattr(kit, rule)()


class Trusting(Questions):
    """Breaks the sentence about damaged files: whoever reads is told by Python."""

    def read(self, path, /, **options):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Example(*line.split(" || "))


def test_the_kit_finds_readers_that_trust_their_files(tmp_path):
    kit = ReaderConformance()
    kit.reader, kit.path = Trusting(), tmp_path / "sample.questions"
    with pytest.raises(pytest.fail.Exception, match=r"noise\.questions .* raised UnicodeDecodeError"):
        kit.test_bad_files_are_one_sentence_with_the_file(tmp_path)


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
