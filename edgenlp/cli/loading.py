"""Loading a model for a verb."""

from __future__ import annotations

from edgenlp.cli.output import quiet_runtime
from edgenlp.runtime import Model, load


def load_quietly(name: str, threads: int = 1) -> Model:
    """A model by path or name, without the runtime's log lines.

    Raises:
        EdgeNLPError: as by `edgenlp.load`.
    """
    with quiet_runtime():
        return load(name, threads=threads)
