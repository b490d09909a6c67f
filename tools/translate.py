"""Translates the texts of labelled rows with Apertium, for teachers to label: `data.unlabelled` of a distilled recipe.

Apertium (GPL-2.0-or-later) translates by rules, roughly and fast, and Debian packages it. One pair gives texts of
another language; a pair there and one back give paraphrases, as the pQRNN paper's pivot does.

    apt-get install apertium apertium-eng-spa apertium-fr-es
    python tools/translate.py mtop:mtop/en_symgen/train.jsonl --pairs eng-spa --out es.txt
    python tools/translate.py mtop:mtop/en_symgen/train.jsonl --pairs eng-spa spa-eng --out paraphrases.txt

Rows that mean the same as a row of the files under `--without`, which measure models, are left out; so are
translations that change nothing. A reader's options stand behind its name: `--without clinc,split=val:data_full.json`.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from edgenlp.artifact.files import check_place
from edgenlp.data.meanings import meanings
from edgenlp.errors import EdgeNLPError
from edgenlp.interfaces import Example, parts
from texts import encode, read, write


def translated(texts: list[str], pairs: list[str]) -> list[str]:
    """Each text after all pairs, one after the other.

    Raises:
        SystemExit: Apertium, or a pair of languages, is not installed, or a text holds a line break.
        DataError: a text holds a lone surrogate.
    """
    count = len(texts)
    for pair in pairs:
        # a full stop keeps a line's words from being read with the next one's; NUL would flush after each line, slowly
        lines = encode(f"{text}." for text in texts)
        try:
            done = subprocess.run(["apertium", "-u", pair], input=lines, capture_output=True, check=True)
        except FileNotFoundError:
            raise SystemExit("error: Apertium is missing: apt-get install apertium") from None
        except subprocess.CalledProcessError as error:
            said = (error.stderr.strip() or error.stdout.strip()).decode("utf-8", "replace")
            raise SystemExit(f"error: Apertium does not translate {pair}: {said}") from None
        texts = [line.rstrip(" .") for line in done.stdout.decode("utf-8", "replace").splitlines()]
        if len(texts) != count:
            raise SystemExit(f"error: Apertium gave {len(texts):,} lines for {count:,}: a text holds a line break.")
    return texts


def unmeasured(rows: list[Example], measured: list[Example]) -> list[Example]:
    """The rows that do not mean the same as one that measures models."""
    names = meanings([*measured, *rows])
    excluded = set(names[: len(measured)])
    return [row for row, name in zip(rows, names[len(measured) :], strict=True) if name not in excluded]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", metavar="READER:FILE", help="what reads a file, and the file")
    parser.add_argument("--pairs", nargs="+", required=True, metavar="PAIR", help="as `apertium -l` names them")
    parser.add_argument("--without", nargs="+", default=[], metavar="READER:FILE", help="rows that measure models")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="takes a translation a line")
    arguments = parser.parse_args()
    try:
        check_place(arguments.out)
        rows = read(arguments.rows)
        kept = unmeasured(rows, read(arguments.without))
        if any(not isinstance(row.text, str) for row in kept):
            raise SystemExit("error: these are rows of pairs, and single texts are translated.")
        texts = [" ".join(part.split()).rstrip(" .") for row in kept for part in parts(row.text)]
        lines = translated(texts, arguments.pairs)
        new = dict.fromkeys(line for line, text in zip(lines, texts, strict=True) if line and line != text)
        write(arguments.out, new)
    except EdgeNLPError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{arguments.out}: {len(new):,} texts of {len(rows):,} rows, {len(rows) - len(kept):,} of them left out")


if __name__ == "__main__":
    main()
