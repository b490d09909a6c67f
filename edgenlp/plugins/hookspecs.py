"""The hooks of edgenlp. A plugin implements any of them with `edgenlp.hookimpl`.

Every hook is called once, when the plugin is loaded, and returns instances. Returning them must be cheap and must
import no TensorFlow: predicting loads all plugins.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from edgenlp.interfaces import Augmentation, Encoder, Exporter, Objective, Reader, TaskHead, Teacher

PROJECT = "edgenlp"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def edgenlp_encoders() -> Iterable[Encoder]:
    """Student architectures."""
    raise NotImplementedError


@hookspec
def edgenlp_task_heads() -> Iterable[TaskHead]:
    """Tasks."""
    raise NotImplementedError


@hookspec
def edgenlp_readers() -> Iterable[Reader]:
    """Data formats."""
    raise NotImplementedError


@hookspec
def edgenlp_teachers() -> Iterable[Teacher]:
    """Families of large models that label data for students."""
    raise NotImplementedError


@hookspec
def edgenlp_objectives() -> Iterable[Objective]:
    """Parts of what students are trained for."""
    raise NotImplementedError


@hookspec
def edgenlp_augmentations() -> Iterable[Augmentation]:
    """Ways to vary training rows."""
    raise NotImplementedError


@hookspec
def edgenlp_exporters() -> Iterable[Exporter]:
    """Target formats."""
    raise NotImplementedError
