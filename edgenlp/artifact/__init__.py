"""What is inside a model file: a TFLite graph, its manifest, and the files that travel with it."""

from edgenlp.artifact.manifest import FORMAT_VERSION, Component, Graph, Manifest
from edgenlp.artifact.model_file import GOLDEN, LABELS, MANIFEST, Artifact, read, write

__all__ = [
    "FORMAT_VERSION",
    "GOLDEN",
    "LABELS",
    "MANIFEST",
    "Artifact",
    "Component",
    "Graph",
    "Manifest",
    "read",
    "write",
]
