"""Several languages in one run: folds, temperature, figures by language, and the gate of the export."""

import json
from pathlib import Path

import pytest

from edgenlp.cli.main import main
from edgenlp.errors import ExportError
from edgenlp.evaluation import Evaluation
from edgenlp.export import tflite
from edgenlp.export.convert import convert
from edgenlp.training import train

SAMPLES = Path(__file__).parents[1] / "data"
LANGUAGES = ("de", "en", "es", "fr", "hi", "th")
RECIPE = """
name = "several"
languages = ["de", "en", "es", "fr", "hi", "th"]
[encoder]
name = "pqrnn"
word_features = 32
ngram_features = 32
bottleneck = 16
state_size = 8
layers = 1
[head]
name = "semantic_parsing"
hidden = 16
[data]
train = [
  {{ path = "mtop/en.train.jsonl", format = "mtop", language = "en" }},
{folded}
]
tuning_share = 0.1
folds = 4
temperature = 5.0
[training]
epochs = 1
batch_size = 64
shards = 1
max_tokens = 7
[export]
lengths = [9]
""".format(
    folded="\n".join(
        f'  {{ path = "mtop/{language}.dev.tsv", format = "mtop", folded = true }},' for language in LANGUAGES
    )
)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("several") / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def run(recipe):
    return train(recipe, recipe.parent / "run", SAMPLES, [], False)


def test_figures_are_there_for_each_language(run):
    dev = run.metrics["dev"]
    assert set(dev["languages"]) == set(LANGUAGES)
    sizes = {part["examples"] for part in dev["languages"].values()}
    # the fold holds the same meanings in every language
    assert sizes == {dev["examples"] // 6}
    assert 2 < sizes.pop() < 20
    mean = sum(part["metrics"]["intent_accuracy"] for part in dev["languages"].values()) / 6
    assert dev["metrics"]["intent_accuracy"] == pytest.approx(mean)


def test_the_counts_are_kept_with_the_run(run):
    counts = run.metrics["data"]
    assert {name: run.provenance["data"][name] for name in counts} == counts
    assert sum(counts.values()) == 600 + 6 * 40
    assert min(counts["train_rows"], counts["tuning_rows"], counts["dev_rows"]) > 0


def test_the_export_shows_each_language(run, tmp_path, capsys):
    out = tmp_path / "several.tflite"
    assert main(["export", str(run.folder), "--out", str(out)]) == 0
    report = json.loads(out.with_suffix(".report.json").read_text())
    assert set(report["metrics"]["dynamic"]["languages"]) == set(LANGUAGES)
    assert sum(part["examples"] for part in report["gate"]["languages"].values()) == report["gate"]["examples"]
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in table[-6:]] == [
        ["exact_match", language] for language in report["metrics"]["dynamic"]["languages"]
    ]


@pytest.fixture(scope="module")
def draft(run):
    graph = convert(run.student(), run.featurizer(), 1, [9], "dynamic")
    return tflite._artifact(run, tflite.associated_files(run), graph, [9], "dynamic")


@pytest.fixture
def gate(run, draft, monkeypatch):
    """The gate at 0.005, told the rows of each language and its exact match before and after quantization."""

    def judge(languages):
        def part(place):
            parts = {name: Evaluation(values[0], {"exact_match": values[place]}) for name, values in languages.items()}
            rows = sum(part.examples for part in parts.values())
            mean = sum(part.examples * part.metrics["exact_match"] for part in parts.values()) / rows
            return Evaluation(rows, {"exact_match": mean}, languages=parts)

        figures = {b"float": part(1), draft.graph: part(2)}
        monkeypatch.setattr(tflite, "_measure", lambda model, examples: figures[model.graph])
        return tflite._gate(run, draft, lambda mode: b"float", ["a row"], part(2), 0.005)

    return judge


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        ({"en": (9000, 0.8, 0.799), "th": (100, 0.7, 0.6)}, r"costs 0\.1000 of exact_match on 100 rows of 'th' \(0\.7"),
        ({"en": (300, 0.8, 0.7), "th": (99, 0.7, 0.65)}, r"on 300 rows of 'en'"),
        ({"en": (99, 0.8, 0.7), "th": (99, 0.7, 0.6)}, r"on 198 rows \(0\.75"),
    ],
)
def test_no_language_of_enough_rows_may_lose_more_than_the_gate_allows(gate, languages, message):
    with pytest.raises(ExportError, match=message):
        gate(languages)


def test_a_language_of_few_rows_is_reported_and_not_judged(gate):
    found = gate({"en": (9000, 0.8, 0.8), "th": (99, 0.7, 0.6)})
    assert found["languages"]["th"] == {"examples": 99, "none": 0.7, "dynamic": 0.6}
