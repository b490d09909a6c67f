"""The workshop's bench: recipes, runs and the trainer. Needs TensorFlow."""

from edgenlp.training.evaluate import RunAnswers
from edgenlp.training.label import label
from edgenlp.training.pretrain import pretrain
from edgenlp.training.recipe import Recipe, read_recipe
from edgenlp.training.run import Run, load_run
from edgenlp.training.train import train

__all__ = ["Recipe", "Run", "RunAnswers", "label", "load_run", "pretrain", "read_recipe", "train"]
