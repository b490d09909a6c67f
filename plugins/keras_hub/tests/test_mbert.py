"""A model of mBERT's exact size goes through all that a teacher does, and its memory is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("keras_hub")
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")

# config.json of google-bert/bert-base-multilingual-cased
MBERT = {
    "architectures": ["BertForMaskedLM"],
    "attention_probs_dropout_prob": 0.1,
    "directionality": "bidi",
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": 768,
    "initializer_range": 0.02,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "model_type": "bert",
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "pad_token_id": 0,
    "position_embedding_type": "absolute",
    "type_vocab_size": 2,
    "vocab_size": 119547,
}
SAMPLE = Path(__file__).parents[3] / "recipes" / "data" / "quickstart" / "train.jsonl"
ROWS = 20
GIGABYTES = 11

RECIPE = """
name = "mbert"
encoder = { name = "keras_hub" }
head = { name = "semantic_parsing" }
data = { train = [{ path = "train.jsonl", format = "mtop" }], tuning_share = 0 }
training = { epochs = 1, batch_size = 4, max_tokens = 7 }
"""

STUDENT = """
name = "student"
encoder = {{ name = "pqrnn", bottleneck = 16, state_size = 8, layers = 1 }}
head = {{ name = "semantic_parsing" }}
data = {{ train = [{{ path = "train.jsonl", format = "mtop" }}], tuning_share = 0 }}
training = {{ epochs = 2, batch_size = 4, max_tokens = 7 }}

[distillation]
teacher = [{{ name = "run", run = "{run}" }}]
objective = [{{ name = "soft_labels" }}]
"""

# in a process of its own, whose memory can be read
SCRIPT = """
import json, re, sys
from pathlib import Path

peaks = {}

def peak(name):
    status = Path("/proc/self/status").read_text()  # of this program alone, unlike getrusage
    peaks[name] = round(int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 2**20, 2)

folder, model = Path(sys.argv[1]), sys.argv[2]
from edgenlp_keras_hub.config import KerasHubTeacherConfig
from edgenlp_keras_hub.teacher import KerasHubTeacher

peak("imported")
teacher, config = KerasHubTeacher(), KerasHubTeacherConfig(model=model)
digest = teacher.digest(config)
answers = list(teacher.label(["wake me up", "play some jazz"] * 20, ["vocabulary_logits"], config))
peak("labelled")
from edgenlp.training import train

run = train(folder / "recipe.toml", folder / "run", None, [f"encoder.model={model!r}"], False)
peak("trained")
history = [json.loads(line) for line in (run.folder / "history.jsonl").read_text().splitlines()]
print(json.dumps({
    "digest": digest,
    "answer": answers[-1]["vocabulary_logits"].shape,
    "parameters": run.student().encoder.count_params(),
    "loss": history[-1]["loss"],
    "gigabytes": peaks,
}))
"""


@pytest.mark.slow
def test_random_weights_of_mberts_size_label_are_taught_and_have_a_student(write_bert, tmp_path):
    letters = [chr(number) for number in range(ord("a"), ord("z") + 1)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = [*words, *(f"word{number}" for number in range(MBERT["vocab_size"] - len(words)))]
    model = write_bert(tmp_path / "mbert", MBERT, vocabulary, lowercase=False)
    rows = [line for line in SAMPLE.read_text().splitlines() if len(json.loads(line)["question"].split()) == 4]
    (tmp_path / "train.jsonl").write_text("\n".join(rows[:ROWS]) + "\n")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(model)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(f"peak memory in GB: {report['gigabytes']}\n")
    # all of BERT but its pooling layer
    assert report["parameters"] == 177_853_440 - 768 * 769
    assert report["answer"][1] == MBERT["vocab_size"]
    assert report["loss"] == report["loss"]
    assert max(report["gigabytes"].values()) < GIGABYTES
    recipe, labels = tmp_path / "student.toml", tmp_path / "labels"
    recipe.write_text(STUDENT.format(run=tmp_path / "run"))
    for arguments in (
        ["label", recipe, "--out", labels],
        ["train", recipe, "--labels", labels, "--out", tmp_path / "s"],
    ):
        command = [sys.executable, "-m", "edgenlp.cli", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
    losses = [json.loads(line)["loss"] for line in (tmp_path / "s" / "history.jsonl").read_text().splitlines()]
    assert losses[1] < losses[0]
