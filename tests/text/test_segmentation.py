from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.text import golden_texts, segment, table

CHARS = sorted({char for golden in golden_texts() for char in golden.text})
any_text = st.text(st.one_of(st.sampled_from(CHARS), st.characters(exclude_categories=())), max_size=60)

ways = st.sampled_from(["unicode", "whitespace"])


def tokens(text, how="unicode"):
    spans, _ = segment(text, len(text) + 1, how)
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Set alarm for 7pm", "Set|alarm|for|7|pm"),
        ("don't", "don|'|t"),
        ("e\u0301te\u0301 12\u0301", "e\u0301te\u0301|12\u0301"),
        ("a\u00adb a\u200cb a\u200bb", "a\u00adb|a\u200cb|a|b"),
        ("क्षत्रिय हूँ", "क्षत्रिय|हूँ"),
        ("กินน้ำเปล่าไหม", "กิ|น|น้ำ|เป|ล่า|ไห|ม"),
        ("ต่าง ๆ ฯลฯ", "ต่า|ง|ๆ|ฯ|ล|ฯ"),
        ("ເປັນຂຽນ", "ເປັ|ນ|ຂຽ|ນ"),
        ("ភាសាខ្មែរ", "ភា|សា|ខ្មែ|រ"),
        ("တက္ကသိုလ်", "တ|က္က|သို|လ်"),
        ("東京らーめんとコーヒー", "東|京|らー|め|ん|と|コーヒー"),
        ("ｶﾞｷﾞ", "ｶﾞｷﾞ"),
        ("한국어를", "한국어를"),
        ("👨‍👩‍👧👍🏽🏳️‍🌈", "👨‍👩‍👧|👍🏽|🏳️‍🌈"),
        ("🇩🇪🇫🇷🇯", "🇩🇪|🇫🇷|🇯"),
        ("1️⃣#️⃣", "1️⃣|#️⃣"),
        ("\u0301\u200d \u200dx", "\u0301\u200d|\u200d|x"),
        ("a\0b\u202ec", "a|b|c"),
        ("\ud800\ud801x", "\ud800|\ud801|x"),
        ("\ud83d\u200d\ude00", "\ud83d\u200d\ude00"),
    ],
)
def test_unicode_segmentation(text, expected):
    assert tokens(text) == expected.split("|")


def test_whitespace_segmentation_keeps_words_as_they_are():
    assert tokens("7pm\u3000don't กินข้าว", "whitespace") == ["7pm", "don't", "กินข้าว"]


@given(any_text, ways)
def test_tokens_cover_all_but_separators(text, how):
    spans, truncated = segment(text, len(text) + 1, how)
    assert not truncated
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = {position for start, end in spans for position in range(start, end)}
    assert covered == {position for position, char in enumerate(text) if table().classes[ord(char)] != "s"}


@given(any_text, ways, st.integers(0, 20))
def test_limit_takes_the_first_tokens(text, how, limit):
    everything, _ = segment(text, len(text) + 1, how)
    assert segment(text, limit, how) == (everything[:limit], len(everything) > limit)


@given(any_text, any_text, ways)
def test_what_follows_changes_no_token_but_the_last(text, more, how):
    alone, together = segment(text, 99, how)[0], segment(text + more, 99, how)[0]
    assert together[: max(len(alone) - 1, 0)] == alone[:-1]


@pytest.mark.parametrize("piece", [" ", "a", "a ", "ก็ ", "\u0301", "👨\u200d", "เ"])
def test_long_texts_are_read_in_windows(piece):
    text = piece * 100_000
    everything, _ = segment(text, len(text))
    assert segment(text, 600) == (everything[:600], len(everything) > 600)


def test_only_what_the_limit_needs_is_read():
    class Watched(str):
        read = 0

        def __getitem__(self, key):
            part = super().__getitem__(key)
            Watched.read = max(Watched.read, len(part))
            return part

    assert segment(Watched("word " * 20_000), 32)[1]
    assert Watched.read <= 1_000


def test_golden_strings_are_many_and_of_many_scripts():
    goldens = golden_texts()
    assert len({golden.text for golden in goldens}) == len(goldens) >= 220
    assert len({golden.script.split(",")[0] for golden in goldens}) >= 30
    assert max(len(golden.text) for golden in goldens) == 10_000
