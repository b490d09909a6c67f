"""The associated files of a model: those of its encoder and its head lie in one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgenlp import artifact
from edgenlp.errors import ExportError

if TYPE_CHECKING:
    from edgenlp.training.run import Run


def associated_files(run: Run) -> dict[str, bytes]:
    """The files of the encoder and of the head, and the head's labels for TFLite Metadata.

    Raises:
        ExportError: two would have the same name, or one that of the manifest or of the golden vectors.
    """
    labels = run.labels()
    listed = {artifact.LABELS: "".join(f"{label}\n" for label in labels).encode()} if labels else {}
    owners = dict.fromkeys((artifact.MANIFEST, artifact.GOLDEN), "edgenlp")
    files: dict[str, bytes] = {}
    for owner, assets in (
        (f"the encoder {run.encoder.name!r}", run.encoder_assets),
        (f"the head {run.head.name!r}", {**listed, **run.head_assets}),
    ):
        for name, content in assets.items():
            if name in owners:
                raise ExportError(
                    f"the model would have two files {name!r}, one of {owner} and one of {owners[name]}: "
                    "a plugin has to call its own something else."
                )
            owners[name] = owner
            files[name] = content
    return files
