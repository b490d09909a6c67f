"""A classifier as MediaPipe's Text Classifier reads it: one graph, the words of its vocabulary, and its labels.

MediaPipe's RegexTokenizer cuts a text at a pattern, throws away what the pattern matched, and looks up each part as it
is written: it folds no case and cuts no word into pieces. So it gets those words of the vocabulary that are one piece,
in the spellings that are to be expected, and all others are unknown to it. What that costs is measured and reported.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgenlp.artifact.files import write_atomically
from edgenlp.artifact.metadata import with_text_classifier_metadata
from edgenlp.artifact.model_file import LABELS, with_files
from edgenlp.errors import ExportError
from edgenlp.export.report import write_report
from edgenlp.interfaces import Example, Exporter, Featurizer, PieceTokens, Tokens
from edgenlp.runtime.quiet import quiet_runtime
from edgenlp.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from edgenlp.training.run import Run

WORDS: Final = "vocab.txt"
PADDING, UNKNOWN = "<PAD>", "<UNKNOWN>"
DELIMITERS: Final = r"[^\pL\pM\pN]+"
"""What stands between words, in RE2's terms: all but letters, marks and numbers."""


class MediaPipeExporter(Exporter):
    """A `.tflite` for MediaPipe's Text Classifier, and for nothing else: it holds no manifest."""

    name = "mediapipe"

    def export(
        self, run: Path, out: Path, quantize: str = "dynamic", max_drop: float | None = None, **options: Any
    ) -> dict[str, Any]:
        """Convert, measure what MediaPipe's words cost, and write the model and, beside it, the report.

        Args:
            run: the folder of a finished run of a classifier whose encoder reads the ids of a vocabulary.
            out: the model file; the report gets its name with `.report.json`.
            quantize: as for the exporter `tflite`.
            max_drop: the largest loss of the head's primary metric, a fraction of 1, on the tuning rows (the dev rows
                where there are none), that reading with MediaPipe's words instead of the vocabulary's pieces may cost.
            options: none are known.

        Raises:
            ExportError: MediaPipe cannot run such a model, or its words cost more than `max_drop`.
        """
        from edgenlp.export.convert import check_quantization
        from edgenlp.training.run import load_run

        check_quantization(quantize)
        if options:
            raise ExportError(f"the exporter mediapipe has no option {', '.join(sorted(options))}")
        if quantize == "int8":
            raise ExportError("MediaPipe's Text Classifier reads scores in float32: take another form than int8")
        return _export(load_run(run), out, quantize, max_drop)


class RegexWords:
    """MediaPipe's RegexTokenizer with the words of a vocabulary.

    Attributes:
        ids: of all words, each as it may be written.
    """

    def __init__(self, vocabulary: Vocabulary, texts: Iterable[str]) -> None:
        """Find the words that are one piece of the vocabulary, among its pieces and in some texts."""
        self._unknown = vocabulary.unknown
        self._padding = vocabulary.padding
        self.ids: dict[str, int] = {}
        written = (word for text in texts for word in words(text))
        spelled = (spelling for piece in vocabulary.pieces for spelling in _spellings(piece))
        for word in (*spelled, *written):
            found = vocabulary.tokenize(word, 2).ids
            if len(found) == 1 and found[0] != vocabulary.unknown and list(words(word)) == [word]:
                self.ids.setdefault(word, found[0])

    def tokenize(self, text: str, limit: int) -> PieceTokens:
        """What MediaPipe makes of a text; spans, which it does not tell, are left out."""
        found = [self.ids.get(word, self._unknown) for word in islice(words(text), limit + 1)]
        return PieceTokens(text, [], len(found) > limit, found[:limit])

    def asset(self) -> bytes:
        """A word and its id a line, as MediaPipe reads them."""
        entries = {PADDING: self._padding, UNKNOWN: self._unknown, **self.ids}
        return "".join(f"{word} {number}\n" for word, number in entries.items()).encode()


def words(text: str) -> Iterator[str]:
    """What the pattern `DELIMITERS` leaves of a text."""
    for inside, run in groupby(text, lambda char: unicodedata.category(char)[0] in "LMN"):
        if inside:
            yield "".join(run)


def _spellings(piece: str) -> Iterator[str]:
    """A word as it stands in the middle of a sentence, at the beginning and in a headline."""
    word = unicodedata.normalize("NFC", piece.lstrip("▁"))
    yield from (word, word[:1].upper() + word[1:], word.upper())


def _export(run: Run, out: Path, quantize: str, max_drop: float | None) -> dict[str, Any]:
    from edgenlp.export.graph import arithmetic, min_runtime_version, operations, parse
    from edgenlp.training.rows import holding_tokens
    from edgenlp.training.run import rows_of

    featurizer = run.featurizer()
    labels = run.labels()
    vocabulary = _vocabulary(run, featurizer, labels)
    splits = rows_of(run)
    tokenizer = RegexWords(vocabulary, (example.text for example in splits.train if isinstance(example.text, str)))
    length = max(run.recipe.export.lengths)
    graph = _convert(run, featurizer, length, quantize)
    model = parse(graph)
    metric = run.head.primary_metric(run.head_config)

    tuning, dev = (holding_tokens(some, featurizer) for some in (splits.tuning, splits.dev))

    def measure(examples: Sequence[Example]) -> dict[str, Any]:
        return _measure(run, featurizer, tokenizer, graph, length, examples) if examples else {}

    if max_drop is not None:
        _gate(measure(tuning or dev), metric, max_drop)
    measured = measure(dev)
    described = with_text_classifier_metadata(graph, run.recipe.name, run.recipe.license, WORDS, DELIMITERS, LABELS)
    files = {WORDS: tokenizer.asset(), LABELS: "".join(f"{label}\n" for label in labels).encode()}
    # MediaPipe reads associated files where they lie
    write_atomically(out, with_files(described, files, compressed=False))
    report = {
        "model": run.recipe.name,
        "size_bytes": out.stat().st_size,
        "quantization": quantize,
        "signatures": {entry.signatureKey.decode(): length for entry in model.signatureDefs},
        "ops": operations(model),
        "arithmetic": arithmetic(model),
        "min_runtime_version": min_runtime_version(model),
        "primary_metric": metric,
        "pieces": len(vocabulary.pieces),
        "words": len(tokenizer.ids),
        "metrics": measured,
    }
    write_report(out, report)
    return report


def _vocabulary(run: Run, featurizer: Featurizer, labels: Sequence[str]) -> Vocabulary:
    """The vocabulary of a run that MediaPipe can run.

    Raises:
        ExportError: it is of another kind.
    """
    if featurizer.vocabulary is None:
        raise ExportError(
            "MediaPipe's Text Classifier looks up words in a vocabulary, and the encoder "
            f"{run.encoder.name!r} has none: export the run as tflite, and run it with edgenlp's own library"
        )
    if len(labels) < 2 or run.head.sequences > 1 or len(run.student()(_nothing(featurizer))) > 1:
        raise ExportError(
            f"MediaPipe's Text Classifier gives one label for one text, and the head {run.head.name!r} does something "
            "else: export the run as tflite"
        )
    taken = featurizer.inputs(Tokens("", []), 8)
    if [(array.dtype, array.shape) for array in taken.values()] != [(np.dtype(np.int32), (1, 8))]:
        raise ExportError(
            f"MediaPipe's Text Classifier gives a graph the ids of words, and that of the encoder {run.encoder.name!r} "
            f"takes {', '.join(taken)}: export the run as tflite"
        )
    return featurizer.vocabulary


def _nothing(featurizer: Featurizer) -> tuple[Any]:
    from edgenlp.training.student import example_inputs

    return (example_inputs(featurizer),)


def _convert(run: Run, featurizer: Featurizer, length: int, quantize: str) -> bytes:
    """The graph of one length, which gives probabilities: MediaPipe shows scores as they come."""
    import tensorflow as tf

    from edgenlp.export.convert import convert
    from edgenlp.training.student import Student

    student = run.student()

    class Probabilities(Student):
        def call(self, inputs: Sequence[dict[str, tf.Tensor]], training: bool = False) -> dict[str, tf.Tensor]:
            return {name: tf.nn.softmax(logits) for name, logits in super().call(inputs, training).items()}

    return convert(Probabilities(student.encoder, student.head), featurizer, 1, [length], quantize)


def _measure(
    run: Run, featurizer: Featurizer, tokenizer: RegexWords, graph: bytes, length: int, examples: Sequence[Example]
) -> dict[str, Any]:
    """The head's metrics where the graph reads the vocabulary's pieces, and where it reads MediaPipe's words."""
    from edgenlp.export.convert import signature_name
    from edgenlp.runtime.interpreter import Network

    with quiet_runtime():
        network = Network(graph)
    decoder = run.decoder()
    signature = signature_name(length)

    def metrics(tokenize: Any) -> Mapping[str, Any]:
        predictions = []
        for example in examples:
            tokens = tokenize(example.text, length)
            outputs = network.run(signature, featurizer.inputs(tokens, length))
            logits = {name: np.log(np.maximum(array[0], 1e-30)) for name, array in outputs.items()}
            predictions.append(decoder.decode(logits, [tokens]))
        return {"examples": len(examples), "metrics": run.head.evaluate(examples, predictions)}

    return {"edgenlp": metrics(featurizer.tokenize), "mediapipe": metrics(tokenizer.tokenize)}


def _gate(measured: Mapping[str, Any], metric: str, max_drop: float) -> None:
    if not measured:
        raise ExportError("--max-drop needs tuning or dev rows in the recipe to measure the loss on")
    ours, theirs = measured["edgenlp"], measured["mediapipe"]
    drop = ours["metrics"][metric] - theirs["metrics"][metric]
    if drop > max_drop:
        raise ExportError(
            f"MediaPipe's words instead of pieces cost {drop:.4f} of {metric} on {ours['examples']} rows, more than "
            f"the {max_drop} that --max-drop allows: nothing was written"
        )
