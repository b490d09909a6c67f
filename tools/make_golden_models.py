"""Trains the small models under `tests/golden/models`, on which all platforms are tested; each by the recipe beside it.

    python tools/make_golden_models.py [NAME...]

Their data are samples that come with the project. `make_golden.py` must run after it, in the repository's root. Needs
`edgenlp[train]`, and a minute for each.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Final

from edgenlp.export import export
from edgenlp.training import train

MODELS: Final = Path(__file__).resolve().parent.parent / "tests" / "golden" / "models"

FORMS: Final = {
    "parse": ("none", "dynamic"),
    "slots": ("none",),
    "intent": ("none", "dynamic"),
    "unigram": ("none", "dynamic"),
    "wordpiece": ("dynamic",),
    "micro": ("none", "int8"),
}
"""Which forms of each recipe's model are kept: two where both are small."""


def main() -> None:
    """Train and export the models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=FORMS, metavar="NAME", help="of a model; by default all")
    for name in parser.parse_args().names or FORMS:
        with tempfile.TemporaryDirectory() as folder:
            run = train(MODELS / f"{name}.toml", Path(folder) / "run", None, [], False)
            for form in FORMS[name]:
                exported = Path(folder) / f"{name}-{form}.tflite"
                export(run.folder, exported, quantize=form)
                shutil.move(exported, MODELS / exported.name)


if __name__ == "__main__":
    main()
