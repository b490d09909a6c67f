"""Loading a model for a verb."""

from __future__ import annotations

from edgenlp.runtime import Model, load
from edgenlp.runtime.quiet import quiet_runtime


def load_quietly(name: str) -> Model:
    """A model by path or name, without the runtime's log lines.

    Raises:
        EdgeNLPError: as by `edgenlp.load`.
    """
    with quiet_runtime():
        return load(name)
