import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.text import golden_texts, normalize, table

CHARS = sorted({char for golden in golden_texts() for char in golden.text})
any_text = st.text(st.one_of(st.sampled_from(CHARS), st.characters(exclude_categories=())), max_size=60)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("Hello", "hello"),
        ("Straße STRASSE ẞ", "strasse strasse ss"),
        ("İI ıi", "i\u0307i ıi"),
        ("ﬁﬂ Ⅷ ǅ", "fifl viii dz\u030c"),
        ("Ａ７％", "a7%"),
        ("한각", "\u1112\u1161\u11ab\u1100\u1161\u11a8"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ("ᾳᾼ", "α\u0345α\u0345"),
        ("’“”–−", '\'""--'),
        ("a\u0301\u0323", "a\u0323\u0301"),
        ("a\u200db\u00adc\ufe0f\u202e", "abc"),
        ("क़", "क\u093c"),
        ("ก\u0e33", "ก\u0e4d\u0e32"),
        ("ﷺ", "صلى الله عليه وسلم"),
        ("\ud800É\udfff", "\ud800e\u0301\udfff"),
        ("\u200d", ""),
    ],
)
def test_normalisation(token, expected):
    assert normalize(token) == expected


@given(any_text)
def test_it_is_idempotent(text):
    assert normalize(normalize(text)) == normalize(text)


@given(any_text)
def test_canonically_equivalent_texts_are_the_same(tool, text):
    assert normalize(unicodedata.normalize("NFC", text)) == normalize(text)
    assert normalize(unicodedata.normalize("NFD", text)) == normalize(text)


@given(any_text)
def test_it_is_the_platforms_own_folding(tool, text):
    def fold(text):
        decomposed = unicodedata.normalize("NFKD", text)
        kept = (char for char in decomposed if ord(char) not in tool.DEFAULT_IGNORABLE)
        cased = "".join(char if char == tool.YPOGEGRAMMENI else char.casefold() for char in kept)
        return unicodedata.normalize("NFKD", cased.translate(tool.TYPOGRAPHIC))

    folded = fold(text)
    while folded != fold(folded):
        folded = fold(folded)
    assert normalize(text) == folded


def test_ascii_needs_no_table():
    ascii_only = [chr(point) for point in range(128)]
    assert [table().foldings.get(ord(char), char) for char in ascii_only] == [normalize(char) for char in ascii_only]
