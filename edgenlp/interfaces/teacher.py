"""The teacher contract: a large model that offers what it knows to a student."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final

from edgenlp.interfaces.encoder import Arrays
from edgenlp.interfaces.types import Example, Text

OF_TEXTS: Final = frozenset({"task_logits", "sentence_embedding"})
"""What teachers say of a whole text; all else, they say of its tokens."""


class Teacher(ABC):
    """A family of large models. Register one instance through the hook `edgenlp_teachers`.

    A run may use several teachers: each is asked on its own, and an objective combines the answers.

    What a teacher may offer, and the shape of a text's array (`tokens` are the teacher's own):

    - `task_logits`: float32 [labels], of the whole text;
    - `token_logits`: float32 [tokens, labels];
    - `vocabulary_logits`: float32 [tokens, vocabulary], what stands or could stand in each token's place;
    - `sentence_embedding`: float32 [width].

    Attributes:
        name: what recipes call it.
        Config: a frozen dataclass of its settings, like an encoder's.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]

    @abstractmethod
    def offers(self, config: Any) -> frozenset[str]:
        """Which of the four the model that `config` names can give.

        Raises:
            EdgeNLPError: there is no such model, or it is not of this family.
        """

    @abstractmethod
    def digest(self, config: Any) -> str:
        """SHA-256, in hex, over all that decides what this model says: its weights, its vocabulary, its settings.

        Answers of teachers with different digests are never mixed. Where the files lie does not change it.

        Raises:
            EdgeNLPError: as `offers`.
        """

    @abstractmethod
    def labels(self, what: str, config: Any) -> list[str]:
        """What the last dimension of some logits stands for, in order; empty for `sentence_embedding`.

        Raises:
            EdgeNLPError: the model does not offer `what`.
        """

    def learnt(self, config: Any) -> Iterable[Example]:  # noqa: ARG002
        """The rows whose gold answers it was taught; none by default.

        A student is not measured on what means the same: its teacher's figures there, and its own, would tell nothing.

        Raises:
            DataError: those that come next are not at hand.
            EdgeNLPError: as `offers`.
        """
        return ()

    @abstractmethod
    def label(self, texts: Sequence[Text], what: Collection[str], config: Any) -> Iterator[Arrays]:
        """What the model says about each text, in the order of the texts.

        The model is loaded once and reads several texts at once, so ask for many; answers are made as they are
        taken, so that large ones need not lie in memory together. The same call gives the same bytes on the same
        machine; other neighbours in `texts` may change the last bits.

        Args:
            texts: any number of them.
            what: some of what the model offers; one reading of a text answers all.
            config: names the model.

        Returns:
            For each text an array for each of `what`, by that name; with per-token ones come their `spans`, int32
            [tokens, 2], in code points of the text, ascending, so that a student with other tokens can use them.

        Raises:
            EdgeNLPError: the model does not offer all of `what`.
            TextError: a text is a pair and `what` is of single texts, or the reverse.
        """
