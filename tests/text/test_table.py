import hashlib
import unicodedata
from pathlib import Path

import pytest

from edgenlp.text import table


def test_generator_gives_the_committed_bytes(tool):
    assert tool.build() == tool.TARGET.read_bytes()


def test_combining_classes_are_unicodes(tool):
    expected = {point: unicodedata.combining(chr(point)) for point in range(0x110000)}
    assert table().combining == {point: value for point, value in expected.items() if value}


def test_foldings_are_a_fixed_point():
    foldings = table().foldings
    assert not {char for folded in foldings.values() for char in folded if ord(char) in foldings}


@pytest.mark.parametrize(
    ("letter", "chars"),
    [
        ("s", "\0\t\n\x1f\x7f\x85 \u00a0\u200b\u200e\u200f\u202e\u2066\u3000\ufeff"),
        ("u", "AZÀΩЖǅＡ𝐀"),
        ("l", "azßıгაａ"),
        ("a", "אبकকகㅎ한中"[:-1] + "ʰⅧ"[:1]),
        ("d", "059٠०๑９𝟎"),
        ("x", "\u0301\u093e\u094d\u0e31\u0e32\u0e33\u200c\ufe0f\u20e3\u00ad\u30fc🏽\U000e0067"),
        ("j", "\u200d"),
        ("b", "\u1039\u17d2"),
        ("v", "เแโใไເໄ"),
        ("c", "กฮๆฯກខက"),
        ("h", "中々〇あ豈𠮷"),
        ("k", "アｱヵ"),
        ("r", "🇩"),
        ("o", "!'_$€½²😀\ue000\u0378\ud800\udfff\u0600"),
    ],
)
def test_classes(letter, chars):
    assert {char: table().classes[ord(char)] for char in chars} == dict.fromkeys(chars, letter)


def test_specification_names_the_committed_table(tool):
    content = tool.TARGET.read_bytes()
    specification = (Path(__file__).parents[2] / "docs" / "text-spec.md").read_text(encoding="utf-8")
    assert f"{len(content):,} bytes" in specification
    assert hashlib.sha256(content).hexdigest() in specification
