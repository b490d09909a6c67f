"""A PyTorch model, loaded, and what it says about texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from edgenlp.data.pretrained import NO_LIMIT, Pooling, quoted, read_pooling
from edgenlp.errors import RecipeError
from edgenlp.interfaces import Arrays, Text, parts
from edgenlp_transformers.teacher import architecture

BATCH_SIZE: Final = 16
CHUNK: Final = 16 * BATCH_SIZE
"""Texts among which those of similar length are read together."""

POSITIONS_AT_ONCE: Final = 256
"""At which words are predicted together: logits of a vocabulary of 120,000 take half a megabyte each."""

Floats = NDArray[np.float32]


def labels(folder: Path, what: str) -> list[str]:
    """Labels of the last dimension of logits, by number, without the model's weights.

    Raises:
        RecipeError: the folder cannot be read.
    """
    with _readable(folder):
        if what == "vocabulary_logits":
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            return list(tokenizer.convert_ids_to_tokens(range(len(tokenizer))))
        names: dict[int, str] = transformers.AutoConfig.from_pretrained(folder).id2label
        return [names[number] for number in sorted(names)]


class PretrainedModel:
    """A model with its tokenizer, in evaluation mode.

    Args:
        folder: of the model.

    Raises:
        RecipeError: it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._pooling: Pooling | None = read_pooling(folder)
        with _readable(folder):
            model_class = getattr(transformers, architecture(folder), transformers.AutoModel)
            self._model = model_class.from_pretrained(folder, dtype=torch.float32).eval()
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        if not all(weight.isfinite().all() for weight in self._model.parameters()):
            raise RecipeError(f"{folder} holds weights that are no numbers, so they are damaged: fetch it again")
        if not self._tokenizer.is_fast:
            raise RecipeError(
                f"{folder} has a tokenizer that does not tell where its subwords stand: it needs a fast one"
            )
        rows = self._model.get_input_embeddings().num_embeddings
        if len(self._tokenizer) > rows:
            raise RecipeError(
                f"{folder} holds a vocabulary of {len(self._tokenizer)} subwords and a model for {rows}: "
                "they do not belong together"
            )
        limits = [
            self._tokenizer.model_max_length,
            _positions(self._model),
            self._pooling.limit if self._pooling else 0,
        ]
        self._limit = min((limit for limit in limits if 0 < limit < NO_LIMIT), default=None)

    def answers(self, texts: Sequence[Text], what: Collection[str]) -> Iterator[Arrays]:
        """What the model says about each text, as the teacher's contract has it."""
        pending = iter(texts)
        while chunk := list(islice(pending, CHUNK)):
            found: dict[int, Arrays] = {}
            # vocabularies are wide: their logits are made for few texts at a time, in the order of the texts
            words = "vocabulary_logits" in what
            for numbers in self._few_positions(chunk) if words else _similar(chunk):
                found |= dict(zip(numbers, self._batch([chunk[number] for number in numbers], what), strict=True))
                if words:
                    yield from (found.pop(number) for number in numbers)
            yield from (found[number] for number in sorted(found))

    def _few_positions(self, texts: Sequence[Text]) -> Iterator[list[int]]:
        """The numbers of texts that are padded to few positions together, or of one text."""
        group: list[int] = []
        longest = 0
        for number, ids in enumerate(self._encoded(texts)["input_ids"]):
            longest = max(longest, len(ids))
            if group and (len(group) + 1) * longest > POSITIONS_AT_ONCE:
                yield group
                group, longest = [], len(ids)
            group.append(number)
        yield group

    def _encoded(self, texts: Sequence[Text], **settings: Any) -> Any:
        written = [tuple(part.encode("utf-8", "replace").decode() for part in parts(text)) for text in texts]
        return self._tokenizer(
            [text[0] for text in written],
            [text[1] for text in written] if len(written[0]) == 2 else None,
            truncation=self._limit is not None,
            max_length=self._limit,
            **settings,
        )

    @torch.inference_mode()
    def _batch(self, texts: Sequence[Text], what: Collection[str]) -> list[Arrays]:
        encoded = self._encoded(texts, padding=True, return_offsets_mapping=True, return_tensors="pt")
        offsets = _without_spaces(encoded.pop("offset_mapping").numpy(), texts)
        output = self._model(**encoded, output_hidden_states="sentence_embedding" in what)
        hidden = output.hidden_states[-1] if "sentence_embedding" in what else None
        answers: list[Arrays] = []
        for row in range(len(texts)):
            answer: Arrays = {}
            read = encoded["attention_mask"][row].bool()  # XLNet's padding comes before its tokens
            if hidden is not None and self._pooling:
                answer["sentence_embedding"] = self._pooling(hidden[row, read].numpy())
            if "task_logits" in what:
                answer["task_logits"] = output.logits[row].numpy().copy()
            if "token_logits" in what:
                answer |= _per_word(output.logits[row].numpy(), offsets[row], encoded.word_ids(row))
            if "vocabulary_logits" in what:
                inner = [place for place, word in enumerate(encoded.word_ids(row)) if word is not None]
                answer["vocabulary_logits"] = output.logits[row, inner, : len(self._tokenizer)].numpy()
                answer["spans"] = offsets[row, inner].astype(np.int32)
            answers.append(answer)
        return answers


def _similar(texts: Sequence[Text]) -> Iterator[list[int]]:
    """The numbers of texts of similar length."""
    order = sorted(range(len(texts)), key=lambda number: sum(map(len, parts(texts[number]))))
    return (order[start : start + BATCH_SIZE] for start in range(0, len(order), BATCH_SIZE))


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # OSError, ValueError, KeyError, RuntimeError and safetensors' own
        raise RecipeError(
            f"{folder} holds no model that transformers can read ({quoted(error)}): fetch it again"
        ) from error


def _positions(model: Any) -> int:
    """How many positions a model has a vector for; 0 where it counts without end, or tells nothing of it."""
    positions = getattr(model.config, "max_position_embeddings", None) or 0
    # RoBERTa's, CamemBERT's and MPNet's begin behind the padding's
    tables = (module for name, module in model.named_modules() if name.endswith("embeddings.position_embeddings"))
    padding = getattr(next(tables, None), "padding_idx", None)
    return max(0, positions - (0 if padding is None else padding + 1))


def _without_spaces(offsets: Any, texts: Sequence[Text]) -> Any:
    """Where subwords stand, [texts, subwords, 2], each from its first character on: some begin at the space before."""
    moved = offsets.copy()
    for row, text in zip(moved, texts, strict=True):
        if isinstance(text, str):  # what is said of a pair is said of it whole
            for place in row:
                written = text[slice(*place)]
                place[0] += len(written) - len(written.lstrip())
    return moved


def _per_word(logits: Floats, offsets: Any, words: Sequence[int | None]) -> Arrays:
    """The logits of each word's first subword, and where the word stands."""
    places: dict[int, list[int]] = {}
    for place, word in enumerate(words):
        if word is not None:
            places.setdefault(word, []).append(place)
    spans = [(offsets[own[0]][0], offsets[own[-1]][1]) for own in places.values()]
    return {
        "token_logits": logits[[own[0] for own in places.values()]].reshape(len(places), logits.shape[-1]),
        "spans": np.array(spans, np.int32).reshape(-1, 2),
    }
