"""A pretrained model's two halves, its tokenizer and its backbone: from its folder, or from a run's small files."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import keras
from keras_hub import models
from keras_hub.tokenizers import WordPieceTokenizer

from edgenlp.data.pretrained import quoted, read_object
from edgenlp.errors import RecipeError
from edgenlp.interfaces import Assets
from edgenlp_keras_hub.quick import quicken
from edgenlp_keras_hub.tensors import check_finite, tensor_files

DESCRIPTION: Final = "backbone.json"
"""The asset that says how tokenizer and backbone are built; the tokenizer's own files lie beside it."""

_SURPLUS: Final = 1.01
"""Embedding tables may be a little longer than the vocabulary, padded to a round number."""

_ROUND: Final = 8
"""The rows of a padded table are a multiple of this, and often of 64 or 128."""

_LAYER: Final = re.compile(r"(?:^|\.)layer\.(\d+)\.")
"""In Hugging Face's names of tensors; ALBERT's layers share theirs, and have no numbers."""


def read_tokenizer(folder: Path) -> Any:
    """The tokenizer of a model's folder.

    Raises:
        RecipeError: its files are missing or damaged.
    """
    with _sentences(folder, "has no tokenizer that KerasHub can read"), _closing():
        tokenizer = models.Tokenizer.from_preset(str(folder))
        # BERT's own tokenizer strips accents where it lowers case; KerasHub's does not unless told, and then
        # an uncased vocabulary, which holds no accents, would not know the word
        if getattr(tokenizer, "lowercase", False):
            tokenizer.strip_accents = True
        return tokenizer


def read_backbone(folder: Path, load_weights: bool) -> Any:
    """The network of a model's folder.

    Raises:
        RecipeError: its weights are missing, damaged, or do not fit its config.json.
    """
    _check_layers(folder)
    with _sentences(folder, "holds weights that do not fit its config.json"):
        backbone = models.Backbone.from_preset(str(folder), load_weights=load_weights)
    if load_weights:
        check_finite(folder, (weight.numpy() for weight in backbone.weights))
    return backbone


def _check_layers(folder: Path) -> None:
    """Raise where config.json names another number of layers than there are: KerasHub would drop the upper ones."""
    held = max((int(found[1]) + 1 for name in tensor_files(folder) if (found := _LAYER.search(name))), default=None)
    config = read_object(folder, "config.json")
    named = config.get("num_hidden_layers", config.get("n_layers"))
    if held is not None and named not in (held, None):
        raise RecipeError(f"{folder} holds weights of {held} layers, and a config.json for {named}: fetch it again")


def check_vocabulary(where: Path | str, tokenizer: Any, rows: int) -> None:
    """Raise where the vocabulary cannot be the one that the model was trained with.

    Args:
        where: holds both; named in the message.
        tokenizer: the model's.
        rows: of the model's embedding table.

    Raises:
        RecipeError: it has too few subwords, or too many.
    """
    size = tokenizer.vocabulary_size()
    # a WordPiece's number is its line: where one is missing, all later numbers are wrong. Other kinds lose none so
    # easily, and have tables of any length (multilingual-e5-small: 250,002 subwords, 250,037 rows)
    may_be_longer = rows % _ROUND == 0 or not isinstance(tokenizer, WordPieceTokenizer)
    if not size <= rows <= (size * _SURPLUS if may_be_longer else size):
        raise RecipeError(
            f"{where} holds a vocabulary of {size} subwords and a model for {rows}: they do not belong together, "
            "so take both from where the model comes from"
        )


@contextmanager
def _sentences(folder: Path, what: str) -> Iterator[None]:
    """Whatever KerasHub and safetensors raise over a damaged folder, as a sentence that names it."""
    try:
        yield
    except RecipeError:
        raise
    except Exception as error:  # KeyError, ValueError, OSError and safetensors' own
        raise RecipeError(f"{folder} {what} ({quoted(error)}): fetch it again") from error


@contextmanager
def _closing() -> Iterator[None]:
    """KerasHub leaves it to Python to close a sentencepiece file, of which Python warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield


def to_assets(tokenizer: Any, backbone: Any) -> dict[str, bytes]:
    """Both, without weights, as small files from which a run builds them without the model's folder."""
    description = {
        "backbone": keras.saving.serialize_keras_object(backbone),
        "tokenizer": keras.saving.serialize_keras_object(tokenizer),
    }
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_assets(folder)
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    return {DESCRIPTION: (json.dumps(description, indent=2) + "\n").encode(), **files}


def tokenizer_from(assets: Assets) -> Any:
    """The tokenizer that `to_assets` wrote.

    Raises:
        RecipeError: its vocabulary is no longer the one that the network was trained with.
    """
    tokenizer = keras.saving.deserialize_keras_object(json.loads(assets[DESCRIPTION])["tokenizer"])
    with tempfile.TemporaryDirectory() as folder:
        for name in assets.keys() - {DESCRIPTION}:
            (Path(folder) / name).write_bytes(assets[name])
        with _closing():
            tokenizer.load_assets(folder)
    backbone = _config(assets)
    check_vocabulary("the run's encoder", tokenizer, backbone.get("vocabulary_size") or backbone["vocab_size"])
    return tokenizer


def backbone_from(assets: Assets, dropout: float, dtype: str) -> Any:
    """The network that `to_assets` described, with random weights and with activations of this type."""
    description = json.loads(assets[DESCRIPTION])["backbone"]
    description["config"] |= {"dropout": dropout, "dtype": keras.saving.serialize_keras_object(policy(dtype))}
    return keras.saving.deserialize_keras_object(description)


def rows(backbone: Any) -> int:
    """Of a network's table of subwords; of its settings, ELECTRA's has another name."""
    return int(backbone.token_embedding.input_dim)


def policy(dtype: str) -> keras.DTypePolicy:
    """Activations and products of this type, weights in float32."""
    return keras.DTypePolicy("float32" if dtype == "float32" else f"mixed_{dtype}")


def hidden_states(backbone: Any) -> keras.Model:
    """The part of a backbone that gives a vector for each subword: pooling is left out, and layers are quick."""
    quicken(backbone)
    outputs = backbone.output
    return keras.Model(backbone.input, outputs["sequence_output"] if isinstance(outputs, dict) else outputs)


def window(assets: Assets) -> int:
    """The most subwords that the network reads, marks at both ends included."""
    return int(_config(assets)["max_sequence_length"])


def _config(assets: Assets) -> dict[str, Any]:
    """How the network is built, in KerasHub's words."""
    config: dict[str, Any] = json.loads(assets[DESCRIPTION])["backbone"]["config"]
    return config
