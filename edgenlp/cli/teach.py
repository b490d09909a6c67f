"""Fine-tune a teacher as a recipe says: a run whose encoder is a large pretrained model."""

from __future__ import annotations

from edgenlp.cli.train import add_arguments, run

__all__ = ["add_arguments", "run"]
