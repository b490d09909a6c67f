"""A vocabulary as bytes that travel in a model file (docs/text-spec.md, Vocabularies)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from edgenlp.errors import ModelError
from edgenlp.text.vocabulary.unigram import Unigram
from edgenlp.text.vocabulary.vocabulary import PADDING, UNKNOWN, Vocabulary
from edgenlp.text.vocabulary.wordpiece import WordPiece

FORMAT: Final = 1
_FORMAT_KEY: Final = "edgenlp_vocabulary"


def wordpiece_asset(pieces: Sequence[str], lowercase: bool) -> bytes:
    """The bytes of a WordPiece vocabulary; arguments as for `WordPiece`."""
    return _asset({_FORMAT_KEY: FORMAT, "kind": "wordpiece", "lowercase": lowercase}, pieces)


def unigram_asset(pieces: Sequence[str], costs: Sequence[int]) -> bytes:
    """The bytes of a unigram vocabulary; arguments as for `Unigram`."""
    lines = [f"{cost} {piece}" for cost, piece in zip(costs, pieces, strict=True)]
    return _asset({_FORMAT_KEY: FORMAT, "kind": "unigram"}, lines)


def _asset(header: dict[str, Any], lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in (json.dumps(header), *lines)).encode("utf-8")


def read_vocabulary(content: bytes) -> Vocabulary:
    """The vocabulary that an asset holds, of whichever kind.

    Raises:
        ModelError: it is none, it is damaged, or a newer edgenlp made it.
    """
    try:
        first, *lines = content.decode("utf-8").removesuffix("\n").split("\n")
        header = json.loads(first)
        number = header[_FORMAT_KEY]
        kind = header["kind"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError("The vocabulary is not in edgenlp's form, or damaged; make it again.") from error
    if number != FORMAT or kind not in ("wordpiece", "unigram"):
        raise ModelError(f"The vocabulary's form is {number!r}, {kind!r}, which a newer edgenlp made; upgrade it.")
    if kind == "wordpiece":
        lowercase = header.get("lowercase")
        if not isinstance(lowercase, bool):
            raise _damaged("it does not say whether it is lowercase")
        return WordPiece(_checked(lines), lowercase)
    entries = [line.partition(" ") for line in lines]
    if not all(cost.isascii() and cost.isdecimal() for cost, _, _ in entries):
        raise _damaged("a cost is no whole number")
    return Unigram(_checked([piece for _, _, piece in entries]), [int(cost) for cost, _, _ in entries])


def _checked(pieces: list[str]) -> list[str]:
    distinct = set(pieces)
    for special in (PADDING, UNKNOWN):
        if special not in distinct:
            raise _damaged(f"it has no {special}")
    if "" in distinct:
        raise _damaged("a piece is empty")
    if len(distinct) < len(pieces):
        raise _damaged("it has a piece twice")
    return pieces


def _damaged(reason: str) -> ModelError:
    return ModelError(f"The vocabulary is damaged ({reason}); make it again.")
