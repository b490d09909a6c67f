"""Words replaced by what a teacher holds likely or alike; the teacher is real, and small."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgenlp.data.edits import words
from edgenlp.errors import DataError, EdgeNLPError, PluginError, RecipeError
from edgenlp.interfaces import Example
from edgenlp_augmentation.config import EmbeddingReplacementConfig, MaskedReplacementConfig
from edgenlp_augmentation.embedding_replacement import EmbeddingReplacement, nearest, unit
from edgenlp_augmentation.masked_replacement import MaskedReplacement
from edgenlp_augmentation.suggestions import Suggester, _whole_words, is_word

TEACHER = {"name": "bigrams"}


def masked(examples, folder, **changes):
    config = MaskedReplacementConfig(**{"teacher": TEACHER, "suggestions": "s.jsonl", "word_share": 1.0, **changes})
    return MaskedReplacement().fit(examples, config, folder)


def saved(folder):
    header, *rows = (json.loads(line) for line in (folder / "s.jsonl").read_text(encoding="utf-8").splitlines())
    return header, {text: {(start, end): found for start, end, found in own} for text, own in rows}


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (["[PAD]", "alarm", "##ing", "##s", "Ġ", "Żebbuġ", "été"], ["alarm", "Ġ", "Żebbuġ", "été"]),
        (["<s>", "▁alarm", "▁été", "ing", "▁", "##", "▁1"], ["alarm", "été"]),
        (["<s>", "Ġalarm", "ĠÃ©tÃ©", "Ãª", "ing", "Ġ", "Ċ", "##", "Ġ!", "ĠÃ"], ["alarm", "été"]),  # bytes
    ],
)
def test_whole_words_are_told_from_parts_in_each_kind_of_vocabulary(pieces, words):
    assert list(_whole_words(pieces).values()) == words


def test_suggestions_are_the_likeliest_other_words(bigrams, examples, tmp_path):
    masked(examples[:50], tmp_path, candidates=3)
    _, suggestions = saved(tmp_path)
    assert list(suggestions) == list(dict.fromkeys(example.text for example in examples[:50]))
    vocabulary = np.array(bigrams.vocabulary)
    whole = np.array([is_word(word) for word in vocabulary])
    for text, own in suggestions.items():
        (answer,) = bigrams.label([text], ["vocabulary_logits"], bigrams.Config())
        logits = dict(zip(map(tuple, answer["spans"].tolist()), answer["vocabulary_logits"], strict=True))
        assert set(own) == {span for span in logits if is_word(text[slice(*span)])}
        for span, found in own.items():
            others = whole & (vocabulary != text[slice(*span)].lower())
            best = np.sort(logits[span][others])[::-1][:3]
            np.testing.assert_array_equal([logits[span][bigrams.numbers[word]] for word in found], best)


def test_only_single_words_of_letters_are_replaced_by_suggestions(bigrams, examples, tmp_path):
    augment = masked(examples, tmp_path)
    _, suggestions = saved(tmp_path)
    for example in examples:
        varied = augment(example, np.random.default_rng(1))
        before, after = words(example.text, example.target), words(varied.text, varied.target)
        for old, new in zip(before, after, strict=True):
            word, now = example.text[slice(*old)], varied.text[slice(*new)]
            assert now == word if old not in suggestions[example.text] else now in suggestions[example.text][old]


def test_what_the_file_knows_is_not_asked_again(bigrams, examples, tmp_path):
    augment = masked(examples[:20], tmp_path)
    asked = len(bigrams.asked)
    again = masked(examples[:30], tmp_path)
    assert set(bigrams.asked[asked:]) == {e.text for e in examples[:30]} - {e.text for e in examples[:20]}
    for example in examples[:20]:
        assert augment(example, np.random.default_rng(0)) == again(example, np.random.default_rng(0))


def test_a_broken_off_labelling_goes_on(bigrams, examples, tmp_path, monkeypatch):
    monkeypatch.setattr("edgenlp_augmentation.suggestions.SAVE_EVERY_SECONDS", 0.0)
    label = bigrams.label

    def breaks(texts, what, config):
        for number, answer in enumerate(label(texts, what, config)):
            if number == 10:
                raise KeyboardInterrupt
            yield answer

    monkeypatch.setattr(bigrams, "label", breaks)
    with pytest.raises(KeyboardInterrupt):
        masked(examples[:30], tmp_path)
    assert len(saved(tmp_path)[1]) == 10
    monkeypatch.setattr(bigrams, "label", label)
    masked(examples[:30], tmp_path)
    broken = (tmp_path / "s.jsonl").read_bytes()
    (tmp_path / "s.jsonl").unlink()
    masked(examples[:30], tmp_path)
    assert (tmp_path / "s.jsonl").read_bytes() == broken


def test_a_text_that_was_changed_before_stays(bigrams, examples, tmp_path):
    row = Example("a text that was never asked about", "x")
    assert masked(examples[:5], tmp_path)(row, np.random.default_rng(0)) == row


def test_processes_that_share_a_file_lose_nothing_of_each_other(bigrams, tmp_path):
    one, other = (Suggester(bigrams, bigrams.Config(), 4, tmp_path / "s.jsonl") for _ in range(2))
    one(["wake me up"])
    other(["play some jazz"])
    assert set(saved(tmp_path)[1]) == {"wake me up", "play some jazz"}


@pytest.mark.parametrize("change", [{"candidates": 2}, {"teacher": {**TEACHER, "smoothing": 0.5}}])
def test_suggestions_of_another_teacher_are_refused(bigrams, examples, tmp_path, change):
    masked(examples[:3], tmp_path)
    with pytest.raises(DataError, match="holds suggestions of another teacher, or another number"):
        masked(examples[:3], tmp_path, **change)


@pytest.mark.parametrize("line", ['{"question": "wake me up"}', "wake me up", "3", ""])
def test_another_file_is_not_called_a_file_of_suggestions(bigrams, examples, tmp_path, line):
    (tmp_path / "s.jsonl").write_text(f"{line}\n")
    with pytest.raises(DataError, match=r"s\.jsonl is no file of suggestions: name another one"):
        masked(examples[:2], tmp_path)


@pytest.mark.parametrize(("line", "number"), [("{", 4), ('["text", 3]', 4), ('["text", [[1, 2]]]', 4)])
def test_a_damaged_file_is_one_sentence(bigrams, examples, tmp_path, line, number):
    masked(examples[:2], tmp_path)
    with (tmp_path / "s.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(DataError, match=rf"s\.jsonl, line {number}: this is no suggestion"):
        masked(examples[:2], tmp_path)


def test_bad_settings_are_one_sentence(bigrams, examples, tmp_path):
    with pytest.raises(RecipeError, match=r"augmentation\.suggestions"):
        masked(examples, tmp_path, suggestions="")
    with pytest.raises(RecipeError, match=r"augmentation\.teacher"):
        masked(examples, tmp_path, teacher={})
    with pytest.raises(PluginError, match="no installed plugin has the teacher 'trigrams'"):
        masked(examples, tmp_path, teacher={"name": "trigrams"})
    with pytest.raises(RecipeError, match=r"\[augmentation\.teacher\]: there is no key 'size'"):
        masked(examples, tmp_path, teacher={**TEACHER, "size": 3})
    with pytest.raises(RecipeError, match="offer no 'vocabulary_logits'"):
        masked(examples, tmp_path, teacher={**TEACHER, "offers": ("sentence_embedding",)})
    with pytest.raises(EdgeNLPError, match="could not be written"):
        masked(examples, tmp_path, suggestions="missing/s.jsonl")
    assert not bigrams.asked


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 5))
def test_nearest_are_those_of_greatest_cosine(count, neighbours, seed):
    embeddings = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    found = nearest(embeddings, neighbours)
    assert found.shape == (count, min(neighbours, count - 1))
    for row, own in enumerate(found):
        cosine = embeddings @ embeddings[row] / np.linalg.norm(embeddings, axis=1)
        cosine[row] = -np.inf
        assert row not in own and len(set(own.tolist())) == len(own)
        if len(own):
            assert cosine[own].min() >= np.sort(cosine)[::-1][len(own) - 1] - 1e-5


def test_words_give_way_to_their_neighbours(bigrams, examples):
    config = EmbeddingReplacementConfig(TEACHER, candidates=4, word_share=1.0)
    augment = EmbeddingReplacement().fit(examples, config, None)
    rng = np.random.default_rng(0)
    row = Example("set an alarm for 7", "x")
    variants = {augment(row, rng).text for _ in range(200)}
    assert all(text.endswith(" 7") for text in variants)
    for position in range(4):
        seen = {text.split()[position] for text in variants}
        assert len(seen) == 4
        assert row.text.split()[position] not in seen


def test_neighbours_come_as_they_are_written_most_often(bigrams):
    rows = [Example("Straße für Über alarm ทำ", "x"), Example("Straße für über ALARM ทำ", "x"), Example("alarm", "x")]
    augment = EmbeddingReplacement().fit(rows, EmbeddingReplacementConfig(TEACHER, candidates=4, word_share=1.0), None)
    rng = np.random.default_rng(0)
    seen = {word for _ in range(100) for word in str(augment(rows[1], rng).text).split()}
    assert seen == {"Straße", "für", "Über", "alarm", "ทำ"}


@pytest.mark.parametrize("length", [1e-38, 1e-23, 1.0, 1e30])
def test_vectors_of_any_length_have_a_direction(length):
    np.testing.assert_allclose(unit(np.full((1, 4), length, np.float32)), 0.5, rtol=1e-6)
