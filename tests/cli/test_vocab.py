"""`edgenlp vocab`: what it writes, and what it says."""

import json
import os
import pty
import subprocess
import sys

import pytest

from edgenlp.cli.main import main
from edgenlp.data.vocabulary import count_words, train_unigram

TEXTS = ["Wake me up at 7 tomorrow", "wake the cat", "what is the weather like tomorrow", "don't wake me", "ปลุกฉัน"] * 20


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("\ufeff" + "\r\n".join(TEXTS), encoding="utf-8")
    return path


@pytest.fixture
def run(capsys):
    def call(*arguments):
        try:
            code = main(["vocab", *map(str, arguments)])
        except SystemExit as stopped:
            code = stopped.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_vocabulary_is_trained_on_all_files(run, corpus, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("another line\n", encoding="utf-8")
    out = tmp_path / "vocabulary"
    code, said, err = run(corpus, other, "--out", out, "--size", 35, "--json")
    counts = count_words([*TEXTS, "another line"])
    assert (code, err) == (0, "")
    assert out.read_bytes() == train_unigram(counts, 35)
    assert json.loads(said) == {
        "vocabulary": str(out),
        "pieces": 35,
        "bytes": out.stat().st_size,
        "words": counts.total(),
        "distinct_words": len(counts),
    }


def test_a_person_reads_one_line(run, corpus, tmp_path):
    code, said, err = run(corpus, "--out", tmp_path / "vocabulary", "--size", 35)
    assert (code, err) == (0, "")
    assert said.count("\n") == 1
    assert "35 pieces" in said


def test_a_terminal_shows_what_goes_on(corpus, tmp_path):
    controller, terminal = pty.openpty()
    script = (
        "import sys, time; from edgenlp.cli import main, vocab; train = vocab.train_unigram\n"
        "vocab.train_unigram = lambda *a: (time.sleep(1.2), train(*a))[1]; sys.exit(main.main(sys.argv[1:]))"
    )
    arguments = ["vocab", corpus, "--out", tmp_path / "vocabulary", "--size", "35"]
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=terminal) as process:
        os.close(terminal)
        said = b""
        while True:
            try:
                part = os.read(controller, 1_000)
            except OSError:
                break
            if not part:
                break
            said += part
        assert process.wait(60) == 0
    os.close(controller)
    assert b"training 35 pieces on" in said
    assert said.endswith(b"\r\x1b[K")


@pytest.mark.parametrize(
    ("content", "size", "expected"),
    [
        (b"", 60, "not a single word in"),
        (b" \n\n", 60, "not a single word in"),
        (b"good\n\xff\xfe\n", 60, "line 2: byte 0xff at position 1 is not valid UTF-8"),
        ("\n".join(TEXTS).encode(), 60_000, "too large for this text, which gives at most"),
        ("\n".join(TEXTS).encode(), 10, "too small for this text"),
    ],
)
def test_a_bad_corpus_is_one_sentence_and_nothing_is_written(run, tmp_path, content, size, expected):
    corpus = tmp_path / "corpus.txt"
    corpus.write_bytes(content)
    out = tmp_path / "vocabulary"
    out.write_bytes(b"what was there before")
    code, said, err = run(corpus, "--out", out, "--size", size)
    assert (code, said) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert expected in err
    assert out.read_bytes() == b"what was there before"


def test_what_cannot_be_read_or_written_is_said_before_any_work(run, corpus, tmp_path):
    code, _, err = run(tmp_path / "none", "--out", tmp_path / "vocabulary")
    assert code == 1
    assert "none cannot be read" in err
    code, _, err = run(corpus, "--out", tmp_path / "no" / "folder")
    assert code == 1
    assert "is no folder" in err


@pytest.mark.parametrize("size", ["0", "-1", "x", "2000001"])
def test_a_wrong_size_is_wrong_usage(run, corpus, tmp_path, size):
    code, _, err = run(corpus, "--out", tmp_path / "vocabulary", f"--size={size}")
    assert code == 2
    assert "whole number" in err
