"""A loaded model, through a real interpreter."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from edgenlp_toy import ToyEncoder, ToyHead

import edgenlp
from edgenlp import artifact
from edgenlp.errors import EdgeNLPError, MissingExtraError, ModelError, PluginError, TextError
from edgenlp.plugins import PluginManager
from edgenlp.runtime import Model, catalogue, graph_inputs, load
from edgenlp.runtime.interpreter import RUNTIMES, Network, find_runtime

TEXT = "wake me up"


@pytest.fixture(scope="module")
def model(toy_path):
    return load(toy_path)


@pytest.fixture(scope="module")
def pairs(pair_path):
    return load(pair_path)


def test_a_prediction_is_what_the_network_says(model, toy_files):
    """Against TensorFlow's reference kernels, with softmax written out."""
    tf = pytest.importorskip("tensorflow")
    interpreter = tf.lite.Interpreter(
        model_content=toy_files()[0],
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
    )
    tokens = model.tokenize(TEXT)
    logits = interpreter.get_signature_runner("length_4")(**model.features(tokens, 4))["label"][0]
    odds = np.exp(logits) / np.exp(logits).sum()
    prediction = model.predict(TEXT)
    assert prediction.text == TEXT
    assert prediction.score == pytest.approx(odds.max(), abs=1e-5)
    assert prediction.label == ["alarm", "music", "weather"][odds.argmax()]


def test_the_shortest_signature_that_holds_the_text_is_used(model):
    lengths = {count: model.signature_for(model.tokenize("a " * count)) for count in (1, 4, 5, 8, 9, 16, 17)}
    assert [lengths[count][0] for count in (1, 4, 5, 8, 9, 16, 17)] == [4, 4, 8, 8, 16, 16, 16]
    assert lengths[5] == (8, "length_8")


def test_every_length_gives_the_same_answer(model):
    tokens = model.tokenize(TEXT)
    scores = [
        model.decode(model.network.run(name, model.features(tokens, length)), tokens).score
        for length, name in model.signatures.items()
    ]
    assert scores == pytest.approx([scores[0]] * 3, abs=1e-6)


def test_a_long_text_is_cut_and_says_so(model):
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    assert model.predict(words).truncated is False
    cut = model.predict(f"{words} seventeen")
    assert cut.truncated is True
    assert cut.score == pytest.approx(model.predict(words).score, abs=1e-6)
    assert cut.text.endswith("seventeen")


def test_lists_give_lists(model, pairs):
    assert model.predict([TEXT, "play"]) == [model.predict(TEXT), model.predict("play")]
    assert model.predict([]) == []
    with pytest.raises(TextError, match=r"text 2 of 3: the text is empty"):
        model.predict([TEXT, " ", "play"])
    with pytest.raises(TextError, match=r"text 1 of 1: the second text of the pair is empty"):
        pairs.predict([("a", "")])
    assert [p.text for p in pairs.predict([(TEXT, "play")])] == [(TEXT, "play")]


def test_a_pair_goes_to_its_own_inputs(pairs):
    assert pairs.predict(("a", "b c")).score != pairs.predict(("b c", "a")).score
    assert pairs.signature_for(pairs.tokenize(("a", "b c d e f"))) == (8, "length_8")
    inputs = graph_inputs(pairs.new_featurizer(), pairs.tokenize(("a", "b")), 4)
    assert sorted(inputs) == ["first_counts", "first_mask", "second_counts", "second_mask"]


@pytest.mark.parametrize("text", ["", " ", "\t\n \u3000", None, 3, b"bytes", {"a": 1}, ("a",), ("a", "b"), ("a", 1)])
def test_what_is_no_text_for_a_model_of_single_texts(model, text):
    with pytest.raises(TextError) as caught:
        model.predict(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["a", ("a",), ("a", "b", "c"), ("a", ""), ("", "b"), (None, "b"), 3])
def test_what_is_no_pair_for_a_model_of_pairs(pairs, text):
    with pytest.raises(TextError):
        pairs.predict(text)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x" * 100_000, "ab " * 40_000])
def test_odd_texts_are_texts(model, text):
    prediction = model.predict(text)
    assert prediction.text == text
    assert 0 <= prediction.score <= 1


@pytest.mark.parametrize(("text", "empty"), [("a", False), ("", True), ("\t\n \u3000", True)])
def test_an_empty_text_holds_no_token(model, pairs, text, empty):
    assert model.is_empty(text) is empty
    assert pairs.is_empty(("a", text)) is pairs.is_empty((text, "a")) is empty
    with pytest.raises(TextError, match="takes one text, and this is a pair"):
        model.is_empty(("a", text))
    with pytest.raises(TextError, match="takes a pair of texts, and this is one text"):
        pairs.is_empty(text)


def test_a_list_in_a_list_is_no_text(model):
    with pytest.raises(TextError, match=r"text 2 of 2: .* of type list"):
        model.predict(["a", ["b", "c"]])


def test_properties_come_from_the_manifest(model):
    assert model.name == "toy-toy_label"
    assert model.languages == ("en", "hi")
    assert model.metrics["dev"]["metrics"] == {"accuracy": 0.5}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (None, "a file's path or a name in quotes, and this is None"),
        (b"mtop-en", "and this is of type bytes"),
        (["mtop-en"], "and this is of type list"),
        ("", "no model called '' comes with edgenlp"),
    ],
)
def test_what_names_no_model_is_refused_in_a_sentence(name, words):
    for call in (lambda: load(name), lambda: edgenlp.predict(TEXT, model=name)):
        with pytest.raises(ModelError, match=words):
            call()


def test_a_loaded_model_is_asked_itself(toy_path):
    with pytest.raises(ModelError, match="of type Model; a loaded model has a predict of its own"):
        edgenlp.predict(TEXT, model=load(toy_path))


@pytest.mark.parametrize(
    "texts", [(text for text in [TEXT]), {TEXT}, np.array([TEXT])], ids=["generator", "set", "array"]
)
def test_several_texts_come_as_a_list(toy_path, texts):
    with pytest.raises(TextError, match=r"takes one text, and this is of type \w+: several texts are given as a list"):
        load(toy_path).predict(texts)


def test_an_empty_text_in_a_list_is_told_from_others(toy_path):
    with pytest.raises(edgenlp.EmptyTextError, match="text 2 of 3: the text is empty"):
        load(toy_path).predict([TEXT, " ", TEXT])


def test_a_model_is_sent_to_other_processes_and_copied(toy_path):
    model = load(toy_path, threads=2)
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert again.predict(TEXT) == model.predict(TEXT)
        assert (again.network.threads, again.manifest) == (2, model.manifest)


def test_eight_threads_give_what_one_gives(toy_path):
    model = load(toy_path)
    texts = [f"text number {number} " + "word " * (number % 14) for number in range(200)]
    alone = model.predict(texts)
    found: dict[int, list] = {}
    start = threading.Barrier(8)

    def work(number):
        start.wait()
        found[number] = model.predict(texts[number:] + texts[:number])

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8):
        assert found[number] == alone[number:] + alone[:number]


def test_shapes_are_told_while_others_predict(toy_path):
    model = load(toy_path)
    expected = model.network.shapes("length_4")
    done = threading.Event()

    def work():
        while not done.is_set():
            model.predict(TEXT)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert all(model.network.shapes("length_4") == expected for _ in range(2_000))
    finally:
        done.set()
        thread.join()


def test_two_models_with_two_threads_each(toy_path):
    assert load(toy_path, threads=2).predict(TEXT).label == load(toy_path).predict(TEXT).label


def test_edgenlp_predict_keeps_the_model(toy_path, monkeypatch):
    first = edgenlp.predict(TEXT, model=toy_path)
    monkeypatch.setattr("edgenlp.artifact.read", None)
    assert edgenlp.predict(TEXT, model=toy_path) == first


def test_edgenlp_predict_answers_with_the_file_that_is_there_now(toy_path, pair_path, tmp_path, monkeypatch):
    for folder, source in (("one", toy_path), ("two", pair_path)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.tflite").write_bytes(source.read_bytes())
    monkeypatch.chdir(tmp_path / "one")
    assert edgenlp.predict(TEXT, "m.tflite").text == TEXT
    monkeypatch.chdir(tmp_path / "two")
    assert edgenlp.predict((TEXT, TEXT), "m.tflite").text == (TEXT, TEXT)
    (tmp_path / "two" / "m.tflite").unlink()
    (tmp_path / "one" / "m.tflite").replace(tmp_path / "two" / "m.tflite")
    assert edgenlp.predict(TEXT, "m.tflite").text == TEXT


def test_a_bundled_model_by_name(toy_path, tmp_path, monkeypatch):
    (tmp_path / "toy-en.tflite").write_bytes(toy_path.read_bytes())
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    (tmp_path / "runs" / "toy-en").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "runs")  # a run's folder does not hide the model
    assert load("toy-en").predict(TEXT).label
    (known,) = edgenlp.bundled_models()
    assert (known.name, known.manifest.languages) == ("toy-en", ("en", "hi"))
    assert known.size_bytes == toy_path.stat().st_size
    with pytest.raises(ModelError, match="did you mean toy-en"):
        load("toy-e")
    with pytest.raises(ModelError, match="the models are toy-en"):
        load("something else")


@pytest.mark.parametrize("text", ["wake me up at seven " * 40, "lights on/off " * 40, "a/b\0c", "a\0b"])
def test_a_text_in_the_place_of_the_model_is_a_sentence(text):
    with pytest.raises(ModelError) as caught:
        edgenlp.predict("mtop-en", text)
    if "/" not in text:
        assert f"no model called {text[:60]!r} comes with edgenlp" in str(caught.value)


def test_a_path_is_a_path(tmp_path):
    for path in (tmp_path / "none", str(tmp_path / "none"), "none.tflite", Path("mtop-en")):
        with pytest.raises(ModelError, match="there is no model file"):
            load(path)


def test_a_model_whose_plugin_is_missing_names_the_command(toy_path):
    with pytest.raises(PluginError) as caught:
        Model(artifact.read(toy_path), plugins=PluginManager())
    assert "pip install edgenlp-toy" in str(caught.value)
    assert "encoder 'toy'" in str(caught.value)


def test_a_blocked_plugin_in_a_fresh_process(toy_path, toy_environment):
    script = f"import edgenlp; edgenlp.load({str(toy_path)!r})"
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**toy_environment, "EDGENLP_BLOCK_PLUGINS": "toy"},
        capture_output=True,
        text=True,
    )
    assert result.stderr.splitlines()[-1].endswith("pip install edgenlp-toy")


class Parts:
    """A plugin object with whatever encoders and heads."""

    def __init__(self, encoder, head):
        self.encoder, self.head = encoder, head

    @edgenlp.hookimpl
    def edgenlp_encoders(self):
        return [self.encoder]

    @edgenlp.hookimpl
    def edgenlp_task_heads(self):
        return [self.head]


def assemble(path, head=None, config=None):
    """The toy model with another head, or with other settings of its encoder."""
    manager = PluginManager()
    manager.register(Parts(ToyEncoder(), head or ToyHead()), "test")
    source = artifact.read(path)
    if config is not None:
        encoder = replace(source.manifest.encoder, config=config)
        source = replace(source, manifest=replace(source.manifest, encoder=encoder))
    return Model(source, plugins=manager)


def test_an_encoder_that_makes_other_arrays(toy_path):
    with pytest.raises(ModelError, match=r"takes counts float32\[1, 4, 64\].*makes counts float32\[1, 4, 32\]"):
        assemble(toy_path, config={"buckets": 32})


def test_settings_that_the_plugin_does_not_know(toy_path):
    with pytest.raises(PluginError, match="pip install --upgrade edgenlp-toy"):
        assemble(toy_path, config={"from_the_future": 1})


def test_a_plugin_that_cannot_read_the_model(toy_path):
    class Chokes(ToyHead):
        def decoder(self, config, assets):
            raise KeyError("labels")

    with pytest.raises(PluginError, match="'toy_label' as installed cannot read this model"):
        assemble(toy_path, head=Chokes())


def test_settings_that_ask_too_much(toy_path):
    with pytest.raises(PluginError, match="'toy' as installed cannot read this model"):
        assemble(toy_path, config={"buckets": 1 << 60})


def fewer_tags(content):
    labels = json.loads(content)
    return json.dumps({**labels, "tags": labels["tags"][:20], "legal": [[0] for _ in labels["intents"]]}).encode()


@pytest.mark.parametrize(
    ("name", "file", "fewer", "words"),
    [
        ("mtop-en", "labels.json", fewer_tags, "tags apart"),
        ("clinc150-cmow", "labels.txt", lambda content: content.partition(b"\n")[2], "labels apart"),
    ],
)
def test_labels_that_are_not_the_graphs(name, file, fewer, words):
    source = artifact.read(catalogue.resolve(name))
    with pytest.raises(ModelError, match=words):
        Model(replace(source, files={**source.files, file: fewer(source.files[file])}))


def test_a_graph_that_the_runtime_refuses(toy_files):
    graph = bytearray(toy_files()[0])
    graph[8:400] = bytes(392)
    with pytest.raises(ModelError, match=r"cannot run this graph.*TensorFlow Lite 9\.9 and later"):
        Network(bytes(graph), min_runtime_version="9.9")


@pytest.mark.parametrize("threads", [0, 10**11, 1.5, "2"])
def test_a_model_needs_a_thread_and_not_too_many(toy_files, threads):
    with pytest.raises(ValueError, match=f"threads is {threads!r}: it must be a whole number from 1 to"):
        Network(toy_files()[0], threads=threads)


def test_a_wrong_input_is_a_sentence(model):
    with pytest.raises(ModelError, match="cannot run"):
        model.network.run("length_4", {"counts": np.zeros((1, 4, 64), np.float32)})


def test_an_unknown_runtime():
    with pytest.raises(EdgeNLPError, match="litert, tflite-runtime or tensorflow"):
        find_runtime("torch")


def test_a_runtime_that_is_not_installed(monkeypatch):
    find_runtime.cache_clear()
    for runtime in RUNTIMES:
        monkeypatch.setitem(sys.modules, runtime.module, None)
    with pytest.raises(MissingExtraError, match=r'pip install "edgenlp\[default\]"'):
        find_runtime()
    with pytest.raises(MissingExtraError, match="pip install tflite-runtime"):
        find_runtime("tflite-runtime")
    find_runtime.cache_clear()


def test_tensorflow_is_a_runtime_too(toy_path, toy_environment):
    script = (
        f"import edgenlp; model = edgenlp.load({str(toy_path)!r})\n"
        f"print(model.network.runtime.name, model.predict({TEXT!r}).label)"
    )
    environment = {**toy_environment, "EDGENLP_RUNTIME": "tensorflow"}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert result.stdout.split() == ["tensorflow", load(toy_path).predict(TEXT).label], result.stderr


def test_predicting_imports_no_workshop(toy_path, toy_environment):
    script = (
        f"import sys, edgenlp; edgenlp.load({str(toy_path)!r}).predict({TEXT!r})\n"
        "heavy = {'tensorflow', 'keras', 'pydantic', 'rich', 'matplotlib', 'flatbuffers', 'argparse'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {**toy_environment, "EDGENLP_RUNTIME": "litert"}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_importing_edgenlp_imports_nothing(toy_environment):
    script = "import sys, edgenlp; print([m for m in sys.modules if m.startswith('edgenlp.')], 'numpy' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], env=toy_environment, capture_output=True, text=True)
    assert result.stdout.strip() == "[] False"


def test_the_public_face():
    for name in edgenlp.__all__:
        assert getattr(edgenlp, name) is not None
    assert set(edgenlp.__all__) <= set(dir(edgenlp))
    with pytest.raises(AttributeError):
        edgenlp.nothing_of_the_kind  # noqa: B018
