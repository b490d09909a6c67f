"""The workshop's bench: recipes, runs and the trainer. Needs TensorFlow."""

from edgenlp.training.float_model import FloatModel
from edgenlp.training.label import label
from edgenlp.training.pretrain import pretrain
from edgenlp.training.recipe import Recipe, read_recipe
from edgenlp.training.run import Run, load_run
from edgenlp.training.train import train

__all__ = ["FloatModel", "Recipe", "Run", "label", "load_run", "pretrain", "read_recipe", "train"]
