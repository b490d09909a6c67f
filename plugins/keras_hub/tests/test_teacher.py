import json
import math
import shutil

import numpy as np
import pytest

pytest.importorskip("tensorflow")
keras_hub = pytest.importorskip("keras_hub")

from huggingface_hub.errors import LocalEntryNotFoundError  # noqa: E402

from edgenlp.data.pretrained import Pooling, read_pooling, without_fetching  # noqa: E402
from edgenlp.errors import RecipeError, TextError  # noqa: E402
from edgenlp.testing import TeacherConformance  # noqa: E402
from edgenlp_keras_hub.config import KerasHubTeacherConfig  # noqa: E402
from edgenlp_keras_hub.teacher import KerasHubTeacher  # noqa: E402

TEXTS = ["Wake me up tomorrow", "", "café", "play some jazz " * 20, "set an alarm"] * 9
EVERYTHING = ["vocabulary_logits", "sentence_embedding"]


class TestContract(TeacherConformance):
    teacher = KerasHubTeacher()

    @pytest.fixture(autouse=True)
    def _folder(self, bert):
        type(self).config = KerasHubTeacherConfig(model=str(bert))


@pytest.fixture(scope="module")
def asked(bert):
    return KerasHubTeacher(), KerasHubTeacherConfig(model=str(bert))


def plainly(folder, text):
    """Hidden states of one text, by KerasHub alone."""
    import tensorflow as tf

    tokenizer = keras_hub.models.Tokenizer.from_preset(str(folder), strip_accents=True)
    backbone = keras_hub.models.Backbone.from_preset(str(folder))
    ids = tf.constant([[tokenizer.start_token_id, *tokenizer([text])[0][:30], tokenizer.end_token_id]])
    inputs = {"token_ids": ids, "segment_ids": tf.zeros_like(ids), "padding_mask": tf.ones_like(ids)}
    return backbone(inputs)["sequence_output"][0].numpy()


def test_one_reading_answers_all_in_the_order_of_the_texts(asked, bert):
    teacher, config = asked
    answers = list(teacher.label(TEXTS, EVERYTHING, config))
    assert len(answers) == len(TEXTS)
    for text, answer in list(zip(TEXTS, answers, strict=True))[:5]:
        hidden = plainly(bert, text)
        mean = hidden.mean(0)
        np.testing.assert_allclose(answer["sentence_embedding"], mean / np.linalg.norm(mean), atol=1e-5)
        assert answer["vocabulary_logits"].shape == (len(hidden) - 2, len(teacher.labels("vocabulary_logits", config)))
        assert answer["spans"].shape == (len(hidden) - 2, 2)
        assert all(array.dtype in (np.float32, np.int32) for array in answer.values())
    again = list(teacher.label(TEXTS, EVERYTHING, config))
    for one, other in zip(answers, again, strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_rows_behind_the_vocabulary_are_no_words(write_bert, config, tmp_path):
    vocabulary = (write_bert(tmp_path / "bare") / "vocab.txt").read_text(encoding="utf-8").split()
    vocabulary += [f"word{number}" for number in range(199 - len(vocabulary))]
    folder = write_bert(tmp_path / "padded", config | {"vocab_size": 200}, vocabulary)
    teacher, own = KerasHubTeacher(), KerasHubTeacherConfig(model=str(folder))
    (answer,) = teacher.label(["wake me up"], ["vocabulary_logits"], own)
    assert answer["vocabulary_logits"].shape == (3, len(vocabulary))
    assert len(teacher.labels("vocabulary_logits", own)) == len(vocabulary)


def test_the_folders_own_head_predicts_words_where_they_stand(asked, bert):
    from safetensors.numpy import load_file

    teacher, config = asked
    text = "Wake me up, café"
    (answer,) = teacher.label([text], ["vocabulary_logits"], config)
    assert [text[start:end] for start, end in answer["spans"]] == ["Wake", "me", "up", ",", "caf", "é"]
    tensors = load_file(bert / "model.safetensors")
    head = "cls.predictions."
    states = plainly(bert, text)[1:-1] @ tensors[f"{head}transform.dense.weight"].T
    states = states + tensors[f"{head}transform.dense.bias"]
    erf = np.vectorize(math.erf)
    states = states * 0.5 * (1 + erf(states / np.sqrt(2)))
    states = (states - states.mean(1, keepdims=True)) / states.std(1, keepdims=True)
    states = states * tensors[f"{head}transform.LayerNorm.weight"] + tensors[f"{head}transform.LayerNorm.bias"]
    logits = states @ tensors["bert.embeddings.word_embeddings.weight"].T + tensors[f"{head}bias"]
    np.testing.assert_allclose(answer["vocabulary_logits"], logits, atol=2e-4)


def test_a_mask_in_a_text_is_a_word_to_guess(asked):
    teacher, config = asked
    (answer,) = teacher.label(["play [MASK] jazz"], ["vocabulary_logits"], config)
    assert answer["spans"].tolist() == [[0, 4], [5, 11], [12, 16]]
    (other,) = teacher.label(["play some jazz"], ["vocabulary_logits"], config)
    assert np.abs(answer["vocabulary_logits"] - other["vocabulary_logits"])[0].max() > 1e-3


def test_the_digest_names_the_weights_and_not_the_place(asked, bert, tmp_path):
    teacher, config = asked
    copy = shutil.copytree(bert, tmp_path / "elsewhere")
    assert teacher.digest(KerasHubTeacherConfig(model=str(copy))) == teacher.digest(config)
    content = bytearray((copy / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "model.safetensors").write_bytes(content)
    assert teacher.digest(KerasHubTeacherConfig(model=str(copy))) != teacher.digest(config)


def test_what_a_model_lacks_is_said(asked, write_bert, tmp_path):
    teacher, config = asked
    assert teacher.offers(config) == frozenset(EVERYTHING)
    with pytest.raises(RecipeError, match=r"'task_logits'.*edgenlp teach"):
        teacher.label(["hi"], ["task_logits"], config)
    bare = KerasHubTeacherConfig(model=str(write_bert(tmp_path / "bare", word_prediction=False)))
    assert teacher.offers(bare) == frozenset()
    with pytest.raises(RecipeError, match="train_word_prediction"):
        teacher.label(["hi"], ["vocabulary_logits"], bare)
    with pytest.raises(RecipeError, match="sentence-transformers"):
        teacher.labels("sentence_embedding", bare)


@pytest.mark.parametrize(
    ("pooling", "limits", "expected"),
    [
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, {"max_seq_length": 32}, ("mean", 32)),
        # as sentence-transformers writes them since version 6
        (
            {"embedding_dimension": 16, "pooling_mode": "mean", "include_prompt": True},
            {"model_max_length": 24},
            ("mean", 24),
        ),
        ({"pooling_mode": ["cls"]}, {"max_seq_length": None, "model_max_length": 1e30}, ("cls", 0)),
        ({"pooling_mode": "lasttoken"}, {}, None),
        ({"pooling_mode": ["mean", "cls"]}, {}, None),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, {}, None),
        ({}, {}, None),
    ],
)
def test_pooling_is_read_as_sentence_transformers_writes_it(tmp_path, pooling, limits, expected):
    (tmp_path / "modules.json").write_text(json.dumps([{"type": kind} for kind in ("Transformer", "Pooling")]))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    for name in ("sentence_bert_config.json", "tokenizer_config.json"):
        (tmp_path / name).write_text(json.dumps(limits))
    assert read_pooling(tmp_path) == (expected and Pooling(expected[0], False, expected[1]))


def test_json_that_is_nested_too_deep_is_one_sentence(tmp_path):
    (tmp_path / "modules.json").write_text("[" * 100_000)
    with pytest.raises(RecipeError, match=r"modules\.json is no JSON \(maximum recursion depth.*\): fetch it again"):
        read_pooling(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("config.json", [], "holds no JSON object"),
        ("modules.json", [{"idx": 0}], "is not a list of modules, each with its type"),
        ("1_Pooling/config.json", [], "holds no JSON object"),
        ("sentence_bert_config.json", {"max_seq_length": "x"}, "max_seq_length is 'x', and should be a number"),
        ("sentence_bert_config.json", {"max_seq_length": 2}, "reads 2 subwords at most, which leaves none"),
    ],
)
def test_files_of_another_shape_are_one_sentence(bert, tmp_path, file, content, words):
    folder = tmp_path / "model"
    shutil.copytree(bert, folder)
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(RecipeError, match=words):
        next(KerasHubTeacher().label(["hi"], ["sentence_embedding"], KerasHubTeacherConfig(model=str(folder))))


def test_pairs_are_refused(asked):
    teacher, config = asked
    with pytest.raises(TextError, match="one text at a time"):
        teacher.label([("hi", "there")], ["sentence_embedding"], config)


@pytest.fixture
def broken(write_bert, tmp_path):
    return write_bert(tmp_path / "broken")


def test_a_folder_that_is_no_usable_model_is_one_sentence(broken, write_bert, tmp_path, config):
    teacher = KerasHubTeacher()

    def message(folder):
        with pytest.raises(RecipeError) as error:
            list(teacher.label(["hi"], ["vocabulary_logits"], KerasHubTeacherConfig(model=str(folder))))
        assert "\n" not in str(error.value) and len(str(error.value)) < 300 + len(str(folder))
        return str(error.value)

    assert "no folder" in message(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "holds no config.json" in message(tmp_path / "empty")

    (broken / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n")
    assert "a vocabulary of 6 subwords" in message(broken)

    short = write_bert(tmp_path / "short")
    lines = (short / "vocab.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    (short / "vocab.txt").write_text("".join([*lines[:100], *lines[101:]]), encoding="utf-8")
    assert f"{len(lines) - 1} subwords and a model for {len(lines)}: they do not belong together" in message(short)

    other = write_bert(tmp_path / "gpt2", {**config, "model_type": "gpt2"})
    assert "architecture 'gpt2'" in message(other)
    (other / "config.json").write_text(json.dumps({**config, "model_type": "electra"}))
    assert "'electra', which KerasHub reads in its own form alone: name one of its presets" in message(other)

    wide = write_bert(tmp_path / "wide")
    (wide / "config.json").write_text(json.dumps({**config, "hidden_size": 32}))
    assert "do not fit its config.json" in message(wide)
    assert "value=[[" not in message(wide)
    (wide / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert "do not fit its config.json (it lacks 'vocab_size'): fetch it again" in message(wide)
    (wide / "config.json").write_text('{"model_type":')
    assert message(wide).endswith(
        "config.json is no JSON (Expecting value: line 1 column 15 (char 14)): fetch it again"
    )

    cut = write_bert(tmp_path / "cut")
    (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:1000])
    assert "is damaged" in message(cut) and message(cut).endswith("fetch it again")

    for layers in (1, 3):
        other = write_bert(tmp_path / f"layers{layers}")
        (other / "config.json").write_text(json.dumps({**config, "num_hidden_layers": layers}))
        assert f"holds weights of 2 layers, and a config.json for {layers}: fetch it again" in message(other)

    bare = write_bert(tmp_path / "weightless")
    (bare / "model.safetensors").unlink()
    assert "holds no weights" in message(bare)
    (bare / "pytorch_model.bin").write_bytes(b"")
    assert "safe_serialization" in message(bare)

    mute = write_bert(tmp_path / "mute")
    (mute / "vocab.txt").unlink()
    assert "no tokenizer" in message(mute) and message(mute).endswith("fetch it again")

    indexed = write_bert(tmp_path / "indexed")
    (indexed / "model.safetensors.index.json").write_text("{}")
    assert "index.json names no weights (weight_map): fetch it again" in message(indexed)


@pytest.mark.parametrize("name", ["bert.encoder.layer.1.output.dense.bias", "cls.predictions.bias"])
def test_weights_that_are_no_numbers_are_damaged(broken, name):
    from safetensors.numpy import load_file, save_file

    weights = load_file(broken / "model.safetensors")
    weights[name][3] = np.nan
    save_file(weights, broken / "model.safetensors")
    with pytest.raises(RecipeError, match=r"weights that are no numbers, so they are damaged: fetch it again"):
        KerasHubTeacher().label(["hi"], ["vocabulary_logits"], KerasHubTeacherConfig(model=str(broken)))


@pytest.mark.parametrize(
    ("model", "package", "function"),
    [
        ("hf://google-bert/bert-base-multilingual-cased", "huggingface_hub", "snapshot_download"),
        ("bert_base_multi", "kagglehub", "model_download"),
    ],
)
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("HTTPSConnectionPool(host='h', port=443): Max retries exceeded (Caused by ...)"), "no network"),
        (LocalEntryNotFoundError("Got: ConnectError: [Errno -2] Name or service not known\nCheck it."), "no network"),
        (ValueError("no such model.\nsecond line"), "no such model"),
    ],
)
def test_without_a_network_it_says_to_pass_a_folder(monkeypatch, model, package, function, error, said):
    def unreachable(*args, **kwargs):
        raise error

    monkeypatch.setattr(f"{package}.{function}", unreachable)
    with pytest.raises(RecipeError, match=rf"cannot be fetched \({said}\).*pass the path of a folder"):
        KerasHubTeacher().offers(KerasHubTeacherConfig(model=model))


@pytest.mark.parametrize("model", ["hf://", "hf://a", "hf://a/b/c", "kaggle://x", "kaggle://keras/bert"])
def test_a_name_that_no_hub_can_know_is_said(model):
    form = "hf://owner/name" if model.startswith("hf") else "kaggle://owner/model/framework/variation"
    with pytest.raises(RecipeError, match=f"the model {model} is not named as hubs do: write {form}"):
        KerasHubTeacher().offers(KerasHubTeacherConfig(model=model))


def test_a_hub_is_not_asked_where_labels_are_there(monkeypatch):
    """Training compares a teacher with its labels where it is at hand, and fetches none for that."""
    asked = []

    def absent(name, **options):
        asked.append(options["local_files_only"])
        raise LocalEntryNotFoundError("not on this disk")

    monkeypatch.setattr("huggingface_hub.snapshot_download", absent)
    monkeypatch.setattr("kagglehub.model_download", lambda name: asked.append(name))
    with without_fetching():
        for model in ("hf://google-bert/bert-base-multilingual-cased", "bert_base_multi"):
            with pytest.raises(RecipeError):
                KerasHubTeacher().digest(KerasHubTeacherConfig(model=model))
    with pytest.raises(RecipeError):
        KerasHubTeacher().digest(KerasHubTeacherConfig())
    assert asked == [True, False]
