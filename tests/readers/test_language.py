"""Whose word counts on a row's language: the data's, then the user's, then what a reader presumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgenlp.data.readers import READERS
from edgenlp.data.readers.language import Presumed, of_name, settle_language
from edgenlp.training import read_recipe
from edgenlp.training.splits import read_splits

SAMPLES = Path(__file__).parents[1] / "data"
READER = {reader.name: reader for reader in READERS}
CONLL = "1\thi\tA\tO\n"
SHORT = "1\thi\t[IN:A ]\n"
JSON = '{"question": "hi", "logical_form": "[IN:A ]"}\n'
ORIGINAL = "1\tIN:A\t\thi\tunknown\ten_XX\t[IN:A ]\t{}\n"
RECIPE = """
name = "small"
encoder = { name = "pqrnn" }
head = { name = "semantic_parsing" }
[data]
tuning_share = 0.0
"""


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("de.dev.tsv", "de"),
        ("de.tsv", "de"),
        ("de-st.valid.conll", "de-st"),
        ("pt-BR.train.tsv", "pt-BR"),
        ("gsw.valid.conll", "gsw"),
        ("nap.valid.conll", "nap"),
        *((f"{word}.conll", "") for word in ("dev", "new", "train", "test", "eval", "valid", "val", "all", "my_own")),
        ("dev.clean.tsv", ""),
        ("eval-th.tsv", ""),
        ("de", ""),
        *((f"en-{split}.tsv", "en") for split in ("train", "dev", "valid", "val", "validation")),
        *((f"en-{split}.conll", "en") for split in ("test", "eval", "data")),
        ("pt-BR-Train-small.tsv", "pt-BR"),
        ("de-st-dev.clean.conll", "de-st"),
        ("de-devan.tsv", "de-devan"),
        ("dev-en.tsv", ""),
    ],
)
def test_the_language_of_a_file_name(name, language):
    assert of_name(Path("xx.folder") / name) == language


@pytest.mark.parametrize(
    ("read", "said", "settled"),
    [
        ("hi", "de", "hi"),
        ("hi", "", "hi"),
        ("", "de", "de"),
        (Presumed("hi"), "de", "de"),
        (Presumed("hi"), "", "hi"),
        (Presumed(""), "de", "de"),
        ("", "", ""),
    ],
)
def test_the_data_come_before_the_user_and_the_user_before_what_is_presumed(read, said, settled):
    assert settle_language(read, said) == settled
    assert type(settle_language(read, said)) is str


@pytest.mark.parametrize(
    ("format", "name", "content", "alone", "said"),
    [
        ("conll", "en.conll", CONLL, "en", "de"),
        ("conll", "dev.conll", CONLL, "", "de"),
        ("mtop", "en.dev.tsv", SHORT, "en", "de"),
        ("mtop", "dev.tsv", SHORT, "", "de"),
        ("mtop", "en.dev.jsonl", JSON, "en", "de"),
        ("mtop", "dev.jsonl", JSON, "", "de"),
        ("mtop", "dev.tsv", ORIGINAL, "en", "en"),
        ("mtod", "a.tsv", "A\t\thi\ten_XX\t\n", "en", "en"),
        ("clinc", "a.json", '{"train": [["hi", "b"]]}', "en", "de"),
        ("glue", "a.tsv", "sentence\tlabel\nhi\t1\n", "en", "de"),
    ],
)
def test_a_recipe_is_asked_before_what_is_presumed(format, name, content, alone, said, tmp_path):
    (tmp_path / name).write_text(content)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)

    def language(source):
        splits = read_splits(read_recipe(recipe, [f"data.train=[{source}]"]), tmp_path)
        (row,) = splits.train
        return row.language

    source = f"path='{name}', format='{format}'"
    assert language(f"{{{source}}}") == alone == next(iter(READER[format].read(tmp_path / name))).language
    assert language(f"{{{source}, language='de'}}") == said
    # an option of the reader is said of all rows
    assert language(f"{{{source}, language='de', options={{language='hi'}}}}") == "hi"


def test_the_samples_keep_their_languages():
    for format, name, language in (
        ("mtop", "mtop/en.dev.jsonl", "en"),
        ("mtop", "mtop/th.dev.tsv", "th"),
        ("mtop", "mtop/original.hi.txt", "hi"),
        ("mtod", "mtod/eval-th.tsv", "th"),
        ("conll", "xsid/de-st.valid.conll", "de-st"),
        ("conll", "xsid/en.train.tsv", "en"),
    ):
        assert {example.language for example in READER[format].read(SAMPLES / name)} == {language}
