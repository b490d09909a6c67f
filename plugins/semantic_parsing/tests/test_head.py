"""The head as the trainer sees it."""

from __future__ import annotations

import numpy as np
import pytest

from edgenlp.data.alignment import align
from edgenlp.data.brackets import parse
from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Example, Node, Parse, Tokens
from edgenlp.text import segment
from edgenlp_semantic_parsing import edgenlp_task_heads
from edgenlp_semantic_parsing.labels import Labels

(HEAD,) = edgenlp_task_heads()
CONFIG = HEAD.Config()
TEXT = "call my mom in New York now"
GOLD = "[IN:CALL [SL:WHO [IN:GET [SL:OWNER my ] [SL:KIND mom ] ] ] [SL:PLACE New York ] [SL:TIME now ] ]"


def tokenize(text, limit=10_000):
    return Tokens(text, *segment(text, limit))


@pytest.fixture(scope="module")
def assets(train):
    return HEAD.fit(train, CONFIG)


def metrics(gold, predicted, text=TEXT, aligned=True):
    root, _ = align(parse(predicted), text)
    expected, _ = align(parse(gold), text)
    return HEAD.evaluate([Example(text, expected, aligned=aligned)], [Parse(text, root, 1.0)])


def test_labels_survive_their_file(train, assets):
    labels = Labels.from_bytes(assets["labels.json"])
    assert labels.to_bytes() == assets["labels.json"] == HEAD.fit(train[::-1], CONFIG)["labels.json"]
    assert HEAD.labels(assets) == sorted({example.target.label for example in train})
    assert all(0 in legal for legal in labels.legal)


@pytest.mark.parametrize("labels", [("IN:A\ud83d", "SL:B"), ("IN:A", "SL:\ud83d")])
def test_a_label_with_half_a_character_is_refused(labels):
    intent, slot = labels
    with pytest.raises(DataError, match=r"the label '\w\w:A?\\ud83d' holds half a character"):
        HEAD.fit([Example("open it", Node(intent, children=(Node(slot, ((5, 7),)),)))], CONFIG)


def test_a_slot_that_was_always_one_word_may_be_cut_in_pieces():
    text, root = "open WhatsApp", Node("IN:OPEN", children=(Node("SL:APP", ((5, 13),)),))
    assets = HEAD.fit([Example(text, root)], CONFIG)
    pieces = Tokens(text, ((0, 4), (5, 9), (9, 13)), truncated=False)
    targets = HEAD.targets(Example(text, root), [pieces], CONFIG, assets)
    said = HEAD.labels(assets, "token_logits")
    assert [said[number] for number in targets["tags"]] == ["O", "B SL:APP", "I SL:APP"]
    # a teacher of whole words says that its slot begins; the second piece continues it
    teacher = np.zeros((2, len(said)), np.float32)
    teacher[1, said.index("B SL:APP")] = 9
    aligned = HEAD.align(teacher, np.array(((0, 4), (5, 13))), pieces, assets)
    assert [said[number] for number in aligned.argmax(axis=1)[1:]] == ["B SL:APP", "I SL:APP"]


def test_a_piece_of_nothing_ends_no_word():
    text, root = "open Zoë", Node("IN:OPEN", children=(Node("SL:APP", ((5, 8),)),))
    assets = HEAD.fit([Example(text, root)], CONFIG)
    # a mark before the word, and a letter that became two pieces
    pieces = Tokens(text, ((0, 4), (5, 5), (5, 7), (7, 7), (7, 8)), truncated=False)
    said = HEAD.labels(assets, "token_logits")
    teacher = np.zeros((2, len(said)), np.float32)
    teacher[1, said.index("B SL:APP")] = 9
    aligned = HEAD.align(teacher, np.array(((0, 4), (5, 8))), pieces, assets)
    assert [said[row.argmax()] if row.any() else "" for row in aligned] == ["", "", "B SL:APP", "", "I SL:APP"]


def test_of_a_text_without_a_token_of_the_teachers_nothing_is_known(assets):
    none = np.zeros((0, len(HEAD.labels(assets, "token_logits"))), np.float32)
    mark = Tokens("\u0301", ((0, 1),), truncated=False)
    aligned = HEAD.align(none, np.zeros((0, 2), np.int32), mark, assets)
    assert aligned.shape == (1, none.shape[1]) and not aligned.any()


def test_targets_are_decoded_to_the_gold_tree(train, assets):
    decoder = HEAD.decoder(CONFIG, assets)
    tags = len(Labels.from_bytes(assets["labels.json"]).tags)
    predictions, left_out = [], 0
    for example in train:
        tokens = tokenize(example.text)
        targets = HEAD.targets(example, [tokens], CONFIG, assets)
        outputs = {"intent": np.zeros(len(HEAD.labels(assets)), np.float32), "tags": np.zeros((len(tokens), tags))}
        if targets is None:
            left_out += 1
        else:
            assert targets["tags"].shape == (len(tokens),)
            assert targets["tags"].dtype == targets["intent"].dtype == np.int32
            outputs["intent"][targets["intent"]] = 9
            outputs["tags"][np.arange(len(tokens)), targets["tags"]] = 9
        predictions.append(decoder.decode(outputs, [tokens]))
    assert left_out == 2
    assert HEAD.evaluate(train, predictions)["exact_match"] == 1 - left_out / len(train)


def test_no_targets_for_what_was_not_learnt(assets):
    for text, root in (
        ("hello", Node("IN:UNHEARD_OF")),
        ("hello", Node("IN:GET_WEATHER", children=(Node("SL:UNHEARD_OF", ((0, 5),)),))),
    ):
        assert HEAD.targets(Example(text, root), [tokenize(text)], CONFIG, assets) is None
    known = Node("IN:GET_WEATHER", children=(Node("SL:LOCATION"),))
    assert HEAD.targets(Example("hello", known, aligned=False), [tokenize("hello")], CONFIG, assets) is None


def test_data_of_another_task_are_refused():
    with pytest.raises(DataError, match="another task"):
        HEAD.fit([Example("hello", "greeting")], CONFIG)
    with pytest.raises(DataError, match="no tree"):
        HEAD.fit([Example("hello", Node("IN:A"), aligned=False)], CONFIG)


def test_perfect_prediction_in_another_order_of_siblings():
    other = "[IN:CALL [SL:TIME now ] [SL:PLACE New York ] [SL:WHO [IN:GET [SL:KIND mom ] [SL:OWNER my ] ] ] ]"
    assert set(metrics(GOLD, other).values()) == {1.0}


def test_flat_answer_to_a_nested_question():
    """The covering spans are right, the structure is not: 3 of 5 gold and 3 predicted slots are found."""
    flat = "[IN:CALL [SL:WHO my mom ] [SL:PLACE New York ] [SL:TIME now ] ]"
    assert metrics(GOLD, flat) == {
        "exact_match": 0.0,
        "flat_exact_match": 1.0,
        "intent_accuracy": 1.0,
        "slot_f1": pytest.approx(2 * 3 / (5 + 3)),
        "tree_f1": pytest.approx(2 * 4 / (7 + 4)),
    }


def test_one_wrong_span():
    short = GOLD.replace("New York", "York")
    found = metrics(GOLD, short)
    assert (found["exact_match"], found["flat_exact_match"]) == (0.0, 0.0)
    assert found["slot_f1"] == pytest.approx(2 * 4 / 10)
    assert found["tree_f1"] == pytest.approx(2 * 5 / 14)  # the root covers other words, too


def test_wrong_intent():
    found = metrics(GOLD, GOLD.replace("IN:CALL", "IN:MESSAGE"))
    assert (found["intent_accuracy"], found["flat_exact_match"], found["slot_f1"]) == (0.0, 0.0, 1.0)


def test_unaligned_gold_counts_as_wrong():
    found = metrics("[IN:CALL ]", "[IN:CALL ]", aligned=False)
    assert (found["exact_match"], found["flat_exact_match"], found["tree_f1"]) == (0.0, 0.0, 0.0)
    assert found["intent_accuracy"] == 1.0


def test_network_ignores_padding_and_loss_weighs_the_tags(assets):
    pytest.importorskip("keras")
    rng = np.random.default_rng(0)
    labels = Labels.from_bytes(assets["labels.json"])
    config = HEAD.Config(label_smoothing=0.0, tag_weight=0.5)
    network = HEAD.network(config, assets)
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], np.float32)
    encoded = {
        "tokens": rng.normal(size=(2, 4, 8)).astype(np.float32),
        "pooled": rng.normal(size=(2, 8)).astype(np.float32),
        "mask": mask,
    }
    targets = {"intent": np.array([1, 2], np.int32), "tags": np.array([[3, 4, 0, 0], [0, 1, 2, 3]], np.int32)}
    logits = {name: value.numpy() for name, value in network(encoded, training=False).items()}
    assert logits["intent"].shape == (2, len(labels.intents))
    assert logits["tags"].shape == (2, 4, len(labels.tags))

    def negative_log(values, index):
        return -(values[index] - values.max() - np.log(np.exp(values - values.max()).sum()))

    expected = [
        negative_log(logits["intent"][row], targets["intent"][row])
        + 0.5 * sum(negative_log(logits["tags"][row, i], targets["tags"][row, i]) for i in range(4) if mask[row, i])
        for row in range(2)
    ]
    assert np.allclose(network.loss(logits, targets, encoded), expected, rtol=1e-4)
    encoded["tokens"][0, 2:] = 100.0
    again = network(encoded, training=False)
    assert np.allclose(network.loss(again, targets, encoded), expected, rtol=1e-4)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_is_a_number_from_0(weight):
    with pytest.raises(RecipeError, match=r"head\.tag_weight is"):
        HEAD.Config(tag_weight=weight)


@pytest.mark.parametrize("penalty", [-3.0, float("nan"), float("inf")])
def test_a_penalty_is_a_number_from_0(penalty):
    with pytest.raises(RecipeError, match=r"head\.unseen_path_penalty is"):
        HEAD.Config(unseen_path_penalty=penalty)
