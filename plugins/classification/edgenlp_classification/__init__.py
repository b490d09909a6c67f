"""Classification for edgenlp: one label a text."""

from __future__ import annotations

from edgenlp.interfaces import TaskHead
from edgenlp.plugins import hookimpl


@hookimpl
def edgenlp_task_heads() -> list[TaskHead]:
    """The head `classification`."""
    from edgenlp_classification.head import Classifier

    return [Classifier()]
