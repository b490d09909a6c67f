"""Vocabularies: golden vectors, what holds for every text, and the worked examples of docs/text-spec.md."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import make_vocabulary_vectors
from edgenlp.errors import ModelError
from edgenlp.text import golden_texts, normalize
from edgenlp.text.vocabulary import Unigram, WordPiece, read_vocabulary, unigram_asset, vocabulary, wordpiece_asset

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
KINDS = ("uncased", "cased", "unigram")
CHARS = sorted({char for golden in golden_texts() for char in golden.text} | set("ßẞİŀ½ﬁﷺ…´\u0301\u00ad\u200d\0"))
any_text = st.text(st.one_of(st.sampled_from(CHARS), st.characters(exclude_categories=())), max_size=60)
kinds = pytest.mark.parametrize("kind", KINDS)


@cache
def asset(kind):
    return (GOLDEN / "vocabulary" / kind).read_bytes()


@cache
def small(kind):
    return read_vocabulary(asset(kind))


def all_of(text, kind="uncased"):
    return small(kind).tokenize(text, 20 * len(text) + 1)


# Golden vectors


def test_golden_vectors_are_what_the_code_finds():
    lines = (GOLDEN / "vocabulary.jsonl").read_text(encoding="ascii").splitlines()
    found = make_vocabulary_vectors.lines()
    assert len(found) >= 200
    assert found == lines


def test_golden_vectors_hold_every_case():
    vectors = [json.loads(line) for line in (GOLDEN / "vocabulary.jsonl").read_text(encoding="ascii").splitlines()]
    for kind in KINDS:
        found = [vector[kind] for vector in vectors]
        assert any(vector["truncated"] for vector in found)
        assert any(not vector["ids"] for vector in found)
        used = {number for vector in found for number in vector["ids"]}
        assert len(used) > 400
        assert small(kind).unknown in used
        assert not used & {small(kind).padding, small(kind).mask}


# What holds for every text


@kinds
@given(text=any_text)
def test_spans_ascend_within_the_text(kind, text):
    ids, spans, truncated = all_of(text, kind)
    assert not truncated
    assert len(ids) == len(spans)
    assert all(0 <= number < len(small(kind).pieces) for number in ids)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@kinds
@given(text=any_text)
def test_words_are_cut_alike_wherever_they_stand(kind, text):
    ids, spans, _ = all_of(text, kind)
    words = [(start, all_of(text[start:end], kind)) for start, end in small(kind)._words(text)]
    assert ids == [number for _, word in words for number in word.ids]
    assert spans == [(start + first, start + last) for start, word in words for first, last in word.spans]


@kinds
@given(text=any_text)
def test_spans_tile_words(kind, text):
    """The word's pieces cover it but for what folds to nothing before them; a piece ends where the next one begins."""
    built = small(kind)
    for start, end in built._words(text):
        word = text[start:end]
        spans = all_of(word, kind).spans
        # A word of ignorable code points has no pieces; a code point of several kinds may hold a space.
        if spans and not (kind == "uncased" and "m" in word.translate(built._classes)):
            assert normalize(word[: spans[0][0]]) == ""
            assert spans[-1][1] == len(word)
            assert all(before == after for (_, before), (after, _) in pairwise(spans))


@kinds
@given(text=any_text)
def test_a_cache_changes_nothing(kind, text):
    first = all_of(text, kind)
    assert all_of(text, kind) == first
    assert read_cold(kind).tokenize(text, 20 * len(text) + 1) == first


def read_cold(kind):
    cold = object.__new__(type(small(kind)))
    cold.__dict__.update(small(kind).__dict__, _cache={})
    return cold


@kinds
@given(text=any_text, limit=st.integers(0, 12))
def test_a_limit_cuts_and_says_so(kind, text, limit):
    ids, spans, _ = all_of(text, kind)
    assert small(kind).tokenize(text, limit) == (ids[:limit], spans[:limit], len(ids) > limit)


@given(text=any_text)
def test_cased_pieces_are_the_text_itself(text):
    ids, spans, _ = all_of(text, "cased")
    built = small("cased")
    for number, (start, end) in zip(ids, spans, strict=True):
        assert number == built.unknown or built.pieces[number].removeprefix("##") == text[start:end]


@kinds
@given(text=st.lists(any_text, max_size=40).map(" ".join), filler=st.integers(0, 2_000))
def test_long_texts_are_cut_as_short_ones(kind, text, filler):
    """Windows leave no trace: what comes behind a separator is cut as if it stood alone."""
    ids, spans, _ = all_of(text, kind)
    behind = all_of(" " * filler + text, kind)
    assert behind.ids == ids
    assert behind.spans == [(start + filler, end + filler) for start, end in spans]


@kinds
@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, " " * 100_000, "a " * 50_000, "\u0301" * 100_000, "ß" * 100_000, "ก" * 100_000, "漢" * 100_000,
     "\ud800" * 100_000, "\0" * 100_000, "🏳\u200d" * 50_000, "½" * 100_000, "x\u00ad" * 50_000, "-" * 100_000],
    ids=lambda text: ascii(text[:2]),
)  # fmt: skip
def test_a_hundred_thousand_characters(kind, text):
    ids, spans, truncated = small(kind).tokenize(text, 32)
    assert len(ids) == len(spans) <= 32
    assert truncated == (len(small(kind).tokenize(text[:4_000], 33).ids) > 32)


@kinds
def test_an_empty_text_has_no_pieces(kind):
    assert small(kind).tokenize("", 8) == ([], [], False)


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(vocabulary, "CACHED_WORDS", 3)
    built = WordPiece(small("uncased").pieces, lowercase=True)
    built.tokenize("one two three four five six seven " + "x" * 1_000, 100)
    assert 0 < len(built._cache) <= 3
    assert max(map(len, built._cache)) < 100


def test_threads_may_share_a_vocabulary(monkeypatch):
    monkeypatch.setattr(vocabulary, "CACHED_WORDS", 8)
    texts = [golden.text for golden in golden_texts()] * 4
    alone = [all_of(text) for text in texts]
    shared = read_vocabulary(asset("uncased"))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: shared.tokenize(text, 20 * len(text) + 1), texts)) == alone


# WordPiece


PIECES = ["[PAD]", "[UNK]", "[MASK]", "stra", "##s", "##se", "1", "##⁄", "##2", "e", "!", "E", "é", "x", "##x"]


def cut(text, lowercase):
    built = WordPiece(PIECES, lowercase)
    ids, spans, _ = built.tokenize(text, 1_000)
    return [(PIECES[number], *span) for number, span in zip(ids, spans, strict=True)]


def test_worked_example_of_wordpiece():
    expected = [("stra", 0, 4), ("##s", 4, 4), ("##se", 4, 6), ("[UNK]", 7, 9), ("!", 9, 10)]
    assert cut("Straße é½!", lowercase=True) == expected


def test_a_cased_vocabulary_folds_nothing():
    assert cut("Eé eÉ", lowercase=False) == [("[UNK]", 0, 2), ("[UNK]", 3, 5)]
    assert cut("E é\u0301", lowercase=False) == [("E", 0, 1), ("[UNK]", 2, 4)]


def test_what_looks_like_a_special_piece_is_text():
    assert {piece for piece, _, _ in cut("[MASK] [PAD] ##x", lowercase=False)} == {"[UNK]", "x"}


def test_words_of_more_than_100_bytes_are_unknown():
    assert len(cut("x" * 100, lowercase=True)) == 100
    assert cut("x" * 101, lowercase=True) == [("[UNK]", 0, 101)]
    built = WordPiece(["[PAD]", "[UNK]", "ก" * 33, "ก" * 34], lowercase=False)
    assert built.tokenize("ก" * 33 + " " + "ก" * 34, 9).ids == [2, 1]


def test_special_pieces():
    built = WordPiece(PIECES, lowercase=True)
    assert (built.padding, built.unknown, built.mask) == (0, 1, 2)
    assert WordPiece(PIECES[:2], lowercase=True).mask is None


# Unigram


COSTS = {"[PAD]": 0, "[UNK]": 0, "▁": 900, "▁s": 1000, "u": 1300, "un": 1800, "n": 1200, "ny": 1500, "y": 1100}


def test_worked_example_of_unigram():
    built = Unigram(list(COSTS), list(COSTS.values()))
    ids, spans, _ = built.tokenize("Sunny!", 9)
    assert [built.pieces[number] for number in ids] == ["▁s", "un", "ny", "[UNK]"]
    assert spans == [(0, 1), (1, 3), (3, 5), (5, 6)]


def test_scripts_without_spaces_have_no_mark():
    pieces = ["[PAD]", "[UNK]", "▁a", "กข", "คง", "漢字"]
    built = Unigram(pieces, [0, 0, 1, 1, 1, 1])
    assert built.tokenize("กขคง", 9).ids == built.tokenize("กข คง", 9).ids == [3, 4]
    assert built.tokenize("漢字A漢字", 9).ids == [5, 2, 5]


def test_unknown_code_points_that_stand_together_are_one_piece():
    built = Unigram(["[PAD]", "[UNK]", "▁", "a"], [0, 0, 5, 5])
    assert built.tokenize("xxaxx", 9) == ([2, 1, 3, 1], [(0, 0), (0, 2), (2, 3), (3, 5)], False)


pieces_and_costs = st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(0, 6), max_size=12)


@given(costs=pieces_and_costs, word=st.text("abcd", min_size=1, max_size=9))
def test_the_cheapest_path_is_found_and_ties_are_as_specified(costs, word):
    built = Unigram(["[PAD]", "[UNK]", *costs], [0, 0, *costs.values()])
    unknown = max(costs.values(), default=0) + 2560

    @cache
    def best(end):
        if not end:
            return 0, ()
        paths = []
        for start in range(end):
            part = word[start:end]
            if part in costs or end - start == 1:
                cost, path = best(start)
                paths.append((cost + costs.get(part, unknown), start, (*path, part)))
        cost, _, path = min(paths)
        return cost, path

    merged = []
    for part in best(len(word))[1]:
        if part not in costs and merged and merged[-1][0] == 1:
            merged[-1] = 1, merged[-1][1] + part
        else:
            merged.append((built.pieces.index(part) if part in costs else 1, part))
    assert [(number, word[start:end]) for number, start, end in built.cheapest(word)] == merged


# The asset


def test_assets_give_their_vocabularies_again():
    found = read_vocabulary(wordpiece_asset(PIECES, lowercase=False))
    assert isinstance(found, WordPiece)
    assert (list(found.pieces), found.lowercase) == (PIECES, False)
    found = read_vocabulary(unigram_asset(list(COSTS), list(COSTS.values())))
    assert isinstance(found, Unigram)
    assert dict(zip(found.pieces, found.costs, strict=True)) == COSTS


def test_pieces_may_hold_any_white_space_but_a_line_feed():
    pieces = ["[PAD]", "[UNK]", "\u2028", "\x85", "a b", "\r"]
    assert list(read_vocabulary(wordpiece_asset(pieces, lowercase=True)).pieces) == pieces


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not in edgenlp's form"),
        (b"\xff", "not in edgenlp's form"),
        (b"[PAD]\n[UNK]\n", "not in edgenlp's form"),
        (b'{"edgenlp_vocabulary": 1}\n', "not in edgenlp's form"),
        (b'"edgenlp_vocabulary"\n', "not in edgenlp's form"),
        (b'{"edgenlp_vocabulary": 2, "kind": "wordpiece"}\n', "newer edgenlp"),
        (b'{"edgenlp_vocabulary": 1, "kind": "bpe"}\n', "newer edgenlp"),
        (b'{"edgenlp_vocabulary": 1, "kind": "wordpiece"}\n[PAD]\n[UNK]\n', "lowercase"),
        (wordpiece_asset(["[PAD]", "a"], True), "no [UNK]"),
        (wordpiece_asset(["[UNK]"], True), "no [PAD]"),
        (wordpiece_asset(["[PAD]", "[UNK]", "a", "a"], True), "twice"),
        (wordpiece_asset(["[PAD]", "[UNK]", ""], True), "empty"),
        (unigram_asset(["[PAD]", "[UNK]"], [0, 0]).replace(b"0 [UNK]", b"x [UNK]"), "cost"),
        (unigram_asset(["[PAD]", "[UNK]"], [0, -1]), "cost"),
        (unigram_asset(["[PAD]", "[UNK]"], [0, 0])[:-7], "no [UNK]"),
    ],
)
def test_a_damaged_asset_is_one_sentence(content, said):
    with pytest.raises(ModelError) as caught:
        read_vocabulary(content)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# BERT's table


@pytest.mark.slow
def test_generator_gives_the_committed_bytes(bert):
    assert bert.build() == bert.TARGET.read_bytes()


@given(text=any_text)
def test_forms_are_what_the_generator_says(bert, text):
    from edgenlp.text.vocabulary.wordpiece import _folded, _table

    for char in text:
        assert _table().cased[ord(char)] == bert.cased_class(ord(char))
        letter = _table().uncased[ord(char)]
        assert letter == bert.uncased_class(ord(char))
        if letter not in "es":
            assert _folded()[char] == bert.folded(char)


def test_specification_names_the_committed_table():
    content = (ROOT / "edgenlp" / "text" / "bert.bin").read_bytes()
    specification = (ROOT / "docs" / "text-spec.md").read_text(encoding="utf-8")
    assert f"{len(content):,} bytes" in specification
    assert hashlib.sha256(content).hexdigest() in specification
