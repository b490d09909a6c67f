"""The encoder contract: one name, two halves.

The *featurizer* turns text into arrays on every device: pure, specified to the bit, no TensorFlow.
The *network* turns those arrays into vectors in the workshop: a Keras layer, imported only when asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edgenlp.interfaces.types import PieceTokens, Tokens

if TYPE_CHECKING:
    import keras

    from edgenlp.text.vocabulary import Vocabulary

Arrays = dict[str, NDArray[Any]]
"""Arrays by the name of the graph's input or output."""

Assets = Mapping[str, bytes]
"""Associated files of a model by name, such as labels or a vocabulary."""


class Featurizer(ABC):
    """Device-side half of an encoder. Pure: the same text gives the same arrays on every platform.

    Attributes:
        vocabulary: whose pieces the encoder reads, so that word prediction (`edgenlp pretrain`) can hide some of them
            and ask for them; None for an encoder without one. With it comes `pieces`.
        reads_spelling: whether the encoder, which has no vocabulary, learns of a token what iterating over `Tokens`
            gives, and nothing else: then word prediction can spell another word in its place.
    """

    vocabulary: Vocabulary | None = None
    reads_spelling: bool = False

    @abstractmethod
    def tokenize(self, text: str, limit: int) -> Tokens:
        """Cut `text` into at most `limit` tokens; `truncated` is set where there were more."""

    @abstractmethod
    def inputs(self, tokens: Tokens, length: int) -> Arrays:
        """What a graph of `length` tokens takes for one text.

        Args:
            tokens: at most `length` of them.
            length: the number of positions of the graph; what is beyond the tokens is padding.

        Returns:
            Each array with a leading batch dimension of 1; shapes depend on `length` alone.
        """

    def pieces(self, text: str, limit: int) -> PieceTokens:
        """Cut `text` into at most `limit` tokens that are single pieces of `vocabulary`, none of them hidden.

        `inputs` and `batch` take these tokens as they take those of `tokenize`, with whatever ids they hold; the
        network's `tokens` then have a vector for each piece.
        """
        raise NotImplementedError(f"{type(self).__name__} has no vocabulary")

    def batch(self, texts: Sequence[Tokens], length: int) -> Arrays:
        """What the network takes in training for several texts, padded to `length` tokens.

        By default each text's `inputs`, stacked. An encoder may give a form that trains faster
        (such as each distinct token once, and indices) as long as its network takes both; then the first
        dimension of an array may vary from batch to batch, and the others depend on `length` alone.
        """
        rows = [self.inputs(tokens, length) for tokens in texts]
        return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


class Encoder(ABC):
    """A student architecture, or a teacher's. Register one instance through the hook `edgenlp_encoders`.

    Attributes:
        name: what recipes and manifests call it.
        on_device: False for a large model that is only taught, to teach others: its runs are never exported, and its
            featurizer may import what it likes.
        Config: a frozen dataclass of its settings, every field with a default and a plain type; it is validated
            from a recipe in the workshop and travels in the manifest.
    """

    name: ClassVar[str]
    on_device: ClassVar[bool] = True
    Config: ClassVar[type[Any]]

    def fit(self, texts: Sequence[str], config: Any) -> dict[str, bytes]:  # noqa: ARG002
        """Associated files that the featurizer needs, such as a vocabulary, made from the training texts.

        None by default: embedding-free encoders need no vocabulary.
        """
        return {}

    @abstractmethod
    def featurizer(self, config: Any, assets: Assets) -> Featurizer:
        """The device-side half. Must import no TensorFlow."""

    @abstractmethod
    def network(self, config: Any, assets: Assets) -> keras.layers.Layer:
        """The workshop half: a Keras layer.

        Its `call(inputs, training)` takes the featurizer's arrays (`inputs` as well as `batch`) and returns a dict:

        - `tokens`: float32 [batch, length, width], a vector for each token;
        - `pooled`: float32 [batch, width], a vector for the text;
        - `mask`: float32 [batch, length], 1 for a token and 0 for padding.

        Padding must not change any other value. A pair is encoded as two calls of the same layer, unless the layer has
        a method `pair(first, second, training)`: it takes the arrays of both texts, reads them together, and returns
        one such dict, of which `pooled` alone is looked at.
        """

    def load_pretrained(self, network: keras.layers.Layer, config: Any) -> None:  # noqa: B027
        """Give a network the weights that its training starts from; those it was drawn with, unless overridden.

        Called once, when training starts: a run that goes on, or has ended, has weights of its own.

        Args:
            network: what `network` returned, built.
            config: its settings.

        Raises:
            EdgeNLPError: the weights cannot be read, or are of another architecture.
        """
