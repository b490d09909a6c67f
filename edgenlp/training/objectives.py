"""A recipe's objectives as layers: what a student in training is asked to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgenlp.distillation import Labels
from edgenlp.distillation.objectives import HardLabels, NoSettings, WordPrediction
from edgenlp.errors import RecipeError
from edgenlp.training.run import Run

if TYPE_CHECKING:
    import keras

    from edgenlp.training.student import Student

Weighted = list[tuple[float, "keras.layers.Layer"]]
"""Each objective's weight and its layer."""


def objectives_of(run: Run, student: Student, labels: Labels | None) -> Weighted:
    """The objectives that the recipe names; the gold answers, or the hidden words, alone where it names none.

    Raises:
        RecipeError: no teacher has what an objective wants.
    """
    distillation = run.recipe.distillation
    if distillation is None:
        alone = WordPrediction() if run.recipe.pretraining else HardLabels()
        return [(1.0, alone.network(NoSettings(), {}))]
    widths = (labels.widths if labels else {}) | {"pooled": [student.width]}
    found: Weighted = []
    for goal in distillation.objective:
        objective, config = goal.plugin()
        if objective.wants and objective.wants.isdisjoint(widths):
            raise RecipeError(
                f"the objective {objective.name!r} wants {' or '.join(sorted(objective.wants))}, "
                "which none of the recipe's teachers said"
            )
        found.append((goal.weight, objective.network(config, widths)))
    return found
