from dataclasses import replace

import numpy as np
import pytest

from edgenlp.errors import DataError
from edgenlp.interfaces import Tokens
from edgenlp.text.vocabulary import WordPiece, read_vocabulary, wordpiece_asset
from edgenlp_cmow import FILE, CMOWEncoder
from edgenlp_cmow.config import CMOWConfig
from edgenlp_cmow.featurizer import CMOWFeaturizer

PIECES = ["[UNK]", "play", "jazz", "[PAD]", "a", "##s", "song", "[MASK]"]
TEXTS = ["play a song", "play songs", "a jazz jazz song", "?", ""]


@pytest.fixture
def featurizer():
    return CMOWFeaturizer(WordPiece(PIECES, lowercase=True))


def test_inputs_are_the_pieces_ids_with_padding_behind(featurizer):
    tokens = featurizer.tokenize("Play songs!", 8)
    assert featurizer.inputs(tokens, 6)["ids"].tolist() == [[1, 6, 5, 0, 3, 3]]
    assert tokens.spans == [(0, 4), (5, 9), (9, 10), (10, 11)]
    assert [*tokens] == ["Play", "song", "s", "!"]


def test_a_batch_says_what_inputs_say_with_each_piece_once(featurizer):
    tokens = [featurizer.tokenize(text, 4) for text in TEXTS]
    batch = featurizer.batch(tokens, 5)
    assert len(set(batch["distinct"].tolist())) == len(batch["distinct"])
    ids = np.array([3, *batch["distinct"]])[batch["index"]]
    assert ids.tolist() == [featurizer.inputs(part, 5)["ids"][0].tolist() for part in tokens]


def test_a_hidden_piece_is_read_as_what_hides_it(featurizer):
    tokens = featurizer.pieces("play a song", 4)
    masked = replace(tokens, ids=[1, featurizer.vocabulary.mask, 6])
    assert featurizer.inputs(masked, 3)["ids"].tolist() == [[1, 7, 6]]


def test_tokens_that_come_without_ids_have_them(featurizer):
    tokens = featurizer.tokenize("a jazz jazz song", 3)
    plain = Tokens(tokens.text, tokens.spans, tokens.truncated)
    assert featurizer.inputs(plain, 4)["ids"].tolist() == featurizer.inputs(tokens, 4)["ids"].tolist()


def test_the_vocabulary_is_the_one_that_the_settings_name(tmp_path):
    path = tmp_path / "pieces.vocabulary"
    path.write_bytes(wordpiece_asset(PIECES, lowercase=True))
    encoder, config = CMOWEncoder(), CMOWConfig(vocabulary_file=str(path))
    assets = encoder.fit(["some other text"], config)
    assert assets == {FILE: path.read_bytes()}
    assert encoder.featurizer(config, assets).tokenize("play songs", 8).ids == [1, 6, 5]


def test_or_is_trained_on_the_texts():
    texts = ["play a song", "play some songs by a band", "sing along to jazz songs"]
    assets = CMOWEncoder().fit(texts, CMOWConfig(vocabulary_size=26))
    assert len(read_vocabulary(assets[FILE]).pieces) == 26


def test_a_file_that_is_no_vocabulary_is_named(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("nothing of the kind")
    with pytest.raises(DataError, match=r"notes\.txt"):
        CMOWEncoder().fit(["some text"], CMOWConfig(vocabulary_file=str(path)))
