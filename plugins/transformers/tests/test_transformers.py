import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from edgenlp.errors import MissingExtraError, RecipeError, TextError  # noqa: E402
from edgenlp.testing import TeacherConformance  # noqa: E402
from edgenlp_transformers.model import PretrainedModel, _without_spaces  # noqa: E402
from edgenlp_transformers.teacher import TransformersConfig, TransformersTeacher  # noqa: E402

TEXT = "wake me up at play some jazz set an alarm for tomorrow will it rain"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *TEXT.split(" "), "caf", "##e", "##s"]
TEXTS = ["Wake me up tomorrow", "", "café plays jazz", "play some jazz " * 30, "set an alarm"] * 5
LABELS = {0: "alarm", 1: "music", 2: "weather"}


def write(folder, kind):
    """A tiny BERT of some architecture with random weights."""
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        id2label=LABELS,
        label2id={name: number for number, name in LABELS.items()},
        initializer_range=0.3,
    )
    getattr(transformers, kind)(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    tokenizer = transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.model_max_length = 32
    tokenizer.save_pretrained(folder)
    return TransformersConfig(model=str(folder))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Settings of one model for each architecture."""
    kinds = ("BertForSequenceClassification", "BertForTokenClassification", "BertForMaskedLM", "BertModel")
    return {kind: write(tmp_path_factory.mktemp(kind), kind) for kind in kinds}


class OfModels(TeacherConformance):
    teacher = TransformersTeacher()
    kind = ""

    @pytest.fixture(autouse=True)
    def _model(self, models):
        type(self).config = models[self.kind]


class TestClassifier(OfModels):
    kind = "BertForSequenceClassification"


class TestTagger(OfModels):
    kind = "BertForTokenClassification"


class TestMaskedWords(OfModels):
    kind = "BertForMaskedLM"


def plainly(config, kind, text, pair=None):
    """Logits of one text, by transformers alone, and its encoding."""
    model = getattr(transformers, kind).from_pretrained(config.model).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(config.model)
    encoded = tokenizer(text, pair, return_tensors="pt", truncation=True, max_length=32)
    with torch.inference_mode():
        return model(**encoded)[0][0].numpy(), encoded


def test_a_classifier_gives_the_logits_of_its_labels(models):
    teacher, config = TransformersTeacher(), models["BertForSequenceClassification"]
    assert teacher.offers(config) == {"task_logits"}
    assert teacher.labels("task_logits", config) == ["alarm", "music", "weather"]
    answers = list(teacher.label(TEXTS, ["task_logits"], config))
    for text, answer in zip(TEXTS, answers, strict=True):
        expected, _ = plainly(config, "BertForSequenceClassification", text)
        np.testing.assert_allclose(answer["task_logits"], expected, atol=1e-5)


def test_a_classifier_of_pairs_reads_both(models):
    teacher, config = TransformersTeacher(), models["BertForSequenceClassification"]
    pairs = [("wake me", "up at"), ("play some jazz", "rain")]
    for (one, other), answer in zip(pairs, teacher.label(pairs, ["task_logits"], config), strict=True):
        expected, _ = plainly(config, "BertForSequenceClassification", one, other)
        np.testing.assert_allclose(answer["task_logits"], expected, atol=1e-5)


def test_a_tagger_gives_the_logits_of_each_words_first_subword(models):
    teacher, config = TransformersTeacher(), models["BertForTokenClassification"]
    (answer,) = teacher.label(["café plays jazz"], ["token_logits"], config)
    assert ["café plays jazz"[start:end] for start, end in answer["spans"]] == ["café", "plays", "jazz"]
    expected, encoded = plainly(config, "BertForTokenClassification", "café plays jazz")
    first = [encoded.word_ids(0).index(word) for word in range(3)]
    np.testing.assert_allclose(answer["token_logits"], expected[first], atol=1e-5)
    (nothing,) = teacher.label([""], ["token_logits"], config)
    assert nothing["token_logits"].shape == (0, 3)
    assert nothing["spans"].shape == (0, 2)


@pytest.mark.parametrize(
    ("family", "settings", "positions"),
    [
        ("Bert", {"max_position_embeddings": 32}, 32),
        ("MPNet", {"max_position_embeddings": 34}, 32),  # the first two stand for padding
        ("Camembert", {"max_position_embeddings": 34, "pad_token_id": 1}, 32),
        ("XLNet", {"n_layer": 1, "n_head": 2, "d_inner": 32, "d_model": 16}, 0),  # counts without end
    ],
)
def test_as_many_tokens_are_read_as_there_are_positions(models, tmp_path, family, settings, positions):
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    settings |= {"vocab_size": len(VOCABULARY), "id2label": LABELS, **({} if family == "XLNet" else sizes)}
    config = getattr(transformers, f"{family}Config")(**settings)
    getattr(transformers, f"{family}ForSequenceClassification")(config).save_pretrained(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(models["BertModel"].model)
    tokenizer.model_max_length = int(1e30)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.save_pretrained(tmp_path)
    model = PretrainedModel(tmp_path)
    assert model._limit == (positions or None)
    (answer,) = model.answers(["play some jazz " * 30], ["task_logits"])
    assert np.isfinite(answer["task_logits"]).all()


def test_words_are_predicted_for_each_subword(models):
    teacher, config = TransformersTeacher(), models["BertForMaskedLM"]
    assert teacher.labels("vocabulary_logits", config) == VOCABULARY
    answers = list(teacher.label(TEXTS, ["vocabulary_logits"], config))
    for text, answer in zip(TEXTS, answers, strict=True):
        expected, encoded = plainly(config, "BertForMaskedLM", text)
        np.testing.assert_allclose(answer["vocabulary_logits"], expected[1:-1], atol=1e-5)
        assert len(answer["spans"]) == encoded["input_ids"].shape[1] - 2
    assert [tuple(span) for span in answers[2]["spans"]] == [(0, 3), (3, 4), (5, 9), (9, 10), (11, 15)]


def test_a_subword_stands_from_its_first_character_on():
    # as tokenizers that mark spaces give them, such as DeBERTa's
    offsets = np.array([[[0, 0], [0, 3], [3, 6], [6, 12], [0, 0]]])
    moved = _without_spaces(offsets, ["set an alarm"])
    assert moved.tolist() == [[[0, 0], [0, 3], [4, 6], [7, 12], [0, 0]]]


def test_words_of_few_positions_are_predicted_at_once(models, monkeypatch):
    monkeypatch.setattr("edgenlp_transformers.model.POSITIONS_AT_ONCE", 40)
    model = PretrainedModel(Path(models["BertForMaskedLM"].model))
    assert list(model._few_positions(TEXTS[:10])) == [[0, 1, 2], [3], [4, 5, 6, 7], [8], [9]]
    answers = model.answers(TEXTS, ["vocabulary_logits"])
    for one, other in zip(
        answers, TransformersTeacher().label(TEXTS, ["vocabulary_logits"], models["BertForMaskedLM"]), strict=True
    ):
        np.testing.assert_allclose(one["vocabulary_logits"], other["vocabulary_logits"], atol=1e-5)


def test_a_file_that_was_cut_off_is_one_sentence(models, tmp_path):
    folder = shutil.copytree(models["BertForMaskedLM"].model, tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(RecipeError, match=r"holds no model that transformers can read \(.*\): fetch it again"):
        PretrainedModel(folder)


def test_weights_that_are_no_numbers_are_damaged(models, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(models["BertForMaskedLM"].model, tmp_path / "nan")
    weights = load_file(folder / "model.safetensors")
    weights["bert.encoder.layer.1.output.dense.bias"][3] = float("nan")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(RecipeError, match="no numbers, so they are damaged: fetch it again"):
        PretrainedModel(folder)


def test_a_sentence_transformer_gives_one_vector(models, tmp_path):
    config = write(tmp_path, "BertModel")
    modules = [{"type": f"sentence_transformers.models.{kind}"} for kind in ("Transformer", "Pooling", "Normalize")]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    teacher = TransformersTeacher()
    assert teacher.offers(config) == {"sentence_embedding"}
    answers = teacher.label(TEXTS, ["sentence_embedding"], config)
    for text, answer in zip(TEXTS, answers, strict=True):
        hidden, _ = plainly(config, "BertModel", text)
        mean = hidden.mean(0)
        np.testing.assert_allclose(answer["sentence_embedding"], mean / np.linalg.norm(mean), atol=1e-5)


def test_what_it_lacks_and_what_it_cannot_read_is_said(models, tmp_path):
    teacher, config = TransformersTeacher(), models["BertForTokenClassification"]
    with pytest.raises(RecipeError, match=r"no 'task_logits', only token_logits"):
        teacher.label(["hi"], ["task_logits"], config)
    with pytest.raises(TextError, match="one text at a time"):
        teacher.label([("hi", "there")], ["token_logits"], config)
    with pytest.raises(RecipeError, match="no folder"):
        teacher.offers(TransformersConfig(model=str(tmp_path / "nowhere")))
    with pytest.raises(RecipeError, match=r"holds no config\.json"):
        teacher.offers(TransformersConfig(model=str(tmp_path)))
    bare = write(tmp_path / "bare", "BertForMaskedLM")
    (tmp_path / "bare" / "model.safetensors").unlink()
    with pytest.raises(RecipeError, match="no model that transformers can read"):
        teacher.label(["hi"], ["vocabulary_logits"], bare)


@pytest.mark.parametrize(
    ("names", "offered", "said"),
    [
        (["BertForTokenClassification", "BertForMaskedLM"], {"token_logits"}, "is of the architecture BertForToken"),
        ([], set(), "names no architecture: save it again by save_pretrained"),
        (None, set(), "names no architecture: save it again by save_pretrained"),
    ],
)
def test_the_first_architecture_is_the_one_that_is_loaded(models, tmp_path, names, offered, said):
    folder = shutil.copytree(models["BertForTokenClassification"].model, tmp_path / "several")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": names}))
    teacher, own = TransformersTeacher(), TransformersConfig(model=str(folder))
    assert teacher.offers(own) == offered
    for what in offered:
        assert next(teacher.label(["hi"], [what], own))[what].shape == (1, 3)
    with pytest.raises(RecipeError, match=said):
        teacher.label(["hi"], ["vocabulary_logits"], own)


def test_the_digest_names_the_weights_and_not_the_place(models, tmp_path):
    teacher = TransformersTeacher()
    again = write(tmp_path / "again", "BertForMaskedLM")
    assert teacher.digest(again) == teacher.digest(models["BertForMaskedLM"])
    (tmp_path / "again" / "tokenizer.json").write_text("{}")
    assert teacher.digest(again) != teacher.digest(models["BertForMaskedLM"])


@pytest.mark.parametrize("kind", ["BertForSequenceClassification", "BertForMaskedLM"])
def test_labels_are_named_without_the_weights(models, tmp_path, kind):
    bare = shutil.copytree(models[kind].model, tmp_path / "bare")
    (bare / "model.safetensors").unlink()
    (what,) = TransformersTeacher().offers(models[kind])
    named = TransformersTeacher().labels(what, TransformersConfig(model=str(bare)))
    assert named == TransformersTeacher().labels(what, models[kind]) != []


def test_without_a_network_it_says_to_pass_a_folder(monkeypatch):
    def unreachable(*args, **kwargs):
        raise ConnectionError("name resolution failed")

    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)
    with pytest.raises(RecipeError, match="pass the path of a folder"):
        TransformersTeacher().offers(TransformersConfig())


def test_without_pytorch_it_says_what_an_index_has(models, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "edgenlp_transformers.model")
    monkeypatch.delattr("edgenlp_transformers.model")
    with pytest.raises(MissingExtraError, match="needs torch: pip install torch transformers"):
        TransformersTeacher().labels("vocabulary_logits", models["BertForMaskedLM"])


def test_padding_before_the_tokens_is_no_part_of_the_vector(models, tmp_path):
    config = transformers.XLNetConfig(vocab_size=len(VOCABULARY), n_layer=1, n_head=2, d_inner=32, d_model=16)
    transformers.XLNetModel(config).save_pretrained(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(models["BertModel"].model, padding_side="left")
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "modules.json").write_text(json.dumps([{"type": kind} for kind in ("Transformer", "Pooling")]))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    model = PretrainedModel(tmp_path)
    together = list(model.answers(["set an alarm", "wake me up at play some jazz"], ["sentence_embedding"]))
    (alone,) = model.answers(["set an alarm"], ["sentence_embedding"])
    np.testing.assert_allclose(together[0]["sentence_embedding"], alone["sentence_embedding"], atol=1e-5)
