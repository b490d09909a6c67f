"""A teacher that is small and real: it counts which words stand beside which."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from edgenlp import hookimpl
from edgenlp.data.readers import READERS
from edgenlp.errors import RecipeError
from edgenlp.interfaces import Teacher
from edgenlp.text import segment

SAMPLE = Path(__file__).parents[3] / "recipes" / "data" / "quickstart" / "train.jsonl"
EXAMPLES = list(next(reader for reader in READERS if reader.name == "mtop").read(SAMPLE))
EDGE = "[SEP]"


@dataclass(frozen=True)
class BigramsConfig:
    """How it counts."""

    smoothing: float = 0.01
    offers: tuple[str, ...] = ("vocabulary_logits", "sentence_embedding")


def tokens(text):
    spans, _ = segment(text, len(text))
    return spans, [text[start:end].lower() for start, end in spans]


class Bigrams(Teacher):
    """log p(word | the one before) + log p(the one after | word); a word's embedding is the square root of its row."""

    name = "bigrams"
    Config = BigramsConfig

    def __init__(self):
        texts = [[EDGE, *tokens(example.text)[1], EDGE] for example in EXAMPLES]
        self.vocabulary = sorted({word for words in texts for word in words} | {"##ing", "[MASK]"})
        self.numbers = {word: number for number, word in enumerate(self.vocabulary)}
        self.counts = np.zeros((len(self.numbers),) * 2, np.float32)
        for words in texts:
            for before, after in pairwise(words):
                self.counts[self.numbers[before], self.numbers[after]] += 1
        self.asked = []

    def offers(self, config):
        return frozenset(config.offers)

    def digest(self, config):
        return hashlib.sha256(self.counts.tobytes() + json.dumps(asdict(config)).encode()).hexdigest()

    def labels(self, what, config):
        if what not in config.offers:
            raise RecipeError(f"the bigrams offer no {what!r}")
        return self.vocabulary if what == "vocabulary_logits" else []

    def label(self, texts, what, config):
        (what,) = what
        smooth = self.counts + config.smoothing
        forward = np.log(smooth / smooth.sum(1, keepdims=True))
        for text in texts:
            self.asked.append(text)
            spans, words = tokens(text)
            numbers = [self.numbers.get(word, 0) for word in [EDGE, *words, EDGE]]
            if what == "sentence_embedding":
                yield {what: np.sqrt(smooth[numbers[1:-1]]).mean(0)}
                continue
            logits = [forward[before] + forward[:, after] for before, after in zip(numbers, numbers[2:], strict=False)]
            yield {
                what: np.array(logits, np.float32).reshape(len(words), len(self.vocabulary)),
                "spans": np.array(spans, np.int32).reshape(len(words), 2),
            }


class Plugin:
    """Registers it."""

    def __init__(self):
        self.teacher = Bigrams()

    @hookimpl
    def edgenlp_teachers(self):
        return [self.teacher]
