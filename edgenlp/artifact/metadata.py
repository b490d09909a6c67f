"""TFLite Metadata: what other tools (model viewers, Android Studio, tflite-support) read about a model.

The slots are those of metadata_schema.fbs 1.0.0, which every parser knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgenlp.artifact.flatbuffer import (
    SUBGRAPH_INPUTS,
    SUBGRAPH_OUTPUTS,
    SUBGRAPH_TENSORS,
    SUBGRAPHS,
    TENSOR_NAME,
    TENSOR_SHAPE,
    Table,
    with_metadata,
)
from edgenlp.artifact.manifest import Manifest

ENTRY = "TFLITE_METADATA"
IDENTIFIER = b"M001"
PARSER_VERSION = "1.0.0"
UNKNOWN_FILE, AXIS_LABELS_FILE, VOCABULARY_FILE = 0, 2, 5
FILE_DESCRIPTIONS = {UNKNOWN_FILE: "read by edgenlp", AXIS_LABELS_FILE: "labels, one a line", VOCABULARY_FILE: "words"}
FEATURE_PROPERTIES = 1
REGEX_TOKENIZER = 6


def with_tflite_metadata(graph: bytes, manifest: Manifest, files: Sequence[str], labels: Mapping[str, int]) -> bytes:
    """The graph with its description inside.

    Args:
        graph: a TFLite flatbuffer.
        manifest: gives name, licence, and version.
        files: names of the associated files.
        labels: of those that hold the labels of an output, the number of labels; such a file is attached to the
            first output whose last dimension has that size.
    """
    return with_metadata(graph, ENTRY, _metadata(graph, manifest, files, labels))


def with_text_classifier_metadata(
    graph: bytes, name: str, license: str, vocabulary: str, delimiters: str, labels: str
) -> bytes:
    """The graph described as MediaPipe's Text Classifier asks for it: how a text becomes ids, what the scores are of.

    Args:
        graph: a TFLite flatbuffer that takes the ids of words and gives a score for each label.
        name: of the model.
        license: an SPDX expression.
        vocabulary: name of the associated file with a word and its id a line.
        delimiters: the regular expression (RE2) of what stands between words.
        labels: name of the associated file with a label a line.
    """
    writer = _Writer()
    subgraph = next(Table.root(graph).tables(SUBGRAPHS))
    tensors = list(subgraph.tables(SUBGRAPH_TENSORS))
    (taken,), (given,) = subgraph.int32s(SUBGRAPH_INPUTS), subgraph.int32s(SUBGRAPH_OUTPUTS)
    tokenizer = writer.table(
        (0, writer.text(delimiters)), (1, writer.vector([writer.associated_file(vocabulary, VOCABULARY_FILE)]))
    )
    unit = writer.union(REGEX_TOKENIZER, tokenizer)
    inputs = [writer.tensor(tensors[taken].text(TENSOR_NAME), "ids of words", [], [unit])]
    outputs = [writer.tensor(tensors[given].text(TENSOR_NAME), "probabilities of labels", [labels])]
    metadata = writer.finish(
        (0, writer.text(name)),
        (3, writer.vector([writer.table((2, writer.vector(inputs)), (3, writer.vector(outputs)))])),
        (5, writer.text(license)),
        (7, writer.text(PARSER_VERSION)),
    )
    return with_metadata(graph, ENTRY, metadata)


def _metadata(graph: bytes, manifest: Manifest, files: Sequence[str], labels: Mapping[str, int]) -> bytes:
    writer = _Writer()
    subgraph = next(Table.root(graph).tables(SUBGRAPHS))
    tensors = list(subgraph.tables(SUBGRAPH_TENSORS))
    unattached = dict(labels)
    outputs = []
    for index in subgraph.int32s(SUBGRAPH_OUTPUTS):
        width = (tensors[index].int32s(TENSOR_SHAPE) or (0,))[-1]
        attached = [name for name, count in unattached.items() if count == width]
        for name in attached:
            del unattached[name]
        outputs.append(writer.tensor(tensors[index].text(TENSOR_NAME), f"output of {manifest.head.name}", attached))
    inputs = [
        writer.tensor(tensors[index].text(TENSOR_NAME), f"features made by {manifest.encoder.name}", [])
        for index in subgraph.int32s(SUBGRAPH_INPUTS)
    ]
    others = [name for name in files if name not in labels or name in unattached]
    description = f"{manifest.encoder.name} encoder with {manifest.head.name} head; {', '.join(manifest.languages)}"
    return writer.finish(
        (0, writer.text(manifest.name)),
        (1, writer.text(description)),
        (2, writer.text(manifest.edgenlp_version)),
        (3, writer.vector([writer.table((2, writer.vector(inputs)), (3, writer.vector(outputs)))])),
        (5, writer.text(manifest.license)),
        (6, writer.vector([writer.associated_file(name, UNKNOWN_FILE) for name in others])),
        (7, writer.text(PARSER_VERSION)),
    )


class _Writer:
    """The tables of metadata_schema.fbs; fields are given by slot."""

    def __init__(self) -> None:
        import flatbuffers  # needed to write models, never to read them

        self._builder = flatbuffers.Builder(1024)

    def text(self, value: str) -> int:
        return int(self._builder.CreateString(value))

    def table(self, *fields: tuple[int, int]) -> int:
        """A table of offsets."""
        self._builder.StartObject(max((slot for slot, _ in fields), default=-1) + 1)
        for slot, offset in fields:
            self._builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
        return int(self._builder.EndObject())

    def vector(self, offsets: Sequence[int]) -> int:
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return int(self._builder.EndVector())

    def associated_file(self, name: str, kind: int) -> int:
        name_at, description_at = self.text(name), self.text(FILE_DESCRIPTIONS[kind])
        self._builder.StartObject(3)
        self._builder.PrependUOffsetTRelativeSlot(0, name_at, 0)
        self._builder.PrependUOffsetTRelativeSlot(1, description_at, 0)
        self._builder.PrependInt8Slot(2, kind, UNKNOWN_FILE)
        return int(self._builder.EndObject())

    def tensor(self, name: str, description: str, label_files: Sequence[str], units: Sequence[int] = ()) -> int:
        fields = [(0, self.text(name)), (1, self.text(description)), (3, self._features())]
        if label_files:
            fields.append((6, self.vector([self.associated_file(file, AXIS_LABELS_FILE) for file in label_files])))
        if units:
            fields.append((4, self.vector(units)))
        return self.table(*fields)

    def union(self, kind: int, value: int) -> int:
        """A table that holds one of several kinds of tables."""
        self._builder.StartObject(2)
        self._builder.PrependUint8Slot(0, kind, 0)
        self._builder.PrependUOffsetTRelativeSlot(1, value, 0)
        return int(self._builder.EndObject())

    def _features(self) -> int:
        """A Content that says: plain numbers."""
        return self.union(FEATURE_PROPERTIES, self.table())

    def finish(self, *fields: tuple[int, int]) -> bytes:
        """The bytes, with `fields` as the root table."""
        self._builder.Finish(self.table(*fields), IDENTIFIER)
        return bytes(self._builder.Output())
