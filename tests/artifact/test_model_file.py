"""A model file is read without trust, and written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgenlp import artifact
from edgenlp.artifact import flatbuffer, model_file
from edgenlp.artifact.files import check_place, write_atomically
from edgenlp.errors import EdgeNLPError, ModelError


def parts(path):
    """The bytes before the zip, and the manifest's values."""
    model = artifact.read(path)
    with zipfile.ZipFile(path) as archive:
        return model.graph, json.loads(archive.read("edgenlp.json")), dict(model.files)


def pack(path, graph, manifest, files, **zip_options):
    """A model file with anything at all in it."""
    buffer = io.BytesIO()
    buffer.write(graph)
    with zipfile.ZipFile(buffer, "a", **zip_options) as archive:
        if manifest is not None:
            content = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
            archive.writestr("edgenlp.json", content)
        for name, content in files.items():
            archive.writestr(name, content)
    path.write_bytes(buffer.getvalue())
    return path


def refusal(path):
    with pytest.raises(ModelError) as caught:
        artifact.read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_what_is_written_is_read(tmp_path, toy_files):
    graph, manifest, files = toy_files()
    written = artifact.write(tmp_path / "m.tflite", graph, manifest, files)
    model = artifact.read(tmp_path / "m.tflite")
    assert model.manifest == written
    assert replace(written, graph=replace(written.graph, sha256="")) == manifest
    assert dict(model.files) == files
    assert model.graph.endswith(graph)
    assert hashlib.sha256(model.graph).hexdigest() == written.graph.sha256


def test_equal_models_are_equal_bytes(tmp_path, toy_files):
    graph, manifest, files = toy_files()
    artifact.write(tmp_path / "a.tflite", graph, manifest, files)
    artifact.write(tmp_path / "b.tflite", graph, manifest, dict(reversed(files.items())))
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()


def test_the_schema_of_tflite_agrees(tmp_path, toy_files, toy_path):
    """TensorFlow's own generated code reads the graph with our metadata in front as it read it before."""
    schema = pytest.importorskip("tensorflow.lite.python.schema_py_generated")
    graph, _, _ = toy_files()
    before = schema.ModelT.InitFromPackedBuf(graph, 0)
    after = schema.ModelT.InitFromPackedBuf(artifact.read(toy_path).graph, 0)
    assert after.version == before.version
    assert after.description == before.description
    assert [entry.name for entry in after.metadata] == [*(e.name for e in before.metadata), b"TFLITE_METADATA"]
    assert len(after.buffers) == len(before.buffers) + 1
    for old, new in zip(before.buffers, after.buffers, strict=False):
        np.testing.assert_array_equal(old.data, new.data)
    assert [s.signatureKey for s in after.signatureDefs] == [s.signatureKey for s in before.signatureDefs]
    assert {s.signatureKey.decode() for s in before.signatureDefs} == flatbuffer.signature_names(graph)
    metadata = bytes(after.buffers[after.metadata[-1].buffer].data)
    assert metadata[4:8] == b"M001"


def test_weights_stay_aligned(toy_files, toy_path):
    graph, _, _ = toy_files()
    assert (len(artifact.read(toy_path).graph) - len(graph)) % flatbuffer.ALIGNMENT == 0


def test_metadata_says_what_the_model_is(toy_path):
    """Read with the slots of metadata_schema.fbs: name, version, tensors, label file, parser version."""
    data = artifact.read(toy_path).graph
    entries = list(flatbuffer.Table.root(data).tables(flatbuffer.METADATA))
    assert entries[-1].text(flatbuffer.METADATA_NAME) == "TFLITE_METADATA"
    buffers = list(flatbuffer.Table.root(data).tables(flatbuffer.BUFFERS))
    start = buffers[entries[-1].uint32(flatbuffer.METADATA_BUFFER)].target(flatbuffer.BUFFER_DATA)
    size = struct.unpack_from("<I", data, start)[0]
    metadata = flatbuffer.Table.root(data[start + 4 : start + 4 + size])
    assert metadata.text(0) == "toy-toy_label"
    assert "en, hi" in metadata.text(1)
    assert metadata.text(5) == "Apache-2.0"
    assert metadata.text(7) == "1.0.0"
    assert [file.text(0) for file in metadata.tables(6)] == ["edgenlp.json", "golden.jsonl"]
    (subgraph,) = metadata.tables(3)
    assert len(list(subgraph.tables(2))) == 2
    (output,) = subgraph.tables(3)
    (labels,) = output.tables(6)
    assert labels.text(0) == "labels.txt"
    axis_labels = 2
    assert data[start + 4 + labels.field(2)] == axis_labels


def test_the_outer_world_can_unzip_it(toy_path):
    with zipfile.ZipFile(toy_path) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "edgenlp.json"


def test_a_missing_file(tmp_path):
    assert "there is no model file" in refusal(tmp_path / "none.tflite")


def test_a_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"hello, I am a text file\n" * 10, bytes(1000)])
def test_not_a_tflite_file(tmp_path, content):
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    assert "not a TFLite file" in refusal(path)


def test_a_tflite_file_of_someone_else(tmp_path, toy_files):
    path = tmp_path / "m.tflite"
    path.write_bytes(toy_files()[0])
    assert "not a model of edgenlp" in refusal(path)
    pack(path, toy_files()[0], None, {"vocab.txt": b"a"})
    assert "not a model of edgenlp" in refusal(path)


def test_a_truncated_model(tmp_path, toy_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(toy_path.read_bytes()[:-100])
    assert "cut off" in refusal(path)


def test_a_changed_graph(tmp_path, toy_path):
    data = bytearray(toy_path.read_bytes())
    data[len(artifact.read(toy_path).graph) // 2] ^= 1
    path = tmp_path / "m.tflite"
    path.write_bytes(data)
    assert "changed" in refusal(path)


def test_a_newer_format(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    path = pack(tmp_path / "m.tflite", graph, {**manifest, "format_version": 2, "new": 1}, files)
    assert "pip install --upgrade edgenlp" in refusal(path)


def test_a_manifest_of_another_graph(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    manifest["graph"]["signatures"] = {"length_99": 99}
    assert "does not match" in refusal(pack(tmp_path / "m.tflite", graph, manifest, files))


def test_a_missing_asset(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    del files["labels.txt"]
    assert "labels.txt" in refusal(pack(tmp_path / "m.tflite", graph, manifest, files))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format_version": 1}', b'{"format_version": {}}'],
)
def test_a_garbage_manifest(tmp_path, toy_path, content):
    graph, _, files = parts(toy_path)
    assert "manifest" in refusal(pack(tmp_path / "m.tflite", graph, content, files))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["name"], 3),
        (["languages"], "en"),
        (["languages"], [1]),
        (["encoder"], "pqrnn"),
        (["encoder", "distribution"], "evil; rm -rf /"),
        (["encoder", "config"], []),
        (["encoder", "assets"], [None]),
        (["graph", "sha256"], "abc"),
        (["graph", "signatures"], {}),
        (["graph", "signatures"], {"length_4": 0}),
        (["graph", "signatures"], {"length_4": True}),
        (["graph", "signatures"], {"length_4": 10**12}),
        (["graph", "ops"], {"ADD": "many"}),
        (["format_version"], 0),
        (["format_version"], "1"),
        (["surprise"], 1),
    ],
)
def test_a_wrong_value_is_named(tmp_path, toy_path, path, value):
    graph, manifest, files = parts(toy_path)
    place = manifest
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert path[-1] in refusal(pack(tmp_path / "m.tflite", graph, manifest, files))


@pytest.mark.parametrize("key", ["name", "graph", "metrics", "license", "format_version"])
def test_a_missing_key_is_named(tmp_path, toy_path, key):
    graph, manifest, files = parts(toy_path)
    del manifest[key]
    assert f"has no {key}" in refusal(pack(tmp_path / "m.tflite", graph, manifest, files))


def test_too_large_a_file_is_refused_before_inflating(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    bomb = bytes(model_file.MAX_FILE_BYTES + 1)
    path = pack(tmp_path / "m.tflite", graph, manifest, {**files, "bomb": bomb}, compression=zipfile.ZIP_DEFLATED)
    del bomb
    tracemalloc.start()
    assert "bomb" in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_too_much_in_total_is_refused(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    many = {f"part{number}": bytes(model_file.MAX_FILE_BYTES) for number in range(3)}
    path = pack(tmp_path / "m.tflite", graph, manifest, {**files, **many}, compression=zipfile.ZIP_DEFLATED)
    assert "allowed" in refusal(path)


def test_a_bomb_that_lies_about_its_size(tmp_path, toy_path):
    """Headers claim ten bytes, the stream holds 200 megabytes: no more than what is claimed is inflated."""
    graph, manifest, files = parts(toy_path)
    path = pack(tmp_path / "m.tflite", graph, manifest, {**files, "bomb": bytes(10)}, compression=zipfile.ZIP_DEFLATED)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    buffer = io.BytesIO()
    buffer.write(graph)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("edgenlp.json", json.dumps(manifest))
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("bomb", stream)
    data = bytearray(buffer.getvalue())
    local = data.rindex(b"PK\x03\x04")
    central = data.rindex(b"PK\x01\x02")
    struct.pack_into("<H", data, local + 8, zipfile.ZIP_DEFLATED)
    struct.pack_into("<I", data, local + 22, 10)
    struct.pack_into("<H", data, central + 10, zipfile.ZIP_DEFLATED)
    struct.pack_into("<I", data, central + 24, 10)
    path.write_bytes(data)
    tracemalloc.start()
    refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_too_many_files(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    many = {str(number): b"" for number in range(model_file.MAX_FILES)}
    assert "more than" in refusal(pack(tmp_path / "m.tflite", graph, manifest, {**files, **many}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    path = pack(tmp_path / "m.tflite", graph, manifest, files)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", b"other")
    assert "same name" in refusal(path)


def test_another_compression(tmp_path, toy_path):
    graph, manifest, files = parts(toy_path)
    path = pack(tmp_path / "m.tflite", graph, manifest, files, compression=zipfile.ZIP_LZMA)
    assert "packed" in refusal(path)


def same(path, toy_path):
    return artifact.read(path) == artifact.read(toy_path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_truncation_is_a_sentence(tmp_path, toy_path, data):
    content = toy_path.read_bytes()
    path = tmp_path / "m.tflite"
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    refusal(path)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_is_a_sentence_or_changes_nothing(tmp_path, toy_path, data):
    """Some bits of the zip's headers, such as dates, mean nothing; all others are found."""
    content = bytearray(toy_path.read_bytes())
    tail = len(artifact.read(toy_path).graph)
    place = data.draw(st.one_of(st.integers(0, len(content) - 1), st.integers(tail, len(content) - 1)))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    try:
        assert same(path, toy_path)
        assert place >= tail
    except ModelError as error:
        assert "\n" not in str(error)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400), keep=st.booleans())
def test_noise_is_a_sentence(tmp_path, toy_path, noise, keep):
    path = tmp_path / "m.tflite"
    path.write_bytes(b"\x20\0\0\0TFL3" + noise + (toy_path.read_bytes()[-300:] if keep else b""))
    refusal(path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_broken_graph_with_the_right_digest_is_a_sentence(tmp_path, toy_path, data):
    """Whoever writes a digest can write a wrong flatbuffer too."""
    graph, manifest, files = parts(toy_path)
    broken = bytearray(graph)
    place = data.draw(st.integers(0, 200))
    broken[place : place + 4] = data.draw(st.binary(min_size=4, max_size=4))
    broken[4:8] = b"TFL3"
    manifest["graph"]["sha256"] = hashlib.sha256(broken).hexdigest()
    path = pack(tmp_path / "m.tflite", bytes(broken), manifest, files)
    try:
        artifact.read(path)
    except ModelError as error:
        assert "\n" not in str(error)


def test_a_model_that_could_not_be_read_is_not_written(tmp_path, toy_files):
    graph, manifest, files = toy_files()
    del files["labels.txt"]
    with pytest.raises(ModelError, match="labels"):
        artifact.write(tmp_path / "m.tflite", graph, manifest, files)
    assert list(tmp_path.iterdir()) == []


def test_the_manifests_name_is_taken(tmp_path, toy_files):
    graph, manifest, files = toy_files()
    with pytest.raises(ModelError, match=r"called 'edgenlp\.json', which is the manifest's name"):
        artifact.write(tmp_path / "m.tflite", graph, manifest, {**files, artifact.MANIFEST: b"{}"})
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_what_was_there(tmp_path):
    """The operating system refuses to let files grow beyond 1,000 bytes, as it does when there is no room."""
    path = tmp_path / "m.tflite"
    write_atomically(path, b"before")
    script = (
        "import resource, sys, pathlib; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from edgenlp.artifact.files import write_atomically\n"
        "write_atomically(pathlib.Path(sys.argv[1]), bytes(100_000))"
    )
    result = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
    assert result.stderr.splitlines()[-1].startswith("edgenlp.errors.EdgeNLPError: ")
    assert "could not be written (File too large): nothing was changed" in result.stderr
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(EdgeNLPError, match="could not be written"):
        write_atomically(tmp_path / "none" / "m.tflite", b"")


def test_a_folder_and_a_file_in_a_files_place_are_sentences(tmp_path):
    with pytest.raises(EdgeNLPError, match="is a folder"):
        write_atomically(tmp_path, b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EdgeNLPError, match="could not be written"):
        write_atomically(tmp_path / "file" / "m.tflite", b"")


def test_what_is_no_ordinary_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link"):
        with pytest.raises(EdgeNLPError, match="is no ordinary file"):
            write_atomically(path, b"")
        assert path.is_fifo()


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "models").mkdir()
    link = tmp_path / "latest"
    link.symlink_to("models/m.tflite")
    for content in (b"first", b"second"):
        write_atomically(link, content)
        assert link.is_symlink() and (tmp_path / "models" / "m.tflite").read_bytes() == content
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["m.tflite"]
    (tmp_path / "lost").symlink_to("none/m.tflite")
    with pytest.raises(EdgeNLPError, match="none is no folder"):
        write_atomically(tmp_path / "lost", b"")


@pytest.mark.skipif(os.getuid() == 0, reason="root writes everywhere")
def test_a_folder_that_is_not_writable_is_a_sentence(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(EdgeNLPError, match="is not writable"):
        check_place(tmp_path / "m.tflite")


@pytest.mark.parametrize(("depth", "refused"), [(40, False), (62, False), (66, True), (700, True)])
def test_a_manifest_that_nests_deeply_is_refused(tmp_path, toy_path, depth, refused):
    graph, values, files = parts(toy_path)
    nested: list = []
    for _ in range(depth - 1):
        nested = [nested]
    path = pack(tmp_path / "m.tflite", graph, values | {"recipe": {"deep": nested}}, files)
    if refused:
        assert "nests values more than 64 deep" in refusal(path)
    else:
        assert artifact.read(path).manifest.recipe["deep"]


def test_a_written_file_has_the_usual_permissions(tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    write_atomically(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == plain.stat().st_mode


def test_reading_is_light(toy_environment):
    script = "import sys, edgenlp.artifact; print([m for m in ('flatbuffers', 'numpy') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], env=toy_environment, capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
