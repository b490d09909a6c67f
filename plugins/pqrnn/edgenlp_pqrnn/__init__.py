"""The pQRNN encoder: projections of tokens in place of embeddings, and a stack of quasi-recurrent layers.

Source: Kaliamoorthi, Siddhant, Li and Johnson, "Distilling Large Language Models into Tiny and Effective Students using
pQRNN" (2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edgenlp.interfaces import Assets, Encoder
from edgenlp.plugins.hookspecs import hookimpl
from edgenlp_pqrnn.config import PQRNNConfig
from edgenlp_pqrnn.featurizer import PQRNNFeaturizer

if TYPE_CHECKING:
    import keras


class PQRNNEncoder(Encoder):
    """The encoder as a plugin; it needs no associated files."""

    name: ClassVar[str] = "pqrnn"
    Config: ClassVar[type[PQRNNConfig]] = PQRNNConfig

    def featurizer(self, config: PQRNNConfig, assets: Assets) -> PQRNNFeaturizer:  # noqa: ARG002
        """The device-side half."""
        return PQRNNFeaturizer(config)

    def network(self, config: PQRNNConfig, assets: Assets) -> keras.layers.Layer:  # noqa: ARG002
        """The workshop half."""
        from edgenlp_pqrnn.network import PQRNN

        return PQRNN(config)


@hookimpl
def edgenlp_encoders() -> list[Encoder]:
    """This encoder."""
    return [PQRNNEncoder()]
