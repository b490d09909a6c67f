"""What is hidden of raw text, and how lines become rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("tensorflow")

from edgenlp.interfaces import Example, PieceTokens
from edgenlp.text.vocabulary import WordPiece
from edgenlp.training.output_vocabulary import EncoderPieces, FrequentWords
from edgenlp.training.pretrain_rows import HIDDEN, SCORED, WordRows, nothing_to_guess
from edgenlp.training.recipe import Pretraining, Recipe
from edgenlp_cmow.featurizer import CMOWFeaturizer
from edgenlp_pqrnn.config import PQRNNConfig
from edgenlp_pqrnn.featurizer import PQRNNFeaturizer

VOCABULARY = WordPiece(["[PAD]", "[UNK]", "[MASK]", *"abcdefghij", *(f"##{letter}" for letter in "abcdefghij")], True)
PIECES = EncoderPieces(CMOWFeaturizer(VOCABULARY), VOCABULARY)
SPELLING = PQRNNFeaturizer(PQRNNConfig(word_features=8, ngram_features=8))


def rows(lengths, settings=None, taught=(), **more):
    rng = np.random.default_rng(0)
    read = [PieceTokens(f"text {number}", [], ids=rng.integers(3, 23, length)) for number, length in enumerate(lengths)]
    languages = more.pop("languages", [""] * len(read))
    return WordRows(read, languages, taught, PIECES, settings or Pretraining(), 1, **more)


def test_of_the_hidden_8_of_10_are_masked_and_1_is_replaced():
    made = rows([200] * 400)
    read = made.epoch(0)
    words, state, ids = (
        np.concatenate(parts)
        for parts in zip(*((r.targets["words"], r.targets["state"], r.tokens[0].ids) for r in read), strict=True)
    )
    hidden = state == HIDDEN
    assert hidden.mean() == pytest.approx(0.15, abs=0.005)
    assert set(np.unique(state)) == {0, HIDDEN}
    np.testing.assert_array_equal(ids[~hidden], words[~hidden])
    masked = ids[hidden] == VOCABULARY.mask
    assert masked.mean() == pytest.approx(0.8, abs=0.02)
    others = ids[hidden][~masked]
    assert np.isin(others, range(3, 23)).all()
    # of those that were replaced, 1 of 20 came back by chance
    kept = (others == words[hidden][~masked]).mean()
    assert kept == pytest.approx(0.5 + 0.5 / 20, abs=0.05)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            ["соль и перец", "король"],
            "the vocabulary knows no piece of the 2 training lines: name one of their language",
        ),
        (["a", "соль"], "the 2 training lines are too few to learn from: there is nothing to guess"),
        (["a", ""], "the 2 training lines are too few to learn from: there is nothing to guess"),
    ],
)
def test_why_there_is_nothing_to_guess_is_told(lines, words):
    # one piece a word: what has no letter of the vocabulary is unknown
    recipe = Recipe(name="r", encoder={}, data={"train": [{"path": "a", "format": "lines"}]})
    examples = [Example(line, "") for line in lines]
    assert nothing_to_guess(recipe, rows([]), examples).startswith(words)


def test_with_teachers_others_are_scored_too():
    answer = ({"vocabulary_logits": np.zeros((200, 4), np.float16)},)
    state = np.concatenate([row.targets["state"] for row in rows([200] * 300, taught=[answer] * 300).epoch(0)])
    assert (state == HIDDEN).mean() == pytest.approx(0.15, abs=0.006)
    assert (state == SCORED).mean() == pytest.approx(0.15, abs=0.006)


@pytest.mark.parametrize("length", [2, 5, 40])
def test_what_is_scored_stands_for_what_is_shown(length):
    settings = Pretraining(hidden_share=0.1, scored_share=0.2)
    answer = ({"vocabulary_logits": np.zeros((length, 4), np.float16)},)
    state = [row.targets["state"] for row in rows([length] * 4000, settings, [answer] * 4000).epoch(0)]
    shown = np.concatenate(state) != HIDDEN
    estimate = (np.concatenate(state) == SCORED).sum() / settings.scored_of_shown
    assert estimate == pytest.approx(shown.sum(), rel=0.1)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=20), st.integers(0, 3), st.floats(0.01, 0.9))
def test_every_row_has_a_piece_to_guess_and_what_nobody_knows_is_not_asked(lengths, number, share):
    assert Pretraining(hidden_share=share).scored_share == max(0.3, share)
    made = rows(lengths, Pretraining(hidden_share=share, scored_share=1.0))
    for ids in made._ids:
        ids[1:][::2] = VOCABULARY.unknown
    for row in made.epoch(number):
        hidden = row.targets["state"] == HIDDEN
        assert hidden.any()
        assert not hidden[row.targets["words"] == VOCABULARY.unknown].any()
        assert len(row) == len(row.targets["words"])


def test_epochs_hide_other_pieces_and_the_same_one_the_same():
    made, again = rows([30] * 20), rows([30] * 20)
    states = [[row.targets["state"].tolist() for row in made.epoch(number)] for number in (0, 1)]
    assert states[0] != states[1]
    assert states[1] == [row.targets["state"].tolist() for row in again.epoch(1)]


def test_a_pass_deals_every_row_into_one_part():
    made = rows([4] * 23, parts=4)
    assert len(made) == 5
    for lap in (0, 1):
        texts = [row.text for number in range(4) for row in made.epoch(4 * lap + number)]
        assert len(set(texts)) == len(texts) == 20
    assert {row.text for row in made.epoch(0)} != {row.text for row in made.epoch(4)}


def test_languages_of_few_rows_come_more_often():
    languages = ["en"] * 90 + ["th"] * 10
    evened = rows([4] * 100, languages=languages, temperature=1e9)
    thai = sum(int(row.text.split()[1]) >= 90 for row in evened.epoch(0))
    assert thai == 50


letters = st.lists(st.text("abcj", min_size=1, max_size=12), min_size=1, max_size=30).map(" ".join)


@given(letters, st.integers(1, 20))
def test_long_lines_are_cut_and_nothing_is_lost(text, limit):
    made = list(PIECES.rows(text, limit))
    assert all(len(tokens) <= limit for tokens in made)
    assert "".join(tokens.text for tokens in made).replace(" ", "") == text.replace(" ", "")


def test_lines_are_cut_at_spaces():
    text = "abc de fgh ij " * 5
    for before, after in pairwise(PIECES.rows(text.strip(), 8)):
        assert text.startswith(before.text) or f" {before.text}" in text
        assert after.text[0] != " "
        assert before.text.split()[-1] in {"abc", "de", "fgh", "ij"}


def test_a_character_of_many_pieces_does_not_stop_the_cutting():
    # one code point that folds to several letters
    vocabulary = WordPiece(["[PAD]", "[UNK]", "[MASK]", "f", "##f", "##i"], True)
    pieces = EncoderPieces(CMOWFeaturizer(vocabulary), vocabulary)
    assert [len(tokens) for tokens in pieces.rows("ﬃﬃ", 1)] == [1, 1]


def test_frequent_words_are_those_that_normalize_alike_counted_together():
    words = FrequentWords(SPELLING, ["Ja nein ja", "JA, nein", "vielleicht"], 3)
    assert words.pieces == ("[UNK]", "[MASK]", "ja", "nein", ",")
    assert words.ids(words.tokenize("Nein ja , vielleicht jA", 9)).tolist() == [3, 2, 4, 0, 2]


lines = st.lists(st.text("abc ", min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=8)


@given(lines, st.integers(1, 6), st.randoms())
def test_an_encoder_that_reads_spelling_sees_other_words_and_nothing_of_the_hidden_ones(texts, size, draw):
    words = FrequentWords(SPELLING, texts, size)
    for text in texts:
        tokens = words.tokenize(text, 99)
        known = words.ids(tokens)
        ids = np.array([draw.choice([own, words.mask, *words.ordinary]) for own in known], np.int32)
        shown = words.show(tokens, known, ids)
        spelled = [
            word if own == other else words.pieces[other] for word, own, other in zip(tokens, known, ids, strict=True)
        ]
        assert list(shown) == spelled
        made = SPELLING.batch([shown], len(shown))
        np.testing.assert_array_equal(made["rows"][made["index"][0]], SPELLING.features(spelled))
