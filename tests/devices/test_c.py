"""The C program: golden vectors, what it says beside Python, and what it refuses."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import edgenlp
from edgenlp import artifact

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "tests" / "golden" / "models"
TEXTS = [
    "remind me to call Zoë at 7pm, don't forget",
    "wake me up tomorrow",
    "ストリーミングで音楽をかけて 👩‍👩‍👧",
    "play some jazz " * 20,
    '"quoted" \\ back\tslash',
]


@pytest.fixture(scope="module")
def build(tmp_path_factory, make_c):
    folder = tmp_path_factory.mktemp("c")
    make_c(folder, "all")
    return folder


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory):
    """A small file of `tools/make_fuzz.py`; `make test-c` replays a large one."""
    target = tmp_path_factory.mktemp("fuzz") / "fuzz.txt"
    tool = [sys.executable, ROOT / "tools" / "make_fuzz.py", target, "--count", "1000", "--seed", "2"]
    subprocess.run(tool, cwd=ROOT, check=True)
    return target


@pytest.fixture
def run(build):
    """Runs the program, and returns its answers and its errors; what the runtime logs is left out."""

    def call(model, *arguments, **options):
        done = subprocess.run([build / "edgenlp", model, *arguments], capture_output=True, **options)
        errors = [line for line in done.stderr.decode().splitlines() if line.startswith("error: ")]
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == (bool(errors) or any("error" in answer for answer in answers))
        return answers, errors

    return call


def test_golden_vectors(build, fuzz, make_c):
    said = make_c(build, "check", f"FUZZ={fuzz}")
    assert "400 trees, 0 differ" in said
    assert said.count("67 vectors, 0 differ") >= 6
    assert "1000 strings, 0 differ" in said


@pytest.mark.slow
def test_golden_vectors_under_sanitizers(tmp_path, fuzz, make_c):
    assert "0 differ" in make_c(tmp_path, "check", f"FUZZ={fuzz}", "SANITIZE=address,undefined")


def test_objects_share_no_name_with_another_library(build):
    """A program that links them, as docs/embedded.md says, may have zlib's `inflate`."""
    objects = [path for path in build.glob("*.o") if path.name != "main.o"]
    listed = subprocess.run(["nm", "-g", "--defined-only", *objects], capture_output=True, text=True, check=True).stdout
    names = [line.split()[-1] for line in listed.splitlines() if " " in line]
    assert "edgenlp_load" in names
    assert [name for name in names if not name.startswith("edgenlp_")] == []


@pytest.mark.skipif(not shutil.which("g++"), reason="there is no C++ compiler: apt-get install g++")
def test_a_shared_library_of_cpp_may_hold_it(build, tmp_path):
    source = tmp_path / "own.cc"
    source.write_text(
        '#include "edgenlp.h"\n'
        'extern "C" bool usable(const char *path) { EdgeNlpError why; return edgenlp_load(path, &why) != nullptr; }\n'
    )
    own = tmp_path / "libown.so"
    command = ["g++", "-shared", "-fPIC", f"-I{ROOT / 'examples' / 'c'}", source, build / "libedgenlp.a", "-o", own]
    subprocess.run(command, check=True)
    listed = subprocess.run(["nm", "-D", "--defined-only", own], capture_output=True, text=True, check=True).stdout
    assert "usable" in listed
    assert "unicode" not in listed


def test_an_answer_comes_before_the_next_line(build):
    """A program may ask, wait and ask again."""
    command = [build / "edgenlp", MODELS / "intent-none.tflite"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        for _ in range(2):
            program.stdin.write(b"set an alarm\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["label"] == "alarm"
        program.stdin.close()


def test_threads_may_load_at_once(tmp_path, make_c):
    make_c(tmp_path, tmp_path / "threads", "SANITIZE=thread")
    done = subprocess.run([tmp_path / "threads"], capture_output=True, text=True)
    if "unexpected memory mapping" in done.stderr:
        pytest.skip("gcc's thread sanitizer does not run on this kernel: sysctl vm.mmap_rnd_bits=28")
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 and 3 tokens\n", "")


def test_the_replay_can_fail(build, tmp_path, make_c):
    make_c(build, build / "golden")
    vectors = (ROOT / "tests" / "golden" / "predictions" / "intent-none.jsonl").read_text()
    for before, after in (("[0,4],", "[0,5],"), ('"features":"6', '"features":"7'), ("6.3741302", "6.3751302")):
        assert before in vectors
        (tmp_path / "changed.jsonl").write_text(vectors.replace(before, after))
        command = [build / "golden", MODELS / "intent-none.tflite", tmp_path / "changed.jsonl", "1", "1e-5"]
        assert subprocess.run(command, capture_output=True).returncode == 1


@pytest.fixture
def comma_locale(tmp_path):
    """The environment of a program whose user writes 2,5 for 2.5."""
    source, name = tmp_path / "source", tmp_path / "xx"
    source.write_text('LC_NUMERIC\ndecimal_point ","\nthousands_sep ""\ngrouping -1\nEND LC_NUMERIC\n')
    if not shutil.which("localedef"):
        pytest.skip("there is no localedef: apt-get install libc-bin locales")
    subprocess.run(["localedef", "-c", "--no-archive", "-i", source, name], capture_output=True)
    environment = {**os.environ, "LOCPATH": str(tmp_path), "LC_NUMERIC": name.name}
    environment.pop("LC_ALL", None)
    say = "import locale; locale.setlocale(locale.LC_NUMERIC, ''); print(locale.localeconv()['decimal_point'])"
    said = subprocess.run([sys.executable, "-c", say], env=environment, capture_output=True, text=True)
    if said.stdout != ",\n":
        pytest.skip("localedef made no locale: apt-get install locales")
    return environment


def test_numbers_of_json_are_not_those_of_the_locale(build, comma_locale, make_c):
    make_c(build, build / "decode", build / "print")
    vectors = ROOT / "tests" / "golden" / "decoding.jsonl"
    assert subprocess.run([build / "decode", vectors], env=comma_locale).returncode == 0
    printed = subprocess.run([build / "print"], env=comma_locale, capture_output=True, check=True).stdout
    scores = [json.loads(line)["score"] for line in printed.splitlines()]
    assert scores == [0, 0.5, 1, 1, None, None]


def plain(node):
    """A node as the program prints it, words left to the spans."""
    spans = [list(span) for span in node.spans]
    return node.label, spans, [plain(child) for child in node.children]


def printed(node, text):
    words = node.get("words", [])
    assert all(text[slice(*word["span"])] == word["text"] for word in words)
    return node["label"], [word["span"] for word in words], [printed(child, text) for child in node.get("children", [])]


@pytest.mark.parametrize("text", TEXTS)
def test_it_says_what_python_says(run, text):
    model = edgenlp.load("mtop-en")
    ((answer,), _) = run(ROOT / "edgenlp" / "models" / "mtop-en.tflite", text)
    expected = model.predict(text)
    assert printed(answer["tree"], text) == plain(expected.root)
    assert answer["truncated"] == expected.truncated
    assert answer["score"] == pytest.approx(expected.score, abs=1e-3)


def test_it_reads_lines_and_says_labels(run):
    answers, errors = run(MODELS / "intent-none.tflite", input="set an alarm\n \nhöw's the weather\n".encode())
    assert [answer.get("label") for answer in answers] == ["alarm", None, "weather"]
    assert answers[1] == {"error": "the text is empty or holds only white space."}
    assert not errors


def test_what_is_no_utf8_is_answered(run):
    ((answer,), _) = run(ROOT / "edgenlp" / "models" / "mtop-en.tflite", b"call \xff\xc3 \xed\xa0\x80 mom")
    assert answer["tree"]["label"].startswith("IN:")


def rewritten(path, tmp_path, **changes):
    """A model whose manifest says something else."""
    data = path.read_bytes()
    source = artifact.read(path)
    manifest = json.loads(source.manifest.to_json())
    for name, change in changes.items():
        manifest[name] = manifest[name] | change if isinstance(change, dict) else change
    buffer = io.BytesIO(data[: len(source.graph)])
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"edgenlp.json": json.dumps(manifest), **source.files}.items():
            archive.writestr(name, content)
    target = tmp_path / "rewritten.tflite"
    target.write_bytes(buffer.getvalue())
    return target


def reset(path, tmp_path, **settings):
    """A model with other settings of its encoder."""
    encoder = json.loads(artifact.read(path).manifest.to_json())["encoder"]
    return rewritten(path, tmp_path, encoder={"config": encoder["config"] | settings})


def test_what_other_tools_leave_is_read(run, tmp_path):
    """An archive whose offsets count from its own beginning, and a last label without the end of its line."""
    path = MODELS / "intent-none.tflite"
    source = artifact.read(path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("edgenlp.json", source.manifest.to_json())
        for name, content in source.files.items():
            archive.writestr(name, content.removesuffix(b"\n") if name == "labels.txt" else content)
    target = tmp_path / "appended.tflite"
    target.write_bytes(source.graph + buffer.getvalue())
    text = "how's the weather"
    ((answer,), _) = run(target, text)
    assert answer["label"] == edgenlp.load(target).predict(text).label == "weather"


def changed(path, tmp_path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    target = tmp_path / "changed.tflite"
    target.write_bytes(data)
    return target


def cut(path, tmp_path):
    target = tmp_path / "cut.tflite"
    target.write_bytes(path.read_bytes()[:40_000])
    return target


def other(content):
    def write(path, tmp_path):
        target = tmp_path / "other.tflite"
        target.write_bytes(content)
        return target

    return write


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path, folder: folder / "missing.tflite", "it cannot be read (No such file or directory)."),
        (lambda path, folder: folder, "it cannot be read"),
        (other(b""), "this is not a TFLite file."),
        (other(b"\0\0\0\0TFL3" + bytes(100)), "the file holds no edgenlp.json: it is cut off, or no model of edgenlp."),
        (cut, "the file holds no edgenlp.json: it is cut off, or no model of edgenlp."),
        (changed, "the graph was changed after the export (its digest differs from the manifest's)."),
        (
            lambda path, folder: rewritten(path, folder, format_version=2),
            "the model has format 2 and this program reads up to 1: build a newer one.",
        ),
        (
            lambda path, folder: rewritten(path, folder, head={"name": "regression"}),
            "the model has the head regression, and this program has semantic_parsing and classification.",
        ),
        *(
            (
                lambda path, folder, change=change: reset(path, folder, **change),
                "the settings of the model's encoder are none that this program knows.",
            )
            for change in ({"segmentation": "icu"}, {"ngram_mode": "max"}, {"shape_features": "no"})
        ),
        (
            lambda path, folder: MODELS / "unigram-none.tflite",
            "the model has the encoder cmow, and this program has pqrnn.",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(run, tmp_path, make, sentence):
    answers, (error,) = run(make(MODELS / "intent-none.tflite", tmp_path), "a text")
    assert not answers
    assert sentence in error


def test_answers_to_odd_texts_are_json(run, fuzz):
    written = [line.split()[0] for line in fuzz.read_text().splitlines() if not line.startswith(("#", "-"))]
    texts = ["".join(chr(int(point, 16)) for point in text.split(".")) for text in written[:300]]
    lines = [text.replace("\n", " ").replace("\0", " ") for text in texts]
    answers, _ = run(MODELS / "parse-none.tflite", input="\n".join(lines).encode("utf-8", "surrogatepass"))
    assert len(answers) == len(lines)
