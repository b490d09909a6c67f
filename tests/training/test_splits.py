import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenlp.errors import DataError, RecipeError
from edgenlp.training import read_recipe
from edgenlp.training.splits import digest, read_splits

RECIPE = """
name = "small"
[encoder]
name = "pqrnn"
[head]
name = "semantic_parsing"
[data]
tuning_share = 0.0
train = [
  { path = "en.jsonl", format = "mtop", language = "en" },
  { path = "de.tsv", format = "mtop", folded = true },
  { path = "fr.tsv", format = "mtop", folded = true },
]
"""


def table(rows):
    return "".join(f"{identity}\t{text}\t[IN:A ]\n" for identity, text in rows)


@pytest.fixture
def recipe(tmp_path):
    """English with German and French rows of the ids 0 to 49; one English text is that of the German row 7."""
    texts = [*(f"english {n}" for n in range(20)), "Zeile  SIEBEN."]
    (tmp_path / "en.jsonl").write_text(
        "".join(json.dumps({"question": text, "logical_form": "[IN:A ]"}) + "\n" for text in texts)
    )
    for language, line in (("de", "zeile"), ("fr", "ligne")):
        rows = [(n, "Zeile sieben ." if language == "de" and n == 7 else f"{line} {n}") for n in range(50)]
        (tmp_path / f"{language}.tsv").write_text(table(rows))
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


def split(path, *overrides):
    return read_splits(read_recipe(path, list(overrides)), path.parent)


def ids(examples):
    return {example.id for example in examples if example.id}


def test_without_folds_all_rows_train(recipe):
    splits = split(recipe)
    assert splits.counts == {
        "train_rows": 121,
        "unlabelled_rows": 0,
        "known_unlabelled_rows": 0,
        "tuning_rows": 0,
        "dev_rows": 0,
        "dropped_rows": 0,
    }


def test_a_fold_holds_out_all_languages_of_a_meaning(recipe):
    seen = []
    for fold in range(5):
        splits = split(recipe, "data.folds=5", f"data.fold={fold}")
        held_out = ids(splits.dev)
        assert not held_out & ids(splits.train)
        assert len(held_out) > 2
        for language in ("de", "fr"):
            assert ids(row for row in splits.dev if row.language == language) == held_out
        # the English text of row 7 is dropped where row 7 is measured, and trains elsewhere
        assert splits.dropped == ("mtop 7" in held_out)
        assert sum(row.text == "Zeile  SIEBEN." for row in splits.train) == ("mtop 7" not in held_out)
        assert sum(splits.counts.values()) == 121
        seen += held_out
    assert sorted(seen) == sorted(f"mtop {n}" for n in range(50))


def test_training_rows_that_mean_the_same_as_a_dev_row_are_dropped(recipe):
    (recipe.parent / "es.tsv").write_text(table([(3, "fila 3"), (400, "ENGLISH 5")]))
    splits = split(recipe, "data.dev=[{path='es.tsv', format='mtop'}]")
    assert splits.dropped == 3
    assert not {"english 5", "zeile 3", "ligne 3"} & {row.text for row in splits.train}
    assert [row.id for row in splits.dev] == ["mtop 3", "mtop 400"]


def test_tuning_rows_of_their_own_take_the_place_of_a_share(recipe):
    (recipe.parent / "es.tsv").write_text(table([(3, "fila 3"), (400, "ENGLISH 5")]))
    (recipe.parent / "it.tsv").write_text(table([(4, "riga 4")]))
    splits = split(
        recipe,
        "data.tuning_share=0.5",
        "data.tuning=[{path='es.tsv', format='mtop'}]",
        "data.dev=[{path='it.tsv', format='mtop'}]",
    )
    assert [row.id for row in splits.tuning] == ["mtop 3", "mtop 400"]
    assert [row.id for row in splits.dev] == ["mtop 4"]
    assert splits.dropped == 5
    assert not {"english 5", "zeile 3", "ligne 3", "zeile 4"} & {row.text for row in splits.train}


def test_the_rows_that_choose_may_be_those_that_are_reported(recipe):
    (recipe.parent / "es.tsv").write_text(table([(3, "fila 3")]))
    source = "[{path='es.tsv', format='mtop'}]"
    splits = split(recipe, f"data.tuning={source}", f"data.dev={source}")
    assert splits.tuning == splits.dev != []
    # which is said, since such figures are too good
    assert splits.counts["choosing_dev_rows"] == splits.choosing == len(splits.dev)
    assert split(recipe, f"data.dev={source}").choosing == 0


def test_rows_of_a_fold_that_choose_are_counted(recipe):
    measured = split(recipe, "data.folds=5").dev
    (recipe.parent / "es.tsv").write_text(table([(int(measured[0].id.split()[1]), "fila")]))
    splits = split(recipe, "data.folds=5", "data.tuning=[{path='es.tsv', format='mtop'}]")
    assert splits.choosing == sum(row.id == measured[0].id for row in splits.dev) > 0


def test_ids_of_another_format_are_other_meanings(recipe):
    (recipe.parent / "dev.conll").write_text("# text-en = 3\n# text = drei\n# intent = A\n1\tdrei\tA\tO\n")
    splits = split(recipe, "data.dev=[{path='dev.conll', format='conll'}]")
    assert (splits.dropped, len(splits.dev)) == (0, 1)


def test_what_a_dev_row_translates_is_dropped_however_it_is_written(recipe):
    rows = "# text-en = Wake me,  today\n# text = heute\n# intent = A\n1\theute\tA\tO\n"
    (recipe.parent / "dev.conll").write_text(rows)
    (recipe.parent / "train.tsv").write_text("A\twake me , today\tO O O O\nA\twake me\tO O\n")
    train, dev = (f"[{{path='{name}', format='conll'}}]" for name in ("train.tsv", "dev.conll"))
    splits = split(recipe, f"data.train={train}", f"data.dev={dev}")
    assert [row.text for row in splits.train] == ["wake me"]
    assert splits.dropped == 1


@settings(deadline=None, max_examples=20)  # it reads files
@given(st.integers(0, 5), st.floats(0, 0.9))
def test_tuning_rows_share_no_meaning_with_training_rows_and_are_the_same_for_each_seed(tmp_path_factory, seed, share):
    path = tmp_path_factory.mktemp("tuning") / "recipe.toml"
    path.write_text(RECIPE)
    (path.parent / "en.jsonl").write_text('{"question": "a", "logical_form": "[IN:A ]"}\n' * 3)
    for language in ("de", "fr"):
        (path.parent / f"{language}.tsv").write_text(table((n, f"{language} {n}") for n in range(20)))
    share_of_rows = f"data.tuning_share={share}"
    splits = split(path, share_of_rows)
    # a student of another seed has the teacher's tuning rows
    assert splits == split(path, share_of_rows, f"seed={seed}")
    assert len(splits.train) + len(splits.tuning) == 43
    assert not ids(splits.train) & ids(splits.tuning)
    assert not {row.text for row in splits.train} & {row.text for row in splits.tuning}


def test_a_share_that_leaves_nothing_to_learn_is_named(recipe):
    share = "data.tuning_share=0.95"
    (recipe.parent / "few.tsv").write_text(table((n, f"fila {n}") for n in range(10)))
    few = "data.train=[{path='few.tsv', format='mtop'}]"
    assert len(split(recipe, few, "data.tuning_share=0.9").train) == 1
    with pytest.raises(DataError, match=r"tuning_share = 0\.95 holds out all of the 10 training rows; take a smaller"):
        split(recipe, few, share)


def sources(*others):
    folded = [f"{{path='{language}.tsv', format='mtop', folded=true}}" for language in ("de", "fr")]
    return f"data.train=[{', '.join([*others, *folded])}]"


def test_a_meaning_keeps_its_fold_whatever_else_is_read(recipe):
    before = split(recipe, "data.folds=5")
    (recipe.parent / "more.tsv").write_text(table((1000 + n, f"zeile {n}") for n in range(50)))
    after = split(recipe, "data.folds=5", sources("{path='more.tsv', format='mtop'}"))
    assert after.dev == before.dev


def test_what_a_teacher_of_fewer_sources_has_learnt_does_not_tune_its_student(recipe):
    share = "data.tuning_share=0.2"
    before = split(recipe, share, sources())
    (recipe.parent / "es.tsv").write_text(table((n, f"fila {n}") for n in range(100)))
    after = split(recipe, share, sources("{path='es.tsv', format='mtop'}", "{path='en.jsonl', format='mtop'}"))
    assert len(after.train) > len(before.train) + 80
    assert len(ids(before.train) & ids(after.tuning)) <= 3
    assert len(ids(before.tuning) & ids(after.train)) <= 3


def test_texts_that_nobody_labelled_move_no_row_between_the_splits(recipe):
    distilled = [
        "data.tuning_share=0.3",
        "distillation={ teacher = [{ name = 'run', run = 'a' }], objective = [{ name = 'soft_labels' }] }",
    ]
    before = split(recipe, *distilled)
    # under ids of their own
    rows = [f"a\tenglish {n}\tO O\n" for n in range(30)]
    (recipe.parent / "more.tsv").write_text("".join(rows))
    after = split(recipe, *distilled, "data.unlabelled=[{ path = 'more.tsv', format = 'conll' }]")
    assert (after.train, after.tuning, after.dev) == (before.train, before.tuning, before.dev)
    assert [example.text for example in after.unlabelled] == [f"english {n}" for n in range(20, 30)]
    assert after.known == 20


def test_translations_that_nobody_labelled_are_all_read_and_equal_texts_once(recipe):
    for name in ("de", "da"):
        (recipe.parent / f"new-{name}.tsv").write_text(table((n, f"{name} {n % 10}") for n in range(60, 80)))
    sources = ", ".join(f"{{ path = 'new-{name}.tsv', format = 'mtop' }}" for name in ("de", "da"))
    splits = split(
        recipe,
        "distillation={ teacher = [{ name = 'run', run = 'a' }], objective = [{ name = 'soft_labels' }] }",
        f"data.unlabelled=[{sources}]",
    )
    assert [example.text for example in splits.unlabelled] == [
        f"{name} {n}" for name in ("de", "da") for n in range(10)
    ]


def test_hidden_files_are_no_data(recipe):
    folder = recipe.parent / "joint"
    folder.mkdir()
    for name, content in (("seq.in", "wake me"), ("seq.out", "O O"), ("label", "A")):
        (folder / name).write_text(content + "\n")
    joint = read_recipe(recipe, ["data.train=[{path='joint', format='joint'}]"])
    before = digest(joint, recipe.parent)
    (folder / ".DS_Store").write_text("a desktop's")
    (folder / ".checkpoints").mkdir()
    (folder / ".checkpoints" / "label").write_text("a notebook's")
    assert digest(joint, recipe.parent) == before
    (folder / "label").write_text("B\n")
    assert digest(joint, recipe.parent) != before


def test_the_digest_is_of_bytes_alone(recipe):
    before = digest(read_recipe(recipe), recipe.parent)
    assert digest(read_recipe(recipe, ["data.folds=5"]), recipe.parent) == before
    (recipe.parent / "fr.tsv").write_text(table([(0, "ligne")]))
    assert digest(read_recipe(recipe), recipe.parent) != before


def test_the_digest_of_what_is_reported_is_of_those_rows_and_their_answers_alone(recipe):
    assert split(recipe).reported_digest == ""
    tuned = split(recipe, "data.tuning_share=0.2").reported_digest
    dev = recipe.parent / "dev.tsv"
    dev.write_text(table([("", "one row"), ("", "another")]))
    reported = "data.dev=[{path='dev.tsv', format='mtop'}]"
    before = split(recipe, reported).reported_digest
    assert before != tuned
    assert before == split(recipe, reported, "data.tuning_share=0.2").reported_digest
    dev.write_text(dev.read_text().replace("IN:A", "IN:B", 1))
    assert split(recipe, reported).reported_digest != before


def test_the_digest_is_of_dictionaries_too(recipe):
    switched = read_recipe(recipe, ["augmentation=[{ name = 'code_switch', dictionaries = ['en-de.txt'] }]"])
    with pytest.raises(DataError, match=r"there is no .*en-de\.txt"):
        digest(switched, recipe.parent)
    (recipe.parent / "en-de.txt").write_text("line\tZeile\n")
    before = digest(switched, recipe.parent)
    assert before != digest(read_recipe(recipe), recipe.parent)
    (recipe.parent / "en-de.txt").write_text("line\tLinie\n")
    assert digest(switched, recipe.parent) != before


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["data.folds=1"], "'data.folds' is 1, but one fold leaves nothing to learn: take 2 or more, or 0 for none"),
        (["data.folds=5", "data.fold=5"], "'data.fold' is 5, but there are 5 folds, counted from 0"),
        (["data.fold=1"], "'data.fold' is 1, but there are 0 folds, counted from 0"),
        (
            ["data.folds=5", "data.train=[{path='a', format='mtop'}]"],
            "'data.folds' is 5, but no source under 'train' is marked with folded = true",
        ),
        (["data.dev=[{path='a', format='mtop', folded=true}]"], "there is no key 'data.dev.0.folded'"),
        (["data.temperature=0"], "'data.temperature' is 0, but input should be greater than or equal to 1"),
        (["data.temperature=inf"], "'data.temperature' is inf, but input should be a finite number"),
    ],
)
def test_folds_and_temperatures_that_make_no_sense(recipe, overrides, message):
    with pytest.raises(RecipeError) as error:
        read_recipe(recipe, overrides)
    assert message in str(error.value)
