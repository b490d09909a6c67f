"""Vocabularies from a teacher's folder and from training."""

import json

import pytest

from edgenlp.data.vocabulary import (
    count_words,
    fitted_vocabulary,
    train_unigram,
    vocabulary_asset,
    wordpiece_from_folder,
)
from edgenlp.errors import DataError
from edgenlp.text.vocabulary import Unigram, WordPiece, read_vocabulary, wordpiece_asset

PIECES = ["[PAD]", "[UNK]", "[MASK]", "a", "##b", "\u2028"]
VOCABULARY = "".join(f"{piece}\n" for piece in PIECES)
CONFIG = {"do_lower_case": False, "strip_accents": None, "tokenize_chinese_chars": True, "model_max_length": 512}
TEXTS = ["Wake me up at 7 tomorrow", "wake the cat", "what is the weather like tomorrow", "don't wake me", "ปลุกฉัน"] * 20


@pytest.fixture
def folder(tmp_path):
    """Makes a model's folder."""

    def make(text=VOCABULARY, config=CONFIG, model=None):
        (tmp_path / "vocab.txt").write_bytes(text.encode() if isinstance(text, str) else text)
        (tmp_path / "tokenizer_config.json").write_text(config if isinstance(config, str) else json.dumps(config))
        if model is not None:
            (tmp_path / "config.json").write_text(json.dumps(model))
        return tmp_path

    return make


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("model", [None, {"vocab_size": 6}, {"vocab_size": 8}, {}])
def test_a_models_folder(folder, lowercase, model):
    path = folder(config={**CONFIG, "do_lower_case": lowercase}, model=model)
    found = read_vocabulary(wordpiece_from_folder(path))
    assert isinstance(found, WordPiece)
    assert (list(found.pieces), found.lowercase, found.mask) == (PIECES, lowercase, 2)
    assert vocabulary_asset(path) == wordpiece_from_folder(path)


def test_windows_line_ends_are_no_part_of_pieces(folder):
    found = read_vocabulary(wordpiece_from_folder(folder("".join(f"{piece}\r\n" for piece in PIECES))))
    assert list(found.pieces) == PIECES


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"text": "[PAD]\n[UNK]\na\n\nb\n"}, "vocab.txt, line 4: there is no piece"),
        ({"text": "[PAD]\n[UNK]\na\na\n"}, "vocab.txt, line 4: 'a' stands on line 3 already"),
        ({"text": "[PAD]\na\n"}, "no piece [UNK]"),
        ({"text": "<pad>\n[UNK]\n"}, "no piece [PAD]"),
        ({"text": b"[PAD]\n[UNK]\n\xff\n"}, "vocab.txt, line 3: byte 0xff"),
        ({"model": {"vocab_size": 5}}, "is of another model: it has 6 pieces"),
        ({"config": {}}, "field 'do_lower_case': must be true"),
        ({"config": {"do_lower_case": "no"}}, "field 'do_lower_case': must be true"),
        ({"config": {**CONFIG, "tokenize_chinese_chars": False}}, "field 'tokenize_chinese_chars'"),
        ({"config": {**CONFIG, "strip_accents": True}}, "field 'strip_accents'"),
        ({"config": {**CONFIG, "never_split": ["x"]}}, "field 'never_split'"),
        ({"config": "{"}, "tokenizer_config.json is not valid JSON"),
        ({"config": "[]"}, "tokenizer_config.json is not a JSON object"),
    ],
)
def test_a_wrong_folder_is_one_sentence(folder, made, said):
    with pytest.raises(DataError) as caught:
        wordpiece_from_folder(folder(**made))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["vocab.txt", "tokenizer_config.json"])
def test_a_missing_file_is_named(folder, missing):
    path = folder()
    (path / missing).unlink()
    with pytest.raises(DataError, match=missing):
        wordpiece_from_folder(path)


def test_a_vocabularys_file(tmp_path):
    path = tmp_path / "vocabulary"
    path.write_bytes(wordpiece_asset(PIECES, lowercase=True))
    assert vocabulary_asset(path) == path.read_bytes()
    path.write_bytes(b"something else")
    with pytest.raises(DataError, match="vocabulary: The vocabulary is not"):
        vocabulary_asset(path)
    with pytest.raises(DataError, match="cannot be read"):
        vocabulary_asset(tmp_path / "none")


def test_a_hubs_name_is_no_file():
    with pytest.raises(DataError, match="hf://google-bert/bert-base-cased is a name of a hub's"):
        fitted_vocabulary([], "hf://google-bert/bert-base-cased", 100)


def test_words_are_counted_as_they_are_folded():
    assert count_words(["Ab ab, ÀB", "ab\u00ad 7pm", "กข กข", "\u200c", "", "ab\ud83d"]) == {
        "▁ab": 4, ",": 1, "▁a\u0300b": 1, "▁7": 1, "▁pm": 1, "กข": 2
    }  # fmt: skip


def test_training_gives_the_same_bytes_again():
    content = train_unigram(count_words(TEXTS), 35)
    found = read_vocabulary(content)
    assert isinstance(found, Unigram)
    assert len(found.pieces) == 35
    assert list(found.pieces[:3]) == ["[PAD]", "[UNK]", "[MASK]"]
    assert (found.padding, found.unknown, found.mask) == (0, 1, 2)
    assert train_unigram(dict(reversed(count_words(TEXTS).items())), 35) == content
    ids, _, _ = found.tokenize("wake me", 20)
    assert "".join(found.pieces[number] for number in ids) == "▁wake▁me"
    assert found.unknown in found.tokenize("漢字", 20).ids


@pytest.mark.parametrize(
    ("texts", "size", "said"),
    [
        (TEXTS, 5_000, r"too large for this text, which gives at most \d+: ask for fewer"),
        (TEXTS, 10, r"too small for this text, whose characters alone are \d+: ask for more"),
        (["", " \u200c"], 10, "without a single word"),
    ],
)
def test_training_that_cannot_be_is_one_sentence(texts, size, said):
    with pytest.raises(DataError, match=said) as caught:
        train_unigram(count_words(texts), size)
    assert "\n" not in str(caught.value)
