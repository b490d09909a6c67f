"""Makes word pairs for the augmentation `code_switch` out of a multilingual model's embeddings.

Where no dictionary is free, or it says "danger bell" for an alarm, the teacher's own model knows which words of another
language are near a word (Conneau et al., ICLR 2018: each language's mean is taken off, and neighbours are those of
greatest cross-domain similarity local scaling, which keeps hubs from being everyone's neighbour). With files of one
language on both sides it gives words that may stand for each other: `hi-hi.txt`.

    python tools/embedding_dictionary.py mtop:train.jsonl --text lines:hi.txt --model FOLDER --out en-hi.txt
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edgenlp.artifact.files import check_place
from edgenlp.cli.arguments import positive
from edgenlp.errors import DataError, EdgeNLPError
from edgenlp.text import normalize
from edgenlp_augmentation.embedding_replacement import WHAT, embed, unit
from edgenlp_augmentation.teachers import find_teacher
from texts import read, vocabulary, write

NEIGHBOURS: Final = 10
"""Of a word, whose mean similarity says how crowded its place is."""


def similarities(own: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cross-domain similarity local scaling: 2 cos(x, y) - r(x) - r(y), r being the mean over the ten nearest.

    Args:
        own: float32 [words, width].
        other: float32 [other words, width].

    Returns:
        float32 [words, other words].
    """
    cosines = unit(own - own.mean(axis=0)) @ unit(other - other.mean(axis=0)).T
    return 2 * cosines - _crowd(cosines)[:, np.newaxis] - _crowd(cosines.T)


def pairs(own: Sequence[str], other: Sequence[str], model: str, most: int, least: float) -> list[tuple[str, str]]:
    """Each word's nearest words, the nearest first.

    Args:
        own: distinct words.
        other: distinct words to choose from; a word does not stand for itself.
        model: a folder.
        most: how many for a word.
        least: their similarity.

    Raises:
        EdgeNLPError: the model cannot be read, or embeds nothing.
    """
    teacher, config = find_teacher("embedding_dictionary", {"name": "keras_hub", "model": model}, WHAT)
    near = similarities(embed(own, teacher, config), embed(other, teacher, config))
    numbers = {normalize(word): number for number, word in enumerate(other)}
    for number, word in enumerate(own):
        if (itself := numbers.get(normalize(word))) is not None:
            near[number, itself] = -np.inf
    return [
        (word, other[place])
        for word, row in zip(own, near, strict=True)
        for place in np.argsort(-row)[:most]
        if row[place] >= least
    ]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", metavar="READER:FILE", help="whose words are looked up")
    parser.add_argument("--text", nargs="+", required=True, metavar="READER:FILE", help="of the other language")
    parser.add_argument("--model", required=True, metavar="FOLDER", help="multilingual, in Hugging Face's form")
    parser.add_argument("--out", type=Path, required=True, help="named after the languages, such as en-hi.txt")
    parser.add_argument("--words", type=positive, default=8000, help="the most frequent ones (default: %(default)s)")
    parser.add_argument("--most", type=positive, default=3, help="translations of a word (default: %(default)s)")
    parser.add_argument("--least", type=float, default=0.1, help="their similarity (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        check_place(arguments.out)
        own = vocabulary(read(arguments.rows), arguments.words)
        other = vocabulary(read(arguments.text), 3 * arguments.words)
        if not own or not other:
            raise DataError("there are no words of letters in " + " ".join(arguments.text if own else arguments.rows))
        found = pairs(own, other, arguments.model, arguments.most, arguments.least)
        write(arguments.out, map("\t".join, found))
    except EdgeNLPError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{arguments.out}: {len(found):,} pairs of {len(own):,} words")


def _crowd(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    count = min(NEIGHBOURS, cosines.shape[1])
    crowd: NDArray[np.float32] = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
    return crowd


if __name__ == "__main__":
    main()
