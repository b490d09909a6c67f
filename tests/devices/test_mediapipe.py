"""Classifiers for MediaPipe's Text Classifier: what it is given, what it says, and which models it cannot have."""

import json
import os
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from edgenlp.data import read_examples
from edgenlp.errors import ExportError
from edgenlp.export import MediaPipeExporter
from edgenlp.runtime.interpreter import Network
from edgenlp.testing import ExporterConformance
from edgenlp.text.vocabulary import WordPiece, wordpiece_asset

ROOT = Path(__file__).parents[2]
CLINC = ROOT / "tests" / "data" / "clinc" / "data_small.json"
PYTHON_VARIABLE = "EDGENLP_MEDIAPIPE_PYTHON"
RECIPE = """
name = "words"
languages = ["en"]
license = "CC-BY-3.0"

[encoder]
name = "cmow"
vocabulary_file = "{vocabulary}"
matrix_size = 4
vector_size = 32

[head]
name = "{head}"

[data]
train = [{{ path = "{data}", format = "{format}" }}]
dev = [{{ path = "{data}", format = "{format}", options = {options} }}]
tuning_share = 0.0

[training]
epochs = 24
batch_size = 32
learning_rate = 1e-2
average_decay = 0.9
evaluate_every = 24
deterministic = true

[export]
lengths = [8, 16]
"""
TEXTS = [
    "set an alarm for seven",
    "Set an ALARM, for seven?",
    "What's my credit card's balance",
    "please translate hello into french " * 5,
    "zzz qqq",
    "",
    " !?",
    "naïve café Übersetzung 你好 नमस्ते दुनिया Привет мир ٣٤ ½ x² 👩‍👩‍👧 a_b-c d’e\n\tf\x00g",
]


def whole_words(texts):
    """The words of some texts as a vocabulary, none of which is a part of a word."""
    bare = WordPiece(["[PAD]", "[UNK]"], lowercase=True)
    counts = Counter(text[start:end].lower() for text in texts for start, end in bare.tokenize(text, 100).spans)
    return wordpiece_asset(["[PAD]", "[UNK]", *(word for word, count in counts.items() if count > 1)], lowercase=True)


@pytest.fixture(scope="module")
def words_run(tmp_path_factory):
    """A classifier that reads whole words."""
    from edgenlp.training import train

    folder = tmp_path_factory.mktemp("words")
    rows = read_examples(CLINC, "clinc")
    (folder / "vocabulary").write_bytes(whole_words(row.text for row in rows))
    recipe = folder / "words.toml"
    given = {"vocabulary": folder / "vocabulary", "head": "classification", "data": CLINC, "format": "clinc"}
    recipe.write_text(RECIPE.format(**given, options='{ split = "val" }'))
    return train(recipe, folder / "run", None, [], False)


class TestMediaPipe(ExporterConformance):
    exporter = MediaPipeExporter()

    @pytest.fixture(autouse=True)
    def finished(self, words_run):
        type(self).run = words_run.folder


@pytest.fixture(scope="module")
def exported(words_run, tmp_path_factory):
    from edgenlp.export import export

    path = tmp_path_factory.mktemp("mediapipe") / "words.tflite"
    return path, export(words_run.folder, path, format="mediapipe", quantize="none")


@pytest.mark.slow
def test_words_lose_little_where_the_model_was_trained_on_words(exported):
    _, report = exported
    ours, theirs = (report["metrics"][name]["metrics"]["accuracy"] for name in ("edgenlp", "mediapipe"))
    assert ours > 0.8
    assert theirs >= ours - 0.05
    assert report["words"] > report["pieces"] > 100


@pytest.mark.slow
def test_the_file_holds_words_and_labels_as_they_are(exported):
    path, _ = exported
    with zipfile.ZipFile(path) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        entries = dict(line.rsplit(" ", 1) for line in archive.read("vocab.txt").decode().splitlines())
        assert len(archive.read("labels.txt").decode().splitlines()) == 10
    assert (entries["<PAD>"], entries["<UNKNOWN>"]) == ("0", "1")
    assert entries["alarm"] == entries["Alarm"] == entries["ALARM"]
    assert "?" not in entries


@pytest.mark.slow
def test_what_words_cost_can_be_bounded(words_run, tmp_path):
    from edgenlp.export import export

    with pytest.raises(ExportError, match=r"MediaPipe's words instead of pieces cost -?0"):
        export(words_run.folder, tmp_path / "no.tflite", format="mediapipe", max_drop=-1.0)
    assert not list(tmp_path.iterdir())


def test_features_are_refused_in_a_sentence(run, tmp_path):
    from edgenlp.export import export

    with pytest.raises(ExportError, match="looks up words in a vocabulary, and the encoder 'pqrnn' has none"):
        export(run.folder, tmp_path / "no.tflite", format="mediapipe")
    assert not list(tmp_path.iterdir())


def test_integers_are_refused_in_a_sentence(run, tmp_path):
    from edgenlp.export import export

    with pytest.raises(ExportError, match="take another form than int8"):
        export(run.folder, tmp_path / "no.tflite", format="mediapipe", quantize="int8")


def test_trees_are_refused_in_a_sentence(recipe, tmp_path):
    from edgenlp.export import export
    from edgenlp.training import train

    encoder = 'encoder={ name = "cmow", vocabulary_size = 200, matrix_size = 4, vector_size = 8 }'
    parser = train(recipe, tmp_path / "run", None, [encoder, "training.epochs=1"], False)
    with pytest.raises(
        ExportError, match="gives one label for one text, and the head 'semantic_parsing' does something"
    ):
        export(parser.folder, tmp_path / "no.tflite", format="mediapipe")


def test_numbers_are_refused_in_a_sentence(tmp_path):
    from edgenlp.export import export
    from edgenlp.training import train

    texts = [f"{word} {place}" for word in ("cold", "mild", "hot") for place in ("here", "there", "outside")]
    (tmp_path / "rows.tsv").write_text("text\tlabel\n" + "".join(f"{text}\t{len(text)}\n" for text in texts))
    (tmp_path / "vocabulary").write_bytes(whole_words([*texts, *texts]))
    given = {"vocabulary": tmp_path / "vocabulary", "head": "regression", "data": "rows.tsv", "format": "delimited"}
    (tmp_path / "r.toml").write_text(RECIPE.format(**given, options='{ target = "number" }'))
    rows = "[{path='rows.tsv', format='delimited', options={target='number'}}]"
    overrides = [f"data.train={rows}", "data.dev=[]", "training.epochs=1"]
    run = train(tmp_path / "r.toml", tmp_path / "run", None, overrides, False)
    with pytest.raises(ExportError, match="gives one label for one text, and the head 'regression' does something"):
        export(run.folder, tmp_path / "no.tflite", format="mediapipe")


@pytest.mark.slow
def test_mediapipe_says_what_the_exporter_measured(words_run, exported):
    """The real Text Classifier on texts of all kinds: the same probabilities as with our own reading of its rules."""
    from edgenlp.export.mediapipe import RegexWords
    from edgenlp.training.run import rows_of

    python = Path(os.environ.get(PYTHON_VARIABLE, ROOT / ".venv-mediapipe" / "bin" / "python"))
    if not python.exists():
        pytest.skip(f"{python} is not there: `make test-mediapipe` makes it, and {PYTHON_VARIABLE} names another one.")
    path, _ = exported
    splits = rows_of(words_run)
    texts = [*TEXTS, *(row.text for row in splits.dev)]
    script = Path(__file__).with_name("mediapipe_answers.py")
    done = subprocess.run([python, script, path], input=json.dumps(texts), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    featurizer, network = words_run.featurizer(), Network(path.read_bytes())
    tokenizer = RegexWords(featurizer.vocabulary, (row.text for row in splits.train))
    labels = words_run.head.labels(words_run.head_assets)
    for text, scores in zip(texts, json.loads(done.stdout), strict=True):
        outputs = network.run("length_16", featurizer.inputs(tokenizer.tokenize(text, 16), 16))
        np.testing.assert_allclose([scores[label] for label in labels], outputs["label"][0], atol=1e-5, err_msg=text)
