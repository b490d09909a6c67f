"""The words of rows, as the tools that make dictionaries count them."""

import texts
from edgenlp.interfaces import Example


def test_words_are_as_most_texts_write_them_and_letters_alone():
    rows = [Example("Das Wetter: 3 Wecker", ""), Example("wecker, Wecker, das!", ""), Example("das", "")]
    assert texts.vocabulary(rows, 2) == ["das", "Wecker"]
