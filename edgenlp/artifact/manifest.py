"""The manifest: what a model file says about itself, in `edgenlp.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeVar

from edgenlp import __version__
from edgenlp.errors import ModelError

FORMAT_VERSION: Final = 1
_DEEPEST: Final = 64
MAX_LENGTH: Final = 4096

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Component:
    """The encoder or the head of a model.

    Attributes:
        name: as registered by its plugin.
        distribution: what to `pip install` for it.
        config: values of its `Config`.
        assets: names of the associated files that it reads.
    """

    name: str
    distribution: str
    config: dict[str, Any] = field(default_factory=dict)
    assets: tuple[str, ...] = ()

    def settings(self, config: type[T]) -> T:
        """Its `Config`, made from the values here; what JSON holds as a list is a tuple again.

        Raises:
            TypeError: `config` has no such field.
        """
        return config(**{name: _frozen(value) for name, value in self.config.items()})


@dataclass(frozen=True, slots=True)
class Graph:
    """What the graph of a model is.

    Attributes:
        signatures: number of token positions by signature name.
        ops: how often each builtin operation occurs.
        min_runtime_version: the oldest TFLite runtime that knows all of them.
        quantization: `none`, or how the weights are stored.
        sha256: hex digest of the bytes before the associated files; filled in when the model is written.
    """

    signatures: dict[str, int]
    ops: dict[str, int]
    min_runtime_version: str
    quantization: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is needed to run a model, and where it came from.

    Attributes:
        name: of the model.
        encoder: makes the graph's inputs.
        head: reads the graph's outputs.
        graph: the network.
        languages: BCP 47 tags.
        metrics: as `Evaluation.to_dict` has them: `dev`, as measured by the export, and `out_of_fold`, of runs that
            held folds out; empty where nothing was measured.
        recipe: the training recipe.
        data: digests and sizes of the training data.
        license: an SPDX expression.
        edgenlp_version: that wrote the model.
        format_version: of this manifest.
    """

    name: str
    encoder: Component
    head: Component
    graph: Graph
    languages: tuple[str, ...] = ()
    metrics: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    license: str = ""
    edgenlp_version: str = __version__
    format_version: int = FORMAT_VERSION

    def to_json(self) -> bytes:
        """UTF-8 JSON with sorted keys: equal manifests are equal bytes."""
        values = asdict(self)
        return json.dumps(values, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Read and check a manifest.

        Raises:
            ModelError: it is of a newer format, or not a manifest; the message names the key.
        """
        try:
            values = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ModelError("the manifest is not JSON") from error
        if not isinstance(values, dict):
            raise ModelError("the manifest is not a JSON object")
        if _nests_deeper(values, _DEEPEST):
            raise ModelError(f"the manifest nests values more than {_DEEPEST} deep")
        version = values.get("format_version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise ModelError(
                f"the model has format {version} and this edgenlp reads up to {FORMAT_VERSION}: "
                "pip install --upgrade edgenlp"
            )
        checked = _record(values, "", _MANIFEST)
        if checked["format_version"] != FORMAT_VERSION:
            raise ModelError(f"the manifest's format_version is {version}, which never was")
        return cls(**checked)


def _nests_deeper(value: Any, levels: int) -> bool:
    """Whether more than so many lists and objects stand in one another."""
    if not isinstance(value, (list, dict)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_nests_deeper(item, levels - 1) for item in inner)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


Check = Callable[[Any, str], Any]


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ModelError(f"the manifest's {where} is not a text")
    return value


def _distribution(value: Any, where: str) -> str:
    """Shown to the user after `pip install`, so nothing but a distribution's name may pass."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", _text(value, where)):
        raise ModelError(f"the manifest's {where} is not the name of a distribution")
    return str(value)


def _digest(value: Any, where: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", _text(value, where)):
        raise ModelError(f"the manifest's {where} is not a SHA-256 digest")
    return str(value)


def _count(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ModelError(f"the manifest's {where} is not a positive whole number")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ModelError(f"the manifest's {where} is not a list")
    return tuple(_text(item, where) for item in value)


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ModelError(f"the manifest's {where} is not an object")
    return value


def _counts(value: Any, where: str) -> dict[str, int]:
    return {name: _count(number, f"{where}.{name}") for name, number in _object(value, where).items()}


def _lengths(value: Any, where: str) -> dict[str, int]:
    """Bounded, because arrays of these lengths are made before the graph is asked what it takes."""
    lengths = _counts(value, where)
    for name, length in lengths.items():
        if length > MAX_LENGTH:
            raise ModelError(
                f"the manifest's {where}.{name} is {length:,} tokens, more than the {MAX_LENGTH:,} there may be"
            )
    return lengths


def _record(values: Mapping[str, Any], where: str, checks: Mapping[str, Check]) -> dict[str, Any]:
    """Every key of `checks`, checked; no other key may be there."""
    prefix = f"{where}." if where else ""
    for name in checks:
        if name not in values:
            raise ModelError(f"the manifest has no {prefix}{name}")
    for name in values:
        if name not in checks:
            raise ModelError(f"the manifest has an unknown key, {prefix}{name}")
    return {name: check(values[name], f"{prefix}{name}") for name, check in checks.items()}


def _component(value: Any, where: str) -> Component:
    checks = {"name": _text, "distribution": _distribution, "config": _object, "assets": _texts}
    return Component(**_record(_object(value, where), where, checks))


def _graph(value: Any, where: str) -> Graph:
    checks: dict[str, Check] = {
        "signatures": _lengths,
        "ops": _counts,
        "min_runtime_version": _text,
        "quantization": _text,
        "sha256": _digest,
    }
    graph = Graph(**_record(_object(value, where), where, checks))
    if not graph.signatures:
        raise ModelError(f"the manifest's {where}.signatures names none")
    return graph


_MANIFEST: Final[dict[str, Check]] = {
    "name": _text,
    "encoder": _component,
    "head": _component,
    "graph": _graph,
    "languages": _texts,
    "metrics": _object,
    "recipe": _object,
    "data": _object,
    "license": _text,
    "edgenlp_version": _text,
    "format_version": _count,
}
