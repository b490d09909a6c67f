"""The CMOW encoder: each token is a matrix and a vector, a text is their product and their sum.

Source: Galke, Cuber, Meyer, Nölscher, Sonderecker and Scherp, "General Cross-Architecture Distillation of Pretrained
Language Models into Matrix Embeddings" (2022), after Mai, Galke and Scherp, "CBOW Is Not All You Need" (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from edgenlp.interfaces import Assets, Encoder
from edgenlp.plugins.hookspecs import hookimpl
from edgenlp.text.vocabulary import read_vocabulary
from edgenlp_cmow.config import CMOWConfig
from edgenlp_cmow.featurizer import CMOWFeaturizer

if TYPE_CHECKING:
    import keras

FILE: Final = "vocabulary"


class CMOWEncoder(Encoder):
    """The encoder as a plugin."""

    name: ClassVar[str] = "cmow"
    Config: ClassVar[type[CMOWConfig]] = CMOWConfig

    def fit(self, texts: Sequence[str], config: CMOWConfig) -> dict[str, bytes]:
        """`vocabulary`: the one that the settings name, or a unigram vocabulary trained on the texts.

        Raises:
            DataError: the file is no vocabulary, or the texts are too few or too many for the size that is asked for.
        """
        from edgenlp.data.vocabulary import fitted_vocabulary

        return {FILE: fitted_vocabulary(texts, config.vocabulary_file, config.vocabulary_size)}

    def featurizer(self, config: CMOWConfig, assets: Assets) -> CMOWFeaturizer:  # noqa: ARG002
        """The device-side half."""
        return CMOWFeaturizer(read_vocabulary(assets[FILE]))

    def network(self, config: CMOWConfig, assets: Assets) -> keras.layers.Layer:
        """The workshop half."""
        from edgenlp_cmow.network import CMOW

        vocabulary = read_vocabulary(assets[FILE])
        return CMOW(config, len(vocabulary.pieces), vocabulary.padding)


@hookimpl
def edgenlp_encoders() -> list[Encoder]:
    """This encoder."""
    return [CMOWEncoder()]
