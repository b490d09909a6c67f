"""Models of two texts from the recipe to the command line: labels and numbers."""

from __future__ import annotations

import io
import json
import sys

import pytest

import edgenlp
from edgenlp import artifact
from edgenlp.cli.main import main
from edgenlp.errors import DataError, RecipeError, TextError
from edgenlp.evaluation import verify
from edgenlp.export import export
from edgenlp.export.graph import parse
from edgenlp.interfaces import Example

SAME, OTHER = ("red lamp here", "red dog outside"), ("red lamp here", "blue lamp here")
HEADS = ["pair_classification", "pair_regression"]
OPTIONS = ["--option", "text=one", "--option", "text_b=two", "--option", "label=answer"]
INT8 = 9
DISTILLATION = """
[distillation]
teacher = [{{ name = "run", run = "{run}" }}]
objective = [{{ name = "soft_labels" }}]
"""


@pytest.fixture(scope="module")
def labels(pair_models):
    return edgenlp.load(pair_models["pair_classification"])


@pytest.fixture(scope="module")
def values(pair_models):
    return edgenlp.load(pair_models["pair_regression"])


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs `edgenlp ...` in this process: exit code, stdout, stderr."""

    def call(*arguments, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def is_one_sentence(error):
    return error.startswith("error: ") and error.count("\n") == 1


# --- what was learnt, and by which figure


def test_the_recipes_metric_chooses(pair_runs):
    for (head, run), metric in zip(pair_runs.items(), ("matthews", "pearson"), strict=True):
        assert run.metrics["dev"]["metrics"][metric] > 0.8, head
        looks = [json.loads(line) for line in (run.folder / "history.jsonl").read_text().splitlines()]
        assert metric in looks[-1]


def test_a_label_of_two_texts(labels):
    found = labels.predict(SAME)
    assert (found.text, found.label, found.truncated) == (SAME, "same", False)
    assert labels.predict(OTHER).label == "other"
    assert found.to_dict()["text"] == list(SAME)


def test_a_value_of_two_texts(values):
    found = values.predict(("red lamp here", "red lamp here"))
    assert found.range == (10.0, 40.0)
    assert 30 < found.value <= 40
    assert 10 <= values.predict(("red lamp here", "blue dog outside")).value < 20
    assert json.loads(json.dumps(found.to_dict())).keys() == {"text", "value", "range", "truncated"}


@pytest.mark.parametrize("head", HEADS)
def test_lists_of_pairs(pair_models, head):
    model = edgenlp.load(pair_models[head])
    pairs = [SAME, OTHER, ("ดี", "🙂")]
    assert model.predict(pairs) == [model.predict(pair) for pair in pairs]
    assert edgenlp.predict(pairs, model=pair_models[head]) == model.predict(pairs)


@pytest.mark.parametrize("head", HEADS)
def test_the_float_model_says_what_the_student_says(pair_runs, head, tmp_path):
    from edgenlp.training.evaluate import predictor

    run = pair_runs[head]
    export(run.folder, tmp_path / "m.tflite", quantize="none")
    model = edgenlp.load(tmp_path / "m.tflite")
    pairs = [SAME, OTHER, ("ดี 🙂", "word " * 20)]
    student = predictor(run.student(), run.featurizer(), run.decoder(), 8)
    for pair, expected in zip(pairs, student([Example(pair, "") for pair in pairs]), strict=True):
        found = model.predict(pair)
        assert (found.text, found.truncated) == (expected.text, expected.truncated)
        if head == "pair_regression":
            assert found.share == pytest.approx(expected.share, abs=1e-4)
        else:
            assert found.scores == pytest.approx(expected.scores, abs=1e-4)


def test_a_student_of_pairs_has_a_teacher(pair_runs, tmp_path):
    from edgenlp.training import train

    teacher = pair_runs["pair_regression"]
    recipe = teacher.folder.parent / "student.toml"
    recipe.write_text((teacher.folder.parent / "pairs.toml").read_text() + DISTILLATION.format(run=teacher.folder))
    assert main(["label", str(recipe), "--out", str(tmp_path / "labels")]) == 0
    student = train(recipe, tmp_path / "student", None, ["training.epochs=6"], False, [tmp_path / "labels"])
    losses = [json.loads(line)["loss"] for line in (student.folder / "history.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.5 * losses[0]
    origin = tmp_path / "labels" / "labels.json"
    origin.write_text(origin.read_text().replace("10.0 to 40.0", "0.0 to 40.0"))
    gone = 'distillation.teacher=[{name="run", run="gone"}]'
    with pytest.raises(RecipeError, match=r"are not the student's: '0\.0 to 40\.0' is only the teacher's"):
        train(recipe, tmp_path / "other", None, [gone], False, [tmp_path / "labels"])


def test_a_teacher_of_pairs_for_single_texts_is_told(pair_runs, tmp_path, capsys):
    teacher = pair_runs["pair_regression"]
    recipe = teacher.folder.parent / "student.toml"
    recipe.write_text((teacher.folder.parent / "pairs.toml").read_text() + DISTILLATION.format(run=teacher.folder))
    (tmp_path / "single.tsv").write_text("text\tlabel\n" + "".join(f"row {n}\t{n}\n" for n in range(20)))
    single = [
        'head={name="regression"}',
        'data={train=[{path="single.tsv", format="delimited", options={target="number"}}]}',
    ]
    arguments = [part for override in single for part in ("--set", override)]
    assert main(["label", str(recipe), "--data", str(tmp_path), "--out", str(tmp_path / "labels"), *arguments]) == 1
    assert (
        f"the teacher {teacher.folder} is of pairs, and the recipe's data are single texts" in capsys.readouterr().err
    )
    assert not (tmp_path / "labels").exists()


# --- the file


def test_the_longer_text_decides_the_graph(values):
    for pair, name in ((("a", "b"), "length_4"), (("a", "b c d e f"), "length_8"), (("a b c d e", "f"), "length_8")):
        assert values.signature_for(values.tokenize(pair))[1] == name


def test_a_pair_is_cut_where_either_text_is_too_long(values):
    long = "word " * 9
    assert [values.predict(pair).truncated for pair in ((long, "a"), ("a", long), ("a", "a"))] == [True, True, False]


@pytest.mark.parametrize("head", HEADS)
def test_both_texts_and_all_lengths_share_their_weights(pair_models, head):
    graph = parse(artifact.read(pair_models[head]).graph)
    weights = [
        [t.buffer for t in subgraph.tensors if t.type == INT8 and graph.buffers[t.buffer].data is not None]
        for subgraph in graph.subgraphs
    ]
    # the encoder's bottleneck and gates and the head's hidden layer; the last one is too small to be quantized
    assert len(set(weights[0])) == 3
    assert set(weights[0]) == set(weights[1])


@pytest.mark.parametrize("head", HEADS)
def test_golden_vectors_are_pairs(pair_models, head, run):
    model = edgenlp.load(pair_models[head])
    vectors = [json.loads(line) for line in model.files["golden.jsonl"].splitlines()]
    assert len(vectors) > 200
    assert all(len(vector["text"]) == 2 for vector in vectors)
    assert not verify(model).mismatches
    assert run("verify", pair_models[head])[1].startswith(f"all {len(vectors)} golden vectors agree")


def test_golden_values_are_shares_of_the_range(pair_models, tmp_path):
    source = artifact.read(pair_models["pair_regression"])
    vectors = [json.loads(line) for line in source.files["golden.jsonl"].splitlines()]
    assert all(0 <= vector["prediction"]["value"] <= 1 for vector in vectors)
    vectors[3]["prediction"]["value"] += 0.1
    files = {**source.files, "golden.jsonl": "\n".join(map(json.dumps, vectors)).encode()}
    artifact.write(tmp_path / "m.tflite", source.graph, source.manifest, files)
    (mismatch,) = verify(edgenlp.load(tmp_path / "m.tflite")).mismatches
    assert (mismatch.line, mismatch.what) == (4, "prediction")


def test_quantization_is_gated_by_the_recipes_metric(pair_models):
    for head, metric in zip(HEADS, ("matthews", "pearson"), strict=True):
        report = json.loads(pair_models[head].with_suffix(".report.json").read_text())
        assert report["gate"]["metric"] == metric
        assert report["gate"]["dynamic"] == pytest.approx(report["gate"]["none"], abs=0.1)


# --- the command line


def test_two_columns_of_stdin(run, pair_models, values):
    stdin = "red lamp here\tred lamp here\r\nno pair\n"
    code, out, err = run("predict", "--model", pair_models["pair_regression"], "--json", stdin=stdin)
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (1, "")
    assert lines[0] == values.predict(("red lamp here", "red lamp here")).to_dict()
    assert lines[1]["error"] == "the model takes a pair of texts, and this is one text: a TAB parts the two."


def test_two_columns_of_an_argument(run, pair_models):
    code, out, err = run("predict", "--model", pair_models["pair_regression"], "red lamp here\tred lamp here")
    shown = out.splitlines()
    assert (code, err) == (0, "")
    assert shown[0] == "red lamp here  |  red lamp here"
    assert shown[1].endswith("  from 10 to 40")
    assert shown[2].strip("█ ") == ""
    code, out, _ = run("predict", "--model", pair_models["pair_classification"], "\t".join(SAME))
    assert (code, out.splitlines()[1].split()[0]) == (0, "same")


def test_inspect(run, pair_models):
    code, out, _ = run("inspect", pair_models["pair_regression"], "--json")
    described = json.loads(out)
    assert (code, described["head"]["name"], described["head"]["assets"]) == (0, "pair_regression", ["range.json"])
    assert described["head"]["config"]["metric"] == "pearson"


@pytest.mark.parametrize(("head", "target"), list(zip(HEADS, ("label", "number"), strict=True)))
def test_evaluate(run, pair_models, pair_runs, head, target):
    data = pair_runs[head].folder.parent / "dev.tsv"
    arguments = ["--data", data, "--format", "delimited", *OPTIONS, "--option", f"target={target}", "--json"]
    code, out, err = run("evaluate", pair_models[head], *arguments)
    assert (code, err) == (0, "")
    exported = artifact.read(pair_models[head]).manifest.metrics["dev"]["metrics"]
    assert json.loads(out)["metrics"] == pytest.approx(exported, abs=0.1)


def test_evaluate_on_a_table_of_glue(run, pair_models, tmp_path):
    rows = ["red lamp here\tred lamp here\t5.0", "red lamp here\tblue dog outside\t0.0", "red dog here\tred dog in\t4"]
    (tmp_path / "dev.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *rows]) + "\n")
    code, out, _ = run("evaluate", pair_models["pair_regression"], "--data", tmp_path / "dev.tsv", "--json")
    assert code == 0
    assert json.loads(out)["metrics"]["pearson"] > 0.5


def test_benchmark(run, pair_models):
    code, out, _ = run("benchmark", pair_models["pair_classification"], "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["texts"] > 200
    assert set(figures["network_ms"]) == {"4", "8"}


# --- what does not fit


def test_one_text_for_a_model_of_pairs_and_the_reverse(labels):
    with pytest.raises(TextError, match="the model 'pairs' takes a pair of texts, and this is one text"):
        labels.predict("red lamp here")
    with pytest.raises(TextError, match="takes one text, and this is a pair of texts"):
        edgenlp.load("mtop-en").predict(SAME)


def test_data_of_another_form_are_one_sentence(run, pair_models, tmp_path):
    single, pairs = tmp_path / "single.csv", tmp_path / "pairs.csv"
    single.write_text("text,label\nred lamp,same\n")
    pairs.write_text("one,two,answer\na,b,same\n")
    for head, data, options, says in (
        ("pair_classification", single, [], "row 1: the model 'pairs' takes a pair of texts, and this is one text."),
        (
            "pair_regression",
            pairs,
            OPTIONS,
            "where the column holds numbers, say so with --option target=number of the reader delimited",
        ),
        ("pair_regression", pairs, [*OPTIONS, "--option", "target=number"], "field 'answer': 'same' is not a number."),
    ):
        code, out, err = run("evaluate", pair_models[head], "--data", data, "--format", "delimited", *options)
        assert (code, out) == (1, "")
        assert err.endswith(f"{says}\n") and is_one_sentence(err)
    code, out, err = run("evaluate", "mtop-en", "--data", pairs, "--format", "delimited", *OPTIONS)
    assert (code, out) == (1, "")
    assert "row 1: the model 'mtop-en' takes one text, and this is a pair of texts" in err and is_one_sentence(err)


@pytest.mark.parametrize(
    ("head", "options", "message"),
    [
        (
            "classification",
            'text_b = "two", ',
            r"takes one text a row, and 'a{60}' and 'b' is a pair of texts: name a head whose name begins with pair_, "
            "or leave out the option text_b of the reader",
        ),
        (
            "pair_classification",
            "",
            "takes a pair of texts a row, and 'a{60}' is one text: name a head whose name does not begin with pair_, "
            "or the option text_b of the reader",
        ),
        (
            "pair_regression",
            'text_b = "two", ',
            r"'same', which is not a number \(the reader delimited reads numbers with the option target = 'number'\)",
        ),
    ],
)
def test_rows_that_a_head_cannot_learn(head, options, message, tmp_path):
    from edgenlp.training import train

    (tmp_path / "train.csv").write_text(f"one,two,answer\n{'a' * 99},b,same\n")
    source = f'{{ path = "train.csv", format = "delimited", options = {{ text = "one", {options}label = "answer" }} }}'
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        f'name = "x"\n[encoder]\nname = "pqrnn"\n[head]\nname = "{head}"\n[data]\ntuning_share = 0\ntrain = [{source}]'
    )
    with pytest.raises(DataError, match=message):
        train(recipe, tmp_path / "run", None, [], False)
    assert not (tmp_path / "run").exists()
