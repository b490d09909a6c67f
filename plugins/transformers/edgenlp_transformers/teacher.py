"""A PyTorch model as a teacher: of its task where it was fine-tuned on one, of words, or of sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from edgenlp.data.pretrained import HUB, MBERT, digest, fetch, read_object, read_pooling
from edgenlp.errors import MissingExtraError, RecipeError, TextError
from edgenlp.interfaces import Arrays, Teacher, Text

if TYPE_CHECKING:
    from edgenlp_transformers.model import PretrainedModel

_OFFERS: Final = {
    "ForSequenceClassification": "task_logits",
    "ForTokenClassification": "token_logits",
    "ForMaskedLM": "vocabulary_logits",
}
"""What a model offers by the end of its architecture's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformersConfig:
    """Settings of a PyTorch model as a teacher.

    Attributes:
        model: a folder that `save_pretrained` wrote, tokenizer included, or an `hf://` name.
    """

    model: str = MBERT


class TransformersTeacher(Teacher):
    """Any encoder that transformers reads, with a fast tokenizer.

    A model for sequence classification offers `task_logits`, one for token classification `token_logits`, one with a
    masked-word head `vocabulary_logits`, and a folder of sentence-transformers `sentence_embedding`. `token_logits`
    are those of each word's first subword, which is where such models are trained; words are the tokenizer's.
    """

    name: ClassVar[str] = "transformers"
    Config: ClassVar[type[Any]] = TransformersConfig

    def offers(self, config: TransformersConfig) -> frozenset[str]:
        """By the architecture that config.json names.

        Raises:
            RecipeError: there is no such folder, or it cannot be fetched.
        """
        return _offers(_locate(config.model))

    def digest(self, config: TransformersConfig) -> str:
        """SHA-256 over the files of the model's folder; raises as `offers` does."""
        # the same weights say other last bits in another framework
        return hashlib.sha256(f"{self.name}\0{digest(_locate(config.model))}".encode()).hexdigest()

    def labels(self, what: str, config: TransformersConfig) -> list[str]:
        """The labels by `id2label`, or the vocabulary's subwords.

        Raises:
            RecipeError: the model does not offer `what`.
        """
        folder = _checked([what], config)
        return [] if what == "sentence_embedding" else _model().labels(folder, what)

    def label(self, texts: Sequence[Text], what: Collection[str], config: TransformersConfig) -> Iterator[Arrays]:
        """What the model says about each text; longer texts are cut where the model's own limit is.

        Raises:
            RecipeError: the model does not offer all of `what`.
            TextError: a text is a pair, which only `task_logits` are of.
        """
        folder = _checked(what, config)
        if set(what) != {"task_logits"} and not all(isinstance(text, str) for text in texts):
            raise TextError(
                f"the teacher {self.name!r} gives {', '.join(sorted(what))} of one text at a time, not of pairs"
            )
        return _load(folder).answers(texts, what)


def _locate(model: str) -> Path:
    if model.startswith(HUB):
        return fetch(model)
    path = Path(model).expanduser()
    if not path.is_dir():
        raise RecipeError(f"there is no folder {path}; a model on a hub is named {HUB}owner/name")
    return path


def architecture(folder: Path) -> str:
    """The model that config.json names, the first of several; empty where it names none.

    Raises:
        RecipeError: there is no such file, or it is damaged.
    """
    names = read_object(folder, "config.json").get("architectures")
    return str(names[0]) if isinstance(names, list) and names else ""


def _offers(folder: Path) -> frozenset[str]:
    found = {what for end, what in _OFFERS.items() if architecture(folder).endswith(end)}
    return frozenset(found | ({"sentence_embedding"} if read_pooling(folder) else set()))


def _checked(what: Collection[str], config: TransformersConfig) -> Path:
    folder = _locate(config.model)
    offered = _offers(folder)
    for one in what:
        if one not in offered:
            known = f"only {', '.join(sorted(offered))}" if offered else "nothing that a teacher can"
            name = architecture(folder)
            why = (
                f"is of the architecture {name}" if name else "names no architecture: save it again by save_pretrained"
            )
            raise RecipeError(f"the model {config.model} offers no {one!r}, {known}: its config.json {why}")
    return folder


@lru_cache(4)  # a recipe may have several teachers, who take turns
def _load(folder: Path) -> PretrainedModel:
    loaded: PretrainedModel = _model().PretrainedModel(folder)
    return loaded


def _model() -> ModuleType:
    """The module that needs PyTorch."""
    try:
        from edgenlp_transformers import model
    except ImportError as error:
        raise MissingExtraError(
            f"the teacher 'transformers' needs {error.name or 'torch'}: pip install torch transformers"
        ) from error
    return model
