"""Data sets: files as streams of examples."""

from edgenlp.data.read import read_examples

__all__ = ["read_examples"]
