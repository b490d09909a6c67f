"""How near the word order of English comes to other languages', rearranged as `parallel_switch` does (`order_share`).

The words of a recipe's parallel training rows and their order are learnt as the augmentation learns them. Then held-out
rows in the language that is switched are compared with their translations: of two constituents of one phrase (words and
nodes of the tree) that both have, how many a translation has the other way round, before and after. A recipe with folds
holds out one, and its other languages are those of the rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from edgenlp.cli.workshop import needs_workshop
from edgenlp.errors import DataError
from edgenlp_augmentation.config import ParallelSwitchConfig
from edgenlp_augmentation.lexicon import lexicon
from edgenlp_augmentation.parallel_switch import parallel_rows
from edgenlp_augmentation.word_order import WordOrder, inversions
from report import ROOT, Report, parser, run

RECIPE: Final = ROOT / "recipes" / "mtop-multilingual-pqrnn.toml"


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__)
    made.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the recipe's paths start from")
    made.add_argument("--recipe", type=Path, default=RECIPE, help="with rows that translate one another")
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of the recipe")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Each language's rows, pairs, and those that are turned."""
    with needs_workshop():
        from edgenlp.training.recipe import read_recipe
        from edgenlp.training.splits import read_splits

        splits = read_splits(read_recipe(options.recipe, ["data.fold=0", *options.set]), options.data)
    source = ParallelSwitchConfig().language
    learnt, held_out = (parallel_rows(rows, source) for rows in (splits.train, splits.dev))
    if not learnt or not held_out:
        raise DataError(f"{options.recipe} has no rows in {source!r} with translations, both to learn and held out.")
    figures = {}
    for language, pairs in held_out.items():
        dictionary = lexicon(learnt.get(language, []))
        order = WordOrder(learnt.get(language, []), dictionary)
        as_written = [inversions(row, other, dictionary) for row, other in pairs]
        arranged = [inversions(order.arranged(row, dictionary), other, dictionary) for row, other in pairs]
        compared = sum(count for _, count in as_written)
        before, after = (sum(turned for turned, _ in found) for found in (as_written, arranged))
        figures[language] = {"rows": len(pairs), "pairs": compared, "turned": before, "turned, rearranged": after}
    table: list[list[object]] = [["language", *next(iter(figures.values()))]]
    table += [[language, *own.values()] for language, own in figures.items()]
    return Report(figures, table)


if __name__ == "__main__":
    run(arguments(), measure)
