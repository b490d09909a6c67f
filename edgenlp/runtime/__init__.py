"""Prediction: a model file, a TFLite runtime, and the two pure halves of its plugins."""

from edgenlp.runtime.catalogue import BundledModel, bundled_models
from edgenlp.runtime.inputs import graph_inputs
from edgenlp.runtime.model import Model, load, predict

__all__ = ["BundledModel", "Model", "bundled_models", "graph_inputs", "load", "predict"]
