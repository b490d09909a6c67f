"""A pretrained model of the BERT family as an encoder: training a run with it is fine-tuning a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from edgenlp.errors import RecipeError
from edgenlp.interfaces import Assets, Encoder
from edgenlp_keras_hub.config import KerasHubEncoderConfig
from edgenlp_keras_hub.featurizer import SubwordFeaturizer, TextFeaturizer, WordFeaturizer
from edgenlp_keras_hub.folder import locate

if TYPE_CHECKING:
    import keras


class KerasHubEncoder(Encoder):
    """Any BERT-family model that KerasHub reads; with every task head, and without export.

    A run holds all that it needs but the pretrained weights, which only a fresh start reads.
    """

    name: ClassVar[str] = "keras_hub"
    on_device: ClassVar[bool] = False
    Config: ClassVar[type[Any]] = KerasHubEncoderConfig

    def fit(self, texts: Sequence[str], config: KerasHubEncoderConfig) -> dict[str, bytes]:  # noqa: ARG002
        """`backbone.json`, how the model is built, and its tokenizer's files; nothing is learnt from the texts.

        Raises:
            RecipeError: `config.model` is no folder of such a model, or cannot be fetched.
        """
        folder = locate(config.model)
        from edgenlp_keras_hub import pretrained

        tokenizer = pretrained.read_tokenizer(folder)
        backbone = pretrained.read_backbone(folder, load_weights=False)
        pretrained.check_vocabulary(folder, tokenizer, pretrained.rows(backbone))
        return pretrained.to_assets(tokenizer, backbone)

    def featurizer(self, config: KerasHubEncoderConfig, assets: Assets) -> SubwordFeaturizer:
        """Tokens as students have them, and their subwords."""
        from edgenlp_keras_hub import pretrained
        from edgenlp_keras_hub.model import wordpiece
        from edgenlp_keras_hub.sentence_pieces import cuts_texts, sentence_pieces

        tokenizer = pretrained.tokenizer_from(assets)
        marks = (tokenizer.start_token_id, tokenizer.end_token_id, tokenizer.pad_token_id)
        window = pretrained.window(assets)
        if cuts_texts(tokenizer):
            return TextFeaturizer(sentence_pieces(tokenizer), marks, config.max_pieces, window)
        return WordFeaturizer(tokenizer, marks, config.max_pieces, window, wordpiece(tokenizer))

    def network(self, config: KerasHubEncoderConfig, assets: Assets) -> keras.layers.Layer:
        """The model with random weights."""
        from edgenlp_keras_hub import pretrained
        from edgenlp_keras_hub.network import PretrainedNetwork

        tokenizer = pretrained.tokenizer_from(assets)
        backbone = pretrained.backbone_from(assets, config.dropout, config.dtype)
        return PretrainedNetwork(backbone, tokenizer.pad_token_id, pretrained.window(assets))

    def load_pretrained(self, network: keras.layers.Layer, config: KerasHubEncoderConfig) -> None:
        """The weights of the model's folder.

        Raises:
            RecipeError: they cannot be read, or do not fit its config.json.
        """
        folder = locate(config.model)
        from edgenlp_keras_hub import pretrained

        weights = pretrained.hidden_states(pretrained.read_backbone(folder, load_weights=True)).weights
        ours = network.body.weights
        if [weight.shape for weight in weights] != [weight.shape for weight in ours]:
            raise RecipeError(f"{folder} no longer holds the model that this run began with: start a new run")
        for weight, value in zip(ours, weights, strict=True):
            weight.assign(value)
