"""The label cache: the same bytes however it was filled, and no answers that depend on something else."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.distillation import LabelCache, Origin, read_labels
from edgenlp.distillation.cache import KEPT_OF_A_VOCABULARY, SHARD_SIZE, keys_digest, most_probable
from edgenlp.errors import DataError, RecipeError

TEACHERS = ({"name": "first", "digest": "aa", "labels": {}}, {"name": "second", "digest": "bb", "labels": {}})


def origin(texts, /, **changes):
    settled = {
        "teachers": TEACHERS,
        "data": "d",
        "recipe": {"seed": 1},
        "texts": len(texts),
        "keys": keys_digest(texts),
    }
    return Origin(**settled | changes)


def answer(texts, pause=0.0):
    """Two teachers that know the length of a text and of its words."""
    for text in texts:
        time.sleep(pause)
        words = text.split() or [text]
        ends = np.cumsum([len(word) + 1 for word in words])
        spans = np.stack([np.append(0, ends[:-1]), ends - 1], 1).astype(np.int32)
        numbers = np.arange(100, dtype=np.float32) * len(text) % 97
        first = {"task_logits": numbers[:3], "token_logits": np.outer(ends, numbers[:4]), "spans": spans}
        yield [first, {"vocabulary_logits": np.outer(ends, numbers), "spans": spans}]


def fill(folder, texts, pause=0.0, report=lambda count: None):
    cache = LabelCache(folder, origin(texts))
    cache.fill(texts, lambda mine: answer(mine, pause), report)


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def texts():
    rng = random.Random(0)
    return [" ".join("x" * rng.randint(1, 9) for _ in range(rng.randint(1, 6))) + f" {n}" for n in range(2_345)]


def test_answers_come_back_as_they_were_given(tmp_path, texts):
    counted = []
    fill(tmp_path, texts, report=counted.append)
    assert counted == [SHARD_SIZE, SHARD_SIZE, 345]
    labels = read_labels(tmp_path)
    for text, (first, second) in zip(texts[::50], answer(texts[::50]), strict=True):
        one, other = labels.of(text)
        np.testing.assert_array_equal(one["task_logits"], first["task_logits"].astype(np.float16))
        np.testing.assert_array_equal(one["token_logits"], first["token_logits"].astype(np.float16))
        np.testing.assert_array_equal(one["spans"], first["spans"])
        logits, ids = other["vocabulary_logits"], other["vocabulary_ids"]
        assert logits.shape == ids.shape == (len(first["spans"]), KEPT_OF_A_VOCABULARY)
        best = np.sort(second["vocabulary_logits"], 1)[:, ::-1][:, :KEPT_OF_A_VOCABULARY]
        np.testing.assert_array_equal(logits, best.astype(np.float16))
        taken = np.take_along_axis(second["vocabulary_logits"], ids, 1)
        np.testing.assert_array_equal(taken, best)


def test_caches_of_one_teacher_each_say_what_one_of_both_says(tmp_path, texts):
    fill(tmp_path / "both", texts)
    for number, teacher in enumerate(TEACHERS):
        cache = LabelCache(tmp_path / teacher["name"], origin(texts, teachers=(teacher,)))
        cache.fill(texts, lambda mine, number=number: ([said[number]] for said in answer(mine)), lambda count: None)
    both, parted = read_labels(tmp_path / "both"), read_labels(tmp_path / "first", tmp_path / "second")
    assert parted.origin == both.origin
    assert parted.widths == both.widths
    for text in texts[::50]:
        for one, other in zip(parted.of(text), both.of(text), strict=True):
            assert one.keys() == other.keys()
            for name, array in one.items():
                np.testing.assert_array_equal(array, other[name])


@pytest.mark.parametrize("change", [{"data": "e"}, {"recipe": {"seed": 2}}])
def test_caches_for_different_recipes_are_not_read_as_one(tmp_path, change):
    for folder, changes in (("one", {}), ("two", change)):
        LabelCache(tmp_path / folder, origin(["a b"], **changes)).fill(["a b"], answer, lambda count: None)
    with pytest.raises(RecipeError, match=r"one and in .*two are not of the same texts"):
        read_labels(tmp_path / "one", tmp_path / "two")
    with pytest.raises(RecipeError, match="named twice"):
        read_labels(tmp_path / "one", tmp_path / "two" / ".." / "one")


def test_each_teachers_widths_are_told(tmp_path):
    for width in (8, 12):
        cache = LabelCache(tmp_path / str(width), origin(["a"], teachers=(TEACHERS[0],)))
        embedding = {"sentence_embedding": np.zeros(width, np.float32)}
        cache.fill(["a"], lambda mine, said=embedding: ([said] for _ in mine), lambda count: None)
    assert read_labels(tmp_path / "8", tmp_path / "12").widths == {"sentence_embedding": [8, 12]}


def test_killed_three_times_the_bytes_are_those_of_an_unbroken_run(tmp_path, texts):
    fill(tmp_path / "whole", texts)
    broken, rng = tmp_path / "broken", random.Random(1)
    context = multiprocessing.get_context("fork")
    for _ in range(3):
        process = context.Process(target=fill, args=(broken, texts, 0.0002))
        process.start()
        time.sleep(rng.uniform(0.05, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    fill(broken, texts)
    assert content(broken) == content(tmp_path / "whole")


def test_processes_side_by_side_make_the_same_bytes(tmp_path, texts):
    fill(tmp_path / "whole", texts)
    shared = tmp_path / "shared"
    LabelCache(shared, origin(texts))
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=fill, args=(shared, texts, 0.0001)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert content(shared) == content(tmp_path / "whole")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"teachers": ({"name": "first", "digest": "cc", "labels": {}},)}, "of another teacher"),
        ({"data": "e"}, "of other data"),
        ({"recipe": {"seed": 2}}, r"for another recipe \(seed was 1 and is 2 now\)"),
        ({"texts": 4}, "of other texts"),
        ({"keys": keys_digest(["a b", "d"])}, "of other texts"),
    ],
)
def test_a_stale_cache_is_refused(tmp_path, changes, words):
    texts = ["a b", "c"]
    fill(tmp_path, texts)
    with pytest.raises(RecipeError, match=words):
        LabelCache(tmp_path, origin(texts, **changes))


def test_what_is_no_cache_or_not_finished_is_told(tmp_path):
    with pytest.raises(DataError, match="edgenlp label makes them"):
        read_labels(tmp_path)
    LabelCache(tmp_path, origin(["a"]))
    with pytest.raises(DataError, match="1 of 1 parts are missing"):
        read_labels(tmp_path)
    (tmp_path / "labels.json").write_text("{")
    with pytest.raises(DataError, match=r"labels\.json is damaged: take a copy of it"):
        read_labels(tmp_path)


def test_parts_without_a_manifest_are_nobodys(tmp_path):
    fill(tmp_path, ["a b"])
    (tmp_path / "labels.json").unlink()
    with pytest.raises(RecipeError, match=r"holds parts of labels but no labels\.json that says whose: name another"):
        fill(tmp_path, ["a b"])
    assert not (tmp_path / "labels.json").exists()


@pytest.mark.parametrize("content", [b"x", b"\xff", b"[]", b'{"format_version": "x"}', b'{"format_version": 1}'])
def test_a_damaged_manifest_is_said_in_no_words_of_pythons(tmp_path, content):
    (tmp_path / "labels.json").write_bytes(content)
    with pytest.raises(DataError) as error:
        read_labels(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}/labels.json is damaged: take a copy of it, or make the labels again in another folder"
    )


@pytest.mark.parametrize("values", [{"texts": 0}, {"texts": "2"}, {"data": 1}, {"recipe": None}, {"keys": []}])
def test_a_manifest_of_other_values_is_damaged(tmp_path, values):
    fill(tmp_path, ["a b", "c"])
    manifest = tmp_path / "labels.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | values))
    with pytest.raises(DataError, match=r"labels\.json is damaged"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    "teachers",
    [1, [1], ["first"], [{}], [{"name": "first", "labels": {}}], [{"name": "first", "digest": "aa", "labels": []}],
     [{"name": "first", "digest": 1, "labels": {}}], [{"name": "first", "digest": "aa", "labels": {"task_logits": 1}}]],
)  # fmt: skip
def test_a_manifest_without_teachers_is_refused_as_any_damaged_one(tmp_path, teachers):
    fill(tmp_path, ["a b", "c"])
    manifest = tmp_path / "labels.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"teachers": teachers}))
    for read in (read_labels, lambda folder: LabelCache(folder, origin(["a b", "c"]))):
        with pytest.raises(DataError, match=r"labels\.json is damaged"):
            read(tmp_path)


def test_a_damaged_part_is_named(tmp_path):
    fill(tmp_path, ["a b", "c"])
    (shard,) = tmp_path.glob("*.npz")
    for length in (0, 40, shard.stat().st_size - 30):
        shard.write_bytes(shard.read_bytes()[:length])
        with pytest.raises(
            DataError, match=f"{shard.name} is damaged .*: delete this file, and edgenlp label makes it"
        ):
            read_labels(tmp_path)
    shard.unlink()
    fill(tmp_path, ["a b", "c"])
    assert read_labels(tmp_path).of("c")


NAMES = {"task_logits": list("abc"), "token_logits": list("abcd")}
NAMED = (
    {"name": "first", "digest": "aa", "labels": NAMES},
    {"name": "second", "digest": "bb", "labels": {"vocabulary_logits": list(map(str, range(100)))}},
)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("0.task_logits", None, "task_logits is missing"),
        ("0.spans", None, "spans is missing"),
        ("1.vocabulary_ids", None, "vocabulary_ids is missing"),
        ("0.ends", None, "it does not say which tokens are whose"),
        ("0.ends", lambda ends: ends[::-1], "it does not say which tokens are whose"),
        ("keys", lambda keys: keys[:1], r"task_logits is \[2, 3\], not \[1, 3\]"),
        ("0.task_logits", lambda array: array[:, :2], r"task_logits is \[2, 2\], not \[2, 3\]"),
        ("0.token_logits", lambda array: array[:, :2], r"token_logits is \[3, 2\], not \[3, 4\]"),
        ("0.token_logits", lambda array: array[:2], r"token_logits is \[2, 4\], not \[3, 4\]"),
        ("1.vocabulary_logits", lambda array: array[:, :9], "vocabulary_logits is"),
        ("0.task_logits", lambda array: array * np.nan, "task_logits holds what is no number"),
        ("0.task_logits", lambda array: array.astype(str), ""),
    ],
)
def test_a_part_that_holds_something_else_is_damaged(tmp_path, name, change, words):
    texts = ["a b", "c"]
    LabelCache(tmp_path, origin(texts, teachers=NAMED)).fill(texts, answer, lambda count: None)
    (shard,) = tmp_path.glob("*.npz")
    arrays = dict(np.load(shard))
    kept = arrays.pop(name)
    np.savez(shard, **arrays, **({name: change(kept)} if change else {}))
    with pytest.raises(DataError, match=rf"{shard.name} is damaged \({words}.*\): delete this file"):
        read_labels(tmp_path)


@pytest.mark.parametrize("content", [b"\x80\x04abc", b"\x93NUMPY\x01\0"])
def test_a_part_that_is_no_archive_is_damaged(tmp_path, content):
    fill(tmp_path, ["a b", "c"])
    (shard,) = tmp_path.glob("*.npz")
    shard.write_bytes(content)
    with pytest.raises(DataError, match=rf"{shard.name} is damaged \(File is not a zip file\): delete this file"):
        read_labels(tmp_path)


def begin(folder, digest, gate, found):
    gate.wait()
    try:
        LabelCache(folder, origin(["a"], teachers=({"name": "one", "digest": digest, "labels": {}},)))
        found.put(digest)
    except RecipeError:
        found.put("")


def test_of_two_teachers_that_begin_together_one_is_refused(tmp_path):
    context = multiprocessing.get_context("fork")
    for trial in range(10):
        gate, found = context.Barrier(2), context.Queue()
        folder = tmp_path / str(trial)
        processes = [context.Process(target=begin, args=(folder, digest, gate, found)) for digest in ("aa", "bb")]
        for process in processes:
            process.start()
        outcomes = sorted(found.get(timeout=20) for _ in processes)
        for process in processes:
            process.join()
        assert outcomes[0] == ""
        assert f'"digest": "{outcomes[1]}"' in (folder / "labels.json").read_text()


def test_what_is_too_large_for_a_half_is_its_largest(tmp_path):
    logits = np.array([3, -1e9, 7e4, -np.inf], np.float32)
    cache = LabelCache(tmp_path, origin(["a"]))
    cache.fill(["a"], lambda mine: [[{"task_logits": logits}, {}] for _ in mine], lambda count: None)
    assert read_labels(tmp_path).of("a")[0]["task_logits"].tolist() == [3, -65504, 65504, -65504]


@pytest.mark.parametrize("what", ["task_logits", "vocabulary_logits"])
def test_what_is_no_number_is_told(tmp_path, what):
    logits = np.full((1, 100), np.nan, np.float32)
    cache = LabelCache(tmp_path, origin(["a"]))
    with pytest.raises(DataError, match=f"the {what} of the teacher at place 2 for 'a' are no numbers"):
        cache.fill(["a"], lambda mine: [[{}, {what: logits}] for _ in mine], lambda count: None)


def test_a_text_without_an_answer_is_told(tmp_path):
    fill(tmp_path, ["a b"])
    with pytest.raises(DataError, match="'a c'"):
        read_labels(tmp_path).of("a c")


@given(st.lists(st.text(st.characters(codec=None), min_size=1), min_size=1, max_size=20, unique=True))
def test_any_text_is_found_again(texts):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), texts)
        labels = read_labels(Path(folder))
        for text, (first, _) in zip(texts, answer(texts), strict=True):
            np.testing.assert_array_equal(labels.of(text)[0]["spans"], first["spans"])


@given(st.integers(0, 5), st.integers(1, 700), st.integers(1, 20), st.integers(1, 40), st.integers(0, 99))
def test_the_most_probable_are_those_of_a_whole_sort(rows, size, count, levels, seed):
    logits = np.random.default_rng(seed).integers(0, levels, (rows, size)).astype(np.float32)
    expected = np.argsort(-logits, axis=1, kind="stable")[:, :count]
    np.testing.assert_array_equal(most_probable(logits, count), expected)
