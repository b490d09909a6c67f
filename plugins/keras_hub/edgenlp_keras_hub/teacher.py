"""A pretrained model of the BERT family as a teacher of what it knows before any task."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from edgenlp.data.pretrained import digest, read_pooling
from edgenlp.errors import RecipeError, TextError
from edgenlp.interfaces import Arrays, Teacher, Text
from edgenlp_keras_hub.config import KerasHubTeacherConfig
from edgenlp_keras_hub.folder import locate

if TYPE_CHECKING:
    from edgenlp_keras_hub.model import PretrainedModel

_LACKS: Final = {
    "vocabulary_logits": "python -m edgenlp_keras_hub.train_word_prediction trains a word-prediction head",
    "sentence_embedding": "folders of sentence-transformers do",
    "task_logits": "fine-tune it with edgenlp teach and name the run as the teacher",
    "token_logits": "fine-tune it with edgenlp teach and name the run as the teacher",
}


class KerasHubTeacher(Teacher):
    """Word predictions and sentence embeddings of any BERT-family model that KerasHub reads.

    `vocabulary_logits` come for each WordPiece of a text, cut as BERT does; `[MASK]` in a text is a word to be
    guessed. `sentence_embedding` is made as the folder's own files say.
    """

    name: ClassVar[str] = "keras_hub"
    Config: ClassVar[type[Any]] = KerasHubTeacherConfig

    def offers(self, config: KerasHubTeacherConfig) -> frozenset[str]:
        """`vocabulary_logits` where the folder holds a head for them, `sentence_embedding` where it says how.

        Raises:
            RecipeError: `config.model` is no folder of a BERT-family model, or cannot be fetched.
        """
        return _offers(locate(config.model))

    def digest(self, config: KerasHubTeacherConfig) -> str:
        """SHA-256 over the files of the model's folder; raises as `offers` does."""
        return digest(locate(config.model))

    def labels(self, what: str, config: KerasHubTeacherConfig) -> list[str]:
        """The vocabulary's subwords.

        Raises:
            RecipeError: the model does not offer `what`.
        """
        folder = self._checked([what], config)
        if what == "sentence_embedding":
            return []
        from edgenlp_keras_hub.pretrained import read_tokenizer

        return list(read_tokenizer(folder).get_vocabulary())

    def label(self, texts: Sequence[Text], what: Collection[str], config: KerasHubTeacherConfig) -> Iterator[Arrays]:
        """What the model says about each text; longer texts are cut where the model's own limit is.

        Raises:
            RecipeError: the model does not offer all of `what`.
            TextError: a text is a pair.
        """
        folder = self._checked(what, config)
        single = [text for text in texts if isinstance(text, str)]
        if len(single) < len(texts):
            raise TextError(f"the teacher {self.name!r} reads one text at a time, not pairs")
        return _load(folder).answers(single, what)

    def _checked(self, what: Collection[str], config: KerasHubTeacherConfig) -> Path:
        folder = locate(config.model)
        offered = _offers(folder)
        for one in what:
            if one not in offered:
                hint = _LACKS.get(one, f"there are {', '.join(sorted(_LACKS))}")
                known = f"only {', '.join(sorted(offered))}" if offered else "nothing before it is fine-tuned"
                raise RecipeError(f"the model {config.model} offers no {one!r}, {known}: {hint}")
        return folder


def _offers(folder: Path) -> frozenset[str]:
    from edgenlp_keras_hub.word_prediction import has_word_prediction

    found = {"vocabulary_logits"} if has_word_prediction(folder) else set()
    return frozenset(found | ({"sentence_embedding"} if read_pooling(folder) else set()))


@lru_cache(4)  # a recipe may have several teachers, who take turns
def _load(folder: Path) -> PretrainedModel:
    from edgenlp_keras_hub.model import PretrainedModel

    return PretrainedModel(folder)
