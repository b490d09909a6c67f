"""A plugin for the tests: the documentation's example encoder, and heads for one text and for pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from edgenlp_eggsample import EggsampleEncoder

from edgenlp import hookimpl
from edgenlp.data.lines import numbered_lines
from edgenlp.data.options import settle
from edgenlp.errors import DataError
from edgenlp.interfaces import Classification, Decoder, Example, Reader, TaskHead


@dataclass(frozen=True)
class Config:
    temperature: float = 1.0
    names: tuple[str, ...] = ()


class ToyEncoder(EggsampleEncoder):
    name = "toy"


class SoftmaxDecoder(Decoder):
    def __init__(self, labels, temperature):
        self.labels = labels
        self.temperature = temperature

    def decode(self, outputs, tokens):
        logits = outputs["label"].astype(np.float64) / self.temperature
        odds = np.exp(logits - logits.max())
        ranked = sorted(zip(self.labels, (odds / odds.sum()).tolist(), strict=True), key=lambda item: -item[1])
        texts = tuple(part.text for part in tokens)
        return Classification(
            text=texts[0] if len(texts) == 1 else texts,
            label=ranked[0][0],
            score=ranked[0][1],
            scores=dict(ranked),
            truncated=any(part.truncated for part in tokens),
        )


class ToyHead(TaskHead):
    name = "toy_label"
    Config = Config

    def fit(self, examples, config):
        if not all(isinstance(example.target, str) for example in examples):
            raise DataError("toy_label takes examples with a label.")
        return {"labels.txt": "\n".join(sorted({example.target for example in examples})).encode()}

    def labels(self, assets):
        return assets["labels.txt"].decode().splitlines()

    def decoder(self, config, assets):
        return SoftmaxDecoder(self.labels(assets), config.temperature)

    def targets(self, example, tokens, config, assets):
        return {"label": np.array(self.labels(assets).index(example.target), np.int32)}

    def network(self, config, assets):
        from edgenlp_toy_network import ToyNetwork

        return ToyNetwork(len(self.labels(assets)))

    def primary_metric(self, config):
        return "accuracy"

    def evaluate(self, examples, predictions):
        right = sum(e.target == p.label for e, p in zip(examples, predictions, strict=True))
        return {"accuracy": right / len(examples)}


class ToyPairHead(ToyHead):
    name = "toy_pair"
    sequences = 2


class ToyReader(Reader):
    """Lines `label TAB text [TAB second text] [TAB =language]`."""

    name = "toy"

    def read(self, path, /, **options):
        own = settle(self.name, options, language="")
        empty = True
        for number, line in numbered_lines(path):
            label, *texts = line.split("\t")
            language = texts.pop()[1:] if texts and texts[-1].startswith("=") else own["language"]
            if not texts:
                raise DataError(f"{path}, line {number}: there is no text.")
            yield Example(texts[0] if len(texts) == 1 else tuple(texts), label, language)
            empty = False
        if empty:
            raise DataError(f"{path} holds no row.")

    def recognises(self, path):
        return path.suffix == ".toy" and path.exists()


@hookimpl
def edgenlp_encoders():
    return [ToyEncoder()]


@hookimpl
def edgenlp_task_heads():
    return [ToyHead(), ToyPairHead()]


@hookimpl
def edgenlp_readers():
    return [ToyReader()]
