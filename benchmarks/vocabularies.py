"""Vocabularies against tensorflow-text and sentencepiece: the share of lines with equal ids and offsets, and times.

Raw lines in ten languages and more, as they come, are cut by `WordPiece` and by tensorflow-text's `FastBertTokenizer`
(uncased, cased) with the same pieces, and by `Unigram` and sentencepiece with the same pieces and scores. Offsets are
compared in the caller's line for WordPiece, and in the folded words for unigram, where folding is ours. Our times are
for one line after another, with words seen before kept; those of the others are for batches of lines, and
sentencepiece's for lines that are folded already.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from edgenlp.cli.arguments import positive
from edgenlp.data.lines import numbered_lines
from edgenlp.data.vocabulary import vocabulary_asset
from edgenlp.errors import DataError
from edgenlp.interfaces import Span
from edgenlp.text import golden_texts
from edgenlp.text.vocabulary import MASK, PADDING, UNKNOWN, Unigram, Vocabulary, WordPiece, read_vocabulary
from edgenlp.text.vocabulary.unigram import COSTS_PER_NAT, fold_word, words
from report import ROOT, Promise, Report, parser, run
from samples import distinct, text_files, utterances

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

LANGUAGES: Final = ("en", "de", "es", "fr", "hi", "th", "ar", "ja", "ko", "zh", "ru", "el", "ta", "vi", "ka")
LINES: Final = 100_000
BATCH: Final = 1_000
TIMED_WORDS: Final = 10
TIMED_LINES: Final = 200
MOST_PIECES: Final = 1_000_000
SHOWN: Final = 5
MOST_WARM_US: Final = 60.0
MOST_COLD_US: Final = 150.0

_GOLDEN: Final = ROOT / "tests" / "golden" / "vocabulary"

Cut = tuple[list[int], list[Span]]
"""Ids and offsets."""


class Comparison(NamedTuple):
    """What was found for one vocabulary.

    Attributes:
        name: of the vocabulary.
        equal_ids: share of lines.
        equal: share of lines with equal ids and equal offsets.
        ours: mean microseconds of a line, of the processor's time.
        theirs: the same of the other library.
        differing: the first lines that differ.
    """

    name: str
    equal_ids: float
    equal: float
    ours: float
    theirs: float
    differing: list[str]


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, data=True)
    made.add_argument(
        "--wordpiece", type=Path, metavar="FOLDER", help="of a BERT-family model (default: a small vocabulary of tests)"
    )
    made.add_argument(
        "--unigram", type=Path, metavar="FILE", help="that `edgenlp vocab` wrote (default: a small one of tests)"
    )
    made.add_argument("--lines", type=positive, default=LINES, help="at most (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """All three comparisons, and the times of ten English words."""
    raw = {language: _lines(text_files(language, options.data), options.lines) for language in LANGUAGES}
    raw = {language: found for language, found in raw.items() if found}
    if not raw:
        raise DataError(f"there is no raw text in {options.data}: it should hold raw_text/SOURCE/LANGUAGE.txt.")
    lines = [*sample(list(raw.values()), options.lines), *(g.text for g in golden_texts() if is_unicode(g.text))]
    wordpiece = read_vocabulary(vocabulary_asset(options.wordpiece or _GOLDEN / "uncased"))
    unigram = read_vocabulary(vocabulary_asset(options.unigram or _GOLDEN / "unigram"))
    if not isinstance(wordpiece, WordPiece) or not isinstance(unigram, Unigram):
        raise DataError("--wordpiece takes a WordPiece vocabulary, --unigram a unigram one.")
    comparisons = [
        compare_wordpiece("WordPiece, uncased", WordPiece(wordpiece.pieces, lowercase=True), lines),
        compare_wordpiece("WordPiece, cased", WordPiece(wordpiece.pieces, lowercase=False), lines),
        compare_unigram("unigram", unigram, lines),
    ]
    english = [line for line in raw.get("en", utterances("dev", None)) if len(line.split()) == TIMED_WORDS]
    times = _times(wordpiece, english[:TIMED_LINES])
    rows = [(c.name, f"{c.equal_ids:.3%}", f"{c.equal:.3%}", f"{c.ours:.1f}", f"{c.theirs:.1f}") for c in comparisons]
    return Report(
        {"lines": len(lines), "languages": list(raw), **{c.name: c._asdict() for c in comparisons}, "ten_words": times},
        [("vocabulary", "equal ids", "and offsets", "ours, CPU µs a line", "theirs"), *rows],
        (
            f"{len(lines):,} lines in {len(raw)} languages, {statistics.mean(map(len, lines)):.0f} characters on "
            f"average; {len(wordpiece.pieces):,} WordPiece pieces, {len(unigram.pieces):,} unigram pieces",
            *(f"{c.name} differs: {text!a}" for c in comparisons for text in c.differing),
        ),
        [
            *(Promise(f"{c.name}: share of equal lines", c.equal, "at least", 1.0) for c in comparisons),
            Promise(
                f"WordPiece, {TIMED_WORDS} English words, warm, microseconds", times["warm"], "at most", MOST_WARM_US
            ),
            Promise(
                f"WordPiece, {TIMED_WORDS} English words, cold, microseconds", times["cold"], "at most", MOST_COLD_US
            ),
        ],
    )


def _lines(paths: Sequence[Path], count: int) -> list[str]:
    """The first distinct lines of files, blank ones left out."""
    return list(itertools.islice(distinct(line for path in paths for _, line in numbered_lines(path) if line), count))


def sample(by_language: Sequence[Sequence[str]], count: int) -> list[str]:
    """At most `count` lines, the languages in turn for as long as each has lines."""
    turns = itertools.zip_longest(*by_language)
    return list(itertools.islice((line for turn in turns for line in turn if line is not None), count))


def is_unicode(text: str) -> bool:
    """Whether the text holds no lone surrogate, for which other libraries have no input."""
    return not any(0xD800 <= ord(char) < 0xE000 for char in text)


def compare_wordpiece(name: str, vocabulary: WordPiece, lines: Sequence[str]) -> Comparison:
    """Against tensorflow-text."""
    import tensorflow as tf
    import tensorflow_text  # type: ignore[import-untyped, unused-ignore]

    tokenizer = tensorflow_text.FastBertTokenizer(
        vocab=list(vocabulary.pieces), lower_case_nfd_strip_accents=vocabulary.lowercase
    )
    theirs: list[Cut] = []
    seconds = 0.0
    for first in range(0, len(lines), BATCH):
        batch = tf.constant([line.encode() for line in lines[first : first + BATCH]])
        start = time.process_time()
        found = tokenizer.tokenize_with_offsets(batch)
        seconds += time.process_time() - start
        parts = zip(*(part.to_list() for part in found), strict=True)
        theirs += ((ids, list(zip(starts, ends, strict=True))) for ids, starts, ends in parts)
    ours, our_seconds = _ours(vocabulary, lines)
    equal_ids = [ids == their_ids for (ids, _), (their_ids, _) in zip(ours, theirs, strict=True)]
    equal = [
        same and byte_spans(line, spans) == their_spans
        for same, line, (_, spans), (_, their_spans) in zip(equal_ids, lines, ours, theirs, strict=True)
    ]
    return _comparison(name, lines, equal_ids, equal, our_seconds, seconds)


def compare_unigram(name: str, vocabulary: Unigram, lines: Sequence[str]) -> Comparison:
    """Against sentencepiece, which is given the folded words."""
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model(vocabulary))
    cut = [[fold_word(line[start:end]) for start, end in words(line)] for line in lines]
    distinct = list({word: None for line in cut for word in line})
    encoded = processor.encode(distinct, return_type="offset_mapping", num_threads=1)
    theirs = dict(zip(distinct, encoded, strict=True))
    unlike = {word for word in distinct if _cut(vocabulary, word) != (theirs[word]["ids"], theirs[word]["offsets"])}
    joined = ["".join(line) for line in cut]
    start = time.process_time()
    processor.encode(joined, num_threads=1)
    seconds = time.process_time() - start
    ours, our_seconds = _ours(vocabulary, lines)
    equal_ids = [
        ids == [number for word in line for number in theirs[word]["ids"]]
        for (ids, _), line in zip(ours, cut, strict=True)
    ]
    equal = [same and unlike.isdisjoint(line) for same, line in zip(equal_ids, cut, strict=True)]
    return _comparison(name, lines, equal_ids, equal, our_seconds, seconds)


def sentencepiece_model(vocabulary: Unigram) -> bytes:
    """A sentencepiece model with these pieces and scores, which does nothing to the text before."""
    from sentencepiece import sentencepiece_model_pb2 as form

    model = form.ModelProto()
    model.trainer_spec.model_type = form.TrainerSpec.UNIGRAM
    model.trainer_spec.vocab_size = len(vocabulary.pieces)
    model.trainer_spec.unk_id, model.trainer_spec.pad_id = vocabulary.unknown, vocabulary.padding
    model.trainer_spec.bos_id = model.trainer_spec.eos_id = -1
    model.trainer_spec.unk_piece, model.trainer_spec.pad_piece = UNKNOWN, PADDING
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    kinds = {UNKNOWN: form.ModelProto.SentencePiece.UNKNOWN, PADDING: form.ModelProto.SentencePiece.CONTROL}
    kinds[MASK] = form.ModelProto.SentencePiece.CONTROL
    for piece, cost in zip(vocabulary.pieces, vocabulary.costs, strict=True):
        kind = kinds.get(piece, form.ModelProto.SentencePiece.NORMAL)
        model.pieces.add(piece=piece, score=-cost / COSTS_PER_NAT, type=kind)
    content: bytes = model.SerializeToString()
    return content


def byte_spans(text: str, spans: Sequence[Span]) -> list[Span]:
    """Spans of code points as spans of UTF-8 bytes."""
    offsets = list(itertools.accumulate((len(char.encode()) for char in text), initial=0))
    return [(offsets[start], offsets[end]) for start, end in spans]


def _cut(vocabulary: Unigram, word: str) -> Cut:
    path = vocabulary.cheapest(word)
    return [number for number, _, _ in path], [(start, end) for _, start, end in path]


def _ours(vocabulary: Vocabulary, lines: Sequence[str]) -> tuple[list[Cut], float]:
    gc.disable()  # as timeit does: what is kept here to be compared is millions of objects
    start = time.process_time()
    found = [vocabulary.tokenize(line, MOST_PIECES) for line in lines]
    seconds = time.process_time() - start
    gc.enable()
    return [(pieces.ids, pieces.spans) for pieces in found], seconds


def _comparison(
    name: str, lines: Sequence[str], equal_ids: list[bool], equal: list[bool], ours: float, theirs: float
) -> Comparison:
    count = len(lines)
    differing = [line for line, same in zip(lines, equal, strict=True) if not same][:SHOWN]
    microseconds = ours / count * 1e6, theirs / count * 1e6
    return Comparison(name, sum(equal_ids) / count, sum(equal) / count, *microseconds, differing)


def _times(vocabulary: WordPiece, lines: Sequence[str]) -> dict[str, float]:
    """Median microseconds of a line when no word was seen before, and when all were."""
    if not lines:
        raise DataError(f"there is no line of {TIMED_WORDS} words to measure with.")
    fresh = [WordPiece(vocabulary.pieces, vocabulary.lowercase) for _ in lines]
    cold = [_seconds(vocabulary, line) for vocabulary, line in zip(fresh, lines, strict=True)]
    for line in lines:
        vocabulary.tokenize(line, MOST_PIECES)
    warm = [_seconds(vocabulary, line) for line in lines]
    return {"cold": statistics.median(cold) * 1e6, "warm": statistics.median(warm) * 1e6}


def _seconds(vocabulary: Vocabulary, line: str) -> float:
    start = time.perf_counter()
    vocabulary.tokenize(line, MOST_PIECES)
    return time.perf_counter() - start


if __name__ == "__main__":
    run(arguments(), measure)
