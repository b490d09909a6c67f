"""A loaded model: text in, prediction out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar, overload

from edgenlp import artifact
from edgenlp.artifact import Artifact, Component, Manifest
from edgenlp.errors import EdgeNLPError, ModelError, PluginError, TextError
from edgenlp.interfaces import Arrays, Decoder, Encoder, Featurizer, Prediction, TaskHead, Text, Tokens, parts
from edgenlp.plugins import PluginManager
from edgenlp.plugins import plugins as installed_plugins
from edgenlp.runtime.catalogue import resolve
from edgenlp.runtime.form import check_form, check_tokens
from edgenlp.runtime.inputs import graph_inputs
from edgenlp.runtime.interpreter import Network

DEFAULT_MODEL: Final = "mtop-en"

Kind = TypeVar("Kind", Encoder, TaskHead)


class Model:
    """A model in memory; threads may share it, and processes may be sent it.

    `predict` is all that most callers need. The steps that it takes are methods too, so that each can be measured and
    replayed: `tokenize`, `signature_for`, `features`, `network`, `decode`.

    Args:
        source: the model's bytes, taken apart.
        threads: that the TFLite runtime uses within one prediction.
        plugins: where the encoder and the head are found; the installed ones by default.

    Attributes:
        manifest: what the model says about itself.
        files: its associated files by name.
        encoder: the encoder's plugin.
        head: the task head's plugin.
        signatures: signature names by number of token positions, shortest first.
        network: runs the graph.

    Raises:
        PluginError: the model's encoder or head is not installed, or cannot read it.
        ModelError: the graph does not run, or takes other arrays than the encoder makes.
        MissingExtraError: no TFLite runtime is installed.
        ValueError: `threads` is not from 1 to `edgenlp.runtime.interpreter.MAX_THREADS`.
    """

    def __init__(self, source: Artifact, *, threads: int = 1, plugins: PluginManager | None = None) -> None:
        self.manifest: Manifest = source.manifest
        self.files = source.files
        registry = plugins or installed_plugins()
        self.encoder = _component(registry, Encoder, self.manifest.encoder)
        self.head = _component(registry, TaskHead, self.manifest.head)
        self._featurizer = self.new_featurizer()
        self._decoder = self._new_decoder()
        graph = self.manifest.graph
        self.signatures = {length: name for name, length in sorted(graph.signatures.items(), key=lambda item: item[1])}
        self._longest = max(self.signatures)
        self.network = Network(source.graph, threads, graph.min_runtime_version)
        self._check_fit()

    def __reduce__(self) -> tuple[Any, ...]:
        """For other processes, and copies: the file's content, which is loaded again there."""
        source = Artifact(self.network.graph, self.manifest, self.files)
        return _again, (source, self.network.threads)

    @property
    def name(self) -> str:
        """The model's own name."""
        return self.manifest.name

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags of the languages that it was trained for."""
        return self.manifest.languages

    @property
    def labels(self) -> list[str]:
        """That an answer may have; of a regression its range alone."""
        return self.head.labels(self.files)

    @property
    def metrics(self) -> dict[str, Any]:
        """Fractions of 1, as measured when it was exported."""
        return self.manifest.metrics

    @overload
    def predict(self, text: Text) -> Prediction: ...

    @overload
    def predict(self, text: list[str] | list[tuple[str, str]] | list[Text]) -> list[Prediction]: ...

    def predict(self, text: Text | list[str] | list[tuple[str, str]] | list[Text]) -> Prediction | list[Prediction]:
        """What the model says about a text.

        Args:
            text: a text; a tuple of two texts for a model of pairs; or a list of either.

        Returns:
            A prediction (a list of them for a list); its `truncated` is True where the text was longer than the model
            reads, and was cut at a token.

        Raises:
            TextError: the text is empty or no text at all, or a pair is given to a model of single texts. Of a list it
                tells which one, and nothing is predicted.
        """
        if isinstance(text, list):
            return [self._predict_item(item, number, len(text)) for number, item in enumerate(text, 1)]
        return self._predict_one(text)

    def answers(self, texts: Iterable[Text]) -> Iterator[Prediction | TextError]:
        """What `predict` says about each text, in order, or the error with which it refuses one."""
        for text in texts:
            try:
                yield self._predict_one(text)
            except TextError as error:
                yield error

    def _predict_one(self, text: Text) -> Prediction:
        tokens = self.tokenize(text)
        length, signature = self.signature_for(tokens)
        return self.decode(self.network.run(signature, self.features(tokens, length)), tokens)

    def _predict_item(self, text: Text, number: int, count: int) -> Prediction:
        try:
            return self._predict_one(text)
        except TextError as error:
            raise type(error)(f"text {number} of {count}: {error}") from error

    def tokenize(self, text: Text) -> list[Tokens]:
        """The text, or both texts of a pair, cut into at most as many tokens as the longest signature takes.

        Raises:
            TextError: as by `predict`.
        """
        tokenized = self._tokenized(text)
        check_tokens(tokenized)
        return tokenized

    def is_empty(self, text: Text) -> bool:
        """Whether the text, or one of a pair, holds no token, so that `predict` refuses it.

        Raises:
            TextError: it is no text at all, or a pair for a model of single texts, or the reverse.
        """
        return not all(map(len, self._tokenized(text)))

    def _tokenized(self, text: Text) -> list[Tokens]:
        check_form(text, self.head.sequences, self.name)
        return [self._featurizer.tokenize(part, self._longest) for part in parts(text)]

    def signature_for(self, tokens: Sequence[Tokens]) -> tuple[int, str]:
        """Length and name of the shortest signature that holds the tokens."""
        count = max(map(len, tokens))
        for length, name in self.signatures.items():
            if count <= length:
                return length, name
        raise ModelError(f"{count} tokens are more than the {self._longest} that {self.name!r} reads.")

    def features(self, tokens: Sequence[Tokens], length: int) -> Arrays:
        """The inputs of the signature of that length."""
        return graph_inputs(self._featurizer, tokens, length)

    def decode(self, outputs: Arrays, tokens: Sequence[Tokens]) -> Prediction:
        """The prediction that the graph's outputs (with their batch dimension) mean."""
        return self._decoder.decode({name: array[0] for name, array in outputs.items()}, tokens)

    def new_featurizer(self) -> Featurizer:
        """A featurizer of this model with an empty token cache."""
        component = self.manifest.encoder
        with _read_by("encoder", component):
            config = component.settings(self.encoder.Config)
            return self.encoder.featurizer(config, self._assets(component))

    def _new_decoder(self) -> Decoder:
        component = self.manifest.head
        with _read_by("task head", component):
            return self.head.decoder(component.settings(self.head.Config), self._assets(component))

    def _assets(self, component: Component) -> dict[str, bytes]:
        return {name: self.files[name] for name in component.assets}

    def _check_fit(self) -> None:
        """The graph takes the arrays that the encoder makes; it runs, and the head can read what it says.

        A runtime would silently resize a graph to a wrong input, so this is checked once, for each length.
        """
        with _read_by("encoder", self.manifest.encoder):
            tokens = [self._featurizer.tokenize("a", 1) for _ in range(self.head.sequences)]
            features = {length: self.features(tokens, length) for length in self.signatures}
        for length, signature in self.signatures.items():
            made = {name: (array.shape, array.dtype.name) for name, array in features[length].items()}
            taken = self.network.shapes(signature)
            if made != taken:
                raise ModelError(
                    f"the model {self.name!r} does not fit its encoder {self.encoder.name!r} as installed: "
                    f"its signature {signature!r} takes {_listed(taken)} and the encoder makes {_listed(made)}."
                )
        length, signature = next(iter(self.signatures.items()))
        outputs = self.network.run(signature, features[length])
        with _read_by("task head", self.manifest.head):
            self.decode(outputs, tokens)


def load(path_or_name: str | Path, *, threads: int = 1) -> Model:
    """Load a model file, or a model that comes with the package.

    Args:
        path_or_name: a path, or a bundled model's name such as `mtop-en`.
        threads: that the TFLite runtime uses within one prediction.

    Raises:
        ModelError: no such model, or it cannot be used; one sentence says why.
        PluginError: a plugin that the model needs is missing; the message names the install command.
        MissingExtraError: no TFLite runtime is installed.
        ValueError: `threads` is not from 1 to `edgenlp.runtime.interpreter.MAX_THREADS`.
    """
    path = resolve(path_or_name)
    try:
        return Model(artifact.read(path), threads=threads)
    except PluginError as error:
        raise PluginError(f"{path}: {error}") from error.__cause__


def _again(source: Artifact, threads: int) -> Model:
    return Model(source, threads=threads)


def predict(text: Text | list[str] | list[tuple[str, str]], model: str | Path = DEFAULT_MODEL) -> Any:
    """What a model says about a text; it is loaded on first use, and kept until its file is another one.

    Args:
        text: as for `Model.predict`.
        model: a path, or a bundled model's name.

    Raises:
        EdgeNLPError: as by `load` and `Model.predict`.
    """
    # what is no name may have no hash either
    path = _resolved(model, Path.cwd()) if isinstance(model, str | Path) else resolve(model)
    return _loaded(path, _modified(path)).predict(text)


@lru_cache(maxsize=64)
def _resolved(model: str | Path, folder: Path) -> Path:
    return folder / resolve(model)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):  # `load` will say what is wrong with it
        return 0


@lru_cache(maxsize=8)
def _loaded(path: Path, modified: int) -> Model:  # noqa: ARG001
    return load(path)


def _component(plugins: PluginManager, contract: type[Kind], component: Component) -> Kind:
    kind = "encoder" if contract is Encoder else "task head"
    try:
        return plugins.get(contract, component.name)
    except PluginError:
        failures = "".join(
            f" (plugin {name!r} could not be loaded: {failure})" for name, failure in plugins.failures.items()
        )
        raise PluginError(
            f"the model needs the {kind} {component.name!r}, which no installed plugin has{failures}: "
            f"pip install {component.distribution}"
        ) from None


@contextmanager
def _read_by(kind: str, component: Component) -> Iterator[None]:
    """A plugin reads the model here: whatever it stumbles over is told as one sentence."""
    try:
        yield
    except EdgeNLPError:
        raise
    except Exception as error:
        raise PluginError(
            f"the {kind} {component.name!r} as installed cannot read this model ({type(error).__name__}: {error}): "
            f"pip install --upgrade {component.distribution}"
        ) from error


def _listed(shapes: dict[str, tuple[tuple[int, ...], str]]) -> str:
    return ", ".join(f"{name} {dtype}{list(shape)}" for name, (shape, dtype) in sorted(shapes.items())) or "nothing"
