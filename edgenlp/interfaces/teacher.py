"""The teacher contract: a large model that offers what it knows to a student."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from edgenlp.interfaces.encoder import Arrays
from edgenlp.interfaces.types import Text


class Teacher(ABC):
    """A family of large models. Register one instance through the hook `edgenlp_teachers`.

    A run may use several teachers: each is asked on its own, and an objective combines the answers.

    Attributes:
        name: what recipes call it.
        Config: a frozen dataclass of its settings, like an encoder's.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]

    @abstractmethod
    def offers(self, config: Any) -> frozenset[str]:
        """What the model that `config` names can give.

        Any of `task_logits`, `token_logits`, `vocabulary_logits` and `sentence_embedding`.
        """

    @abstractmethod
    def label(self, texts: Sequence[Text], what: str, config: Any) -> list[Arrays]:
        """What the model says about each text.

        Returns:
            For each text the arrays of `what`, float32; per-token arrays come with `spans`, int32 [tokens, 2], in
            code points of the text, so that a student with other tokens can use them.

        Raises:
            EdgeNLPError: the model does not offer `what`.
        """
