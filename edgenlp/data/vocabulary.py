"""Where vocabularies come from: a teacher's folder, or training on raw text."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from edgenlp.data.lines import numbered_lines, place, read_bytes
from edgenlp.errors import DataError, MissingExtraError, ModelError
from edgenlp.text.vocabulary import MASK, PADDING, UNKNOWN, read_vocabulary, unigram_asset, wordpiece_asset
from edgenlp.text.vocabulary.unigram import COSTS_PER_NAT, fold_word, words

VOCABULARY_FILE: Final = "vocab.txt"
TOKENIZER_FILE: Final = "tokenizer_config.json"
MODEL_FILE: Final = "config.json"
KERAS_HUB_VOCABULARY_FILE: Final = "assets/tokenizer/vocabulary.txt"
KERAS_HUB_TOKENIZER_FILE: Final = "tokenizer.json"
KERAS_HUB_WORDPIECE: Final = ("BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer")

_BERTS_WAYS: Final[dict[str, tuple[Any, ...]]] = {
    "do_basic_tokenize": (True,),
    "tokenize_chinese_chars": (True,),
    "never_split": (None, []),
}
"""Settings of a Hugging Face tokenizer that change pieces, and the values with which it is BERT's."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_THREADS: Final = 4
"""Of the trainer, whatever the machine has: the sums of its threads are part of the result."""

_LONGEST_WORD_BYTES: Final = 1 << 14
_TOO_MANY: Final = re.compile(r"value <= (\d+)")
_TOO_FEW: Final = re.compile(r"required_chars\. \d+ vs (\d+)")


def fitted_vocabulary(texts: Iterable[str], file: str, size: int) -> bytes:
    """The asset of an encoder's vocabulary: the one that `file` names, or a unigram vocabulary trained on the texts.

    Args:
        texts: of the training rows.
        file: as `vocabulary_asset` takes it; empty to train one.
        size: pieces of the vocabulary that is trained.

    Raises:
        DataError: the file is no vocabulary, or the texts are too few or too many for the size that is asked for.
    """
    if "://" in file:
        raise DataError(
            f"{file} is a name of a hub's, and a vocabulary is read from a file or a folder: name its folder."
        )
    return vocabulary_asset(Path(file)) if file else train_unigram(count_words(texts), size)


def vocabulary_asset(path: Path) -> bytes:
    """The asset of a vocabulary: a file that `edgenlp vocab` wrote, or the folder of a BERT-family model.

    Raises:
        DataError: there is none; the message names the file and what is wrong.
    """
    if path.is_dir():
        return wordpiece_from_folder(path)
    content = read_bytes(path)
    try:
        read_vocabulary(content)
    except ModelError as error:
        raise DataError(f"{path}: {error}") from error
    return content


def wordpiece_from_folder(folder: Path) -> bytes:
    """The asset of the WordPiece vocabulary in a model's folder of Hugging Face's form, or of KerasHub's.

    Args:
        folder: holds `vocab.txt` and `tokenizer_config.json` with `do_lower_case`; where it holds `config.json` too,
            the vocabulary must fit its `vocab_size`. One that KerasHub saved holds `assets/tokenizer/vocabulary.txt`
            and `tokenizer.json`.

    Raises:
        DataError: a file is missing or damaged, or the tokenizer is not BERT's.
    """
    if (folder / KERAS_HUB_VOCABULARY_FILE).is_file():
        return wordpiece_asset(_pieces(folder / KERAS_HUB_VOCABULARY_FILE), _keras_hub_lowercase(folder))
    if not (folder / VOCABULARY_FILE).is_file():
        raise DataError(f"{folder} holds no {VOCABULARY_FILE}: it is not the folder of a BERT-family model.")
    pieces = _pieces(folder / VOCABULARY_FILE)
    size = _json(folder / MODEL_FILE).get("vocab_size") if (folder / MODEL_FILE).exists() else None
    if isinstance(size, int) and len(pieces) > size:
        raise DataError(
            f"{folder / VOCABULARY_FILE} is of another model: it has {len(pieces):,} pieces, "
            f"and {place(folder / MODEL_FILE, field='vocab_size')} is {size:,}."
        )
    return wordpiece_asset(pieces, _lowercase(folder / TOKENIZER_FILE))


def _pieces(path: Path) -> list[str]:
    pieces: dict[str, int] = {}
    for number, piece in numbered_lines(path):
        if not piece:
            raise DataError(f"{place(path, number)}: there is no piece on it.")
        if piece in pieces:
            raise DataError(f"{place(path, number)}: {piece!r} stands on line {pieces[piece]} already.")
        pieces[piece] = number
    for special in (PADDING, UNKNOWN):
        if special not in pieces:
            raise DataError(f"{path} has no piece {special}: it is not the vocabulary of a BERT-family model.")
    return list(pieces)


def _lowercase(path: Path) -> bool:
    settings = _json(path)
    lowercase = settings.get("do_lower_case")
    if not isinstance(lowercase, bool):
        raise DataError(f"{place(path, field='do_lower_case')}: must be true (uncased) or false (cased).")
    ways = {**_BERTS_WAYS, "strip_accents": (None, lowercase)}
    for key, usual in ways.items():
        value = settings.get(key, usual[0])
        if value not in usual:
            raise DataError(
                f"{place(path, field=key)}: {value!r} is not BERT's way, and the only one is {usual[-1]!r} here."
            )
    return lowercase


def _keras_hub_lowercase(folder: Path) -> bool:
    path = folder / KERAS_HUB_TOKENIZER_FILE
    tokenizer = _json(path)
    settings = tokenizer.get("config")
    lowercase = settings.get("lowercase") if isinstance(settings, dict) else None
    if tokenizer.get("class_name") not in KERAS_HUB_WORDPIECE or not isinstance(lowercase, bool):
        raise DataError(f"{path} is of no BERT-family model: its tokenizer is {tokenizer.get('class_name')!r}.")
    return lowercase


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(value, dict):
        raise DataError(f"{path} is not a JSON object.")
    return value


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each folded word of a unigram vocabulary occurs in the texts; none with a lone surrogate."""
    written: Counter[str] = Counter()
    for text in texts:
        written.update(text[start:end] for start, end in words(text))
    folded: Counter[str] = Counter()
    for word, count in written.items():
        if not _SURROGATE.search(word):
            folded[fold_word(word)] += count
    del folded[""]
    return folded


def train_unigram(counts: Mapping[str, int], size: int) -> bytes:
    """Train a unigram vocabulary with sentencepiece (Kudo 2018) and return its asset.

    The same counts and size give the same bytes, whatever the machine.

    Args:
        counts: of folded words, see `count_words`.
        size: the number of pieces, `[PAD]`, `[UNK]` and `[MASK]` among them.

    Raises:
        DataError: there are no words, or too few or too many pieces are asked of them.
        MissingExtraError: sentencepiece is not installed.
    """
    if not counts:
        raise DataError("a vocabulary cannot be trained on texts without a single word.")
    try:
        import sentencepiece
    except ModuleNotFoundError as error:
        raise MissingExtraError('sentencepiece is not installed: pip install "edgenlp[default]"') from error
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(f"{word}\t{count}" for word, count in sorted(counts.items(), key=_rank)),
            input_format="tsv",
            model_writer=model,
            model_type="unigram",
            vocab_size=size,
            # Words come folded and cut: what the trainer would do by itself is left out.
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            split_by_unicode_script=False,
            split_by_number=False,
            max_sentence_length=_LONGEST_WORD_BYTES,
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            pad_piece=PADDING,
            unk_piece=UNKNOWN,
            control_symbols=[MASK],
            num_threads=_THREADS,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise _size_error(size, str(error)) from error
    trained = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    numbers = range(trained.get_piece_size())
    costs = [round(-trained.get_score(number) * COSTS_PER_NAT) for number in numbers]
    return unigram_asset([trained.id_to_piece(number) for number in numbers], costs)


def _rank(entry: tuple[str, int]) -> tuple[int, str]:
    word, count = entry
    return -count, word


def _size_error(size: int, reason: str) -> DataError:
    if found := _TOO_MANY.search(reason):
        return DataError(
            f"a vocabulary of {size:,} pieces is too large for this text, which gives at most {int(found[1]):,}: "
            "ask for fewer (encoder.vocabulary_size of a recipe, --size of edgenlp vocab), or add text."
        )
    if found := _TOO_FEW.search(reason):
        return DataError(
            f"a vocabulary of {size:,} pieces is too small for this text, whose characters alone are "
            f"{int(found[1]):,}: ask for more."
        )
    return DataError(f"a vocabulary of {size:,} pieces cannot be trained on this text: {reason}")
