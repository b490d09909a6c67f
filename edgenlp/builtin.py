"""What the core itself brings, registered like any other plugin."""

from __future__ import annotations

from edgenlp.interfaces import Exporter, Objective, Reader, Teacher
from edgenlp.plugins.hookspecs import hookimpl


@hookimpl
def edgenlp_readers() -> list[Reader]:
    """The data formats of the core."""
    from edgenlp.data.readers import READERS

    return list(READERS)


@hookimpl
def edgenlp_teachers() -> list[Teacher]:
    """Trained runs."""
    from edgenlp.teachers import TEACHERS

    return list(TEACHERS)


@hookimpl
def edgenlp_objectives() -> list[Objective]:
    """Gold answers and hidden words, a teacher's logits, its words, its sentence embeddings."""
    from edgenlp.distillation.objectives import OBJECTIVES

    return list(OBJECTIVES)


@hookimpl
def edgenlp_exporters() -> list[Exporter]:
    """TensorFlow Lite, and the form of it that MediaPipe takes."""
    from edgenlp.export import EXPORTERS

    return list(EXPORTERS)
