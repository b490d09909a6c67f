"""Pretrained models with random weights, written as Hugging Face would."""

import json
import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [chr(number) for number in range(33, 127) if not 65 <= number <= 90]
TEXT = "wake me up at play some jazz set an alarm for tomorrow will it rain in the message to mom"
WORDS = TEXT.split(" ")
VOCABULARY = [*MARKS, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS, "##ing", "caf"]
CONFIG = {
    "model_type": "bert",
    "vocab_size": len(VOCABULARY),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
}


def bert_shapes(config):
    """The tensors of a BertForMaskedLM, by name."""
    width, inner = config["hidden_size"], config["intermediate_size"]
    shapes = {
        "bert.embeddings.word_embeddings.weight": (config["vocab_size"], width),
        "bert.embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
        "bert.embeddings.token_type_embeddings.weight": (config["type_vocab_size"], width),
        "bert.pooler.dense.weight": (width, width),
        "bert.pooler.dense.bias": (width,),
        "cls.predictions.transform.dense.weight": (width, width),
        "cls.predictions.transform.dense.bias": (width,),
        "cls.predictions.bias": (config["vocab_size"],),
    }
    norms = ["bert.embeddings.LayerNorm", "cls.predictions.transform.LayerNorm"]
    for number in range(config["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{number}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{layer}.{name}.weight": (width, width), f"{layer}.{name}.bias": (width,)}
        shapes |= {f"{layer}.intermediate.dense.weight": (inner, width), f"{layer}.intermediate.dense.bias": (inner,)}
        shapes |= {f"{layer}.output.dense.weight": (width, inner), f"{layer}.output.dense.bias": (width,)}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name in norms:
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    return shapes


def written(folder, config=CONFIG, vocabulary=VOCABULARY, lowercase=True, word_prediction=True):
    """A folder in Hugging Face's form with random weights."""
    from safetensors.numpy import save_file

    rng = np.random.default_rng(0)
    block = rng.normal(scale=0.3 if config["hidden_size"] < 64 else 0.02, size=1_000_003).astype(np.float32)
    tensors = {
        name: np.ones(shape, np.float32) if name.endswith("LayerNorm.weight") else np.resize(block, shape)
        for name, shape in bert_shapes(config).items()
        if word_prediction or not name.startswith("cls.")
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": lowercase}))
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    save_file(tensors, folder / "model.safetensors")
    return folder


def add_pooling(folder, normalize=True):
    """What sentence-transformers lays beside a model."""
    kinds = ["models.Transformer", "models.Pooling", *(["models.Normalize"] if normalize else [])]
    modules = [{"idx": i, "type": f"sentence_transformers.{kind}"} for i, kind in enumerate(kinds)]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 32}))
    return folder


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    """A tiny BERT with a word-prediction head and with sentence-transformers' pooling."""
    return add_pooling(written(tmp_path_factory.mktemp("models") / "bert"))


@pytest.fixture(scope="session")
def write_bert():
    """A function that writes a BERT with random weights into a folder and returns it."""
    return written


@pytest.fixture
def config():
    """The tiny BERT's config.json."""
    return CONFIG
