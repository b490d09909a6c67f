"""What a student learns from teachers: their cached answers, and the objectives that use them."""

from edgenlp.distillation.cache import LabelCache, Labels, Origin, read_labels

__all__ = ["LabelCache", "Labels", "Origin", "read_labels"]
