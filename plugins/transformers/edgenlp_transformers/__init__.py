"""Teachers that are PyTorch models, through transformers: a user's own fine-tuned model labels data for students."""

from __future__ import annotations

from edgenlp.interfaces import Teacher
from edgenlp.plugins.hookspecs import hookimpl
from edgenlp_transformers.teacher import TransformersTeacher


@hookimpl
def edgenlp_teachers() -> list[Teacher]:
    """The teacher."""
    return [TransformersTeacher()]
