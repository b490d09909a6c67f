"""A recipe's objectives as layers: what a student in training is asked to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgenlp.distillation import Labels
from edgenlp.distillation.objectives import HardLabels, NoSettings, WordPrediction
from edgenlp.errors import RecipeError
from edgenlp.training.run import Run

if TYPE_CHECKING:
    import keras

    from edgenlp.training.student import Student


class Goal(NamedTuple):
    """An objective in training.

    Attributes:
        name: of the objective, and which of those of one name it is, from the second on.
        weight: that its loss has in the whole.
        layer: its loss.
    """

    name: str
    weight: float
    layer: keras.layers.Layer


def objectives_of(run: Run, student: Student, labels: Labels | None) -> list[Goal]:
    """The objectives that the recipe names; the gold answers, or the hidden words, alone where it names none.

    Raises:
        RecipeError: no teacher has what an objective wants.
    """
    distillation = run.recipe.distillation
    if distillation is None:
        alone = WordPrediction() if run.recipe.pretraining else HardLabels()
        return [Goal(alone.name, 1.0, alone.network(NoSettings(), {}))]
    widths = (labels.widths if labels else {}) | {"pooled": [student.width]}
    found: list[Goal] = []
    for goal in distillation.objective:
        objective, config = goal.plugin()
        if objective.wants and objective.wants.isdisjoint(widths):
            raise RecipeError(
                f"the objective {objective.name!r} wants {' or '.join(sorted(objective.wants))}, "
                "which none of the recipe's teachers said"
            )
        before = sum(other.name == objective.name for other in distillation.objective[: len(found)])
        name = f"{objective.name}_{before + 1}" if before else objective.name
        found.append(Goal(name, goal.weight, objective.network(config, widths)))
    return found
