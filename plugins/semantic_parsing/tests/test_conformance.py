"""The head keeps to the contract of every head."""

from __future__ import annotations

from edgenlp.data.alignment import align
from edgenlp.data.brackets import parse
from edgenlp.interfaces import Example
from edgenlp.testing import TaskHeadConformance
from edgenlp_semantic_parsing.head import SemanticParsing


def example(text, bracketed):
    node, _ = align(parse(bracketed), text)
    return Example(text, node)


class TestSemanticParsing(TaskHeadConformance):
    head = SemanticParsing()
    examples = (
        example("call my mom now", "[IN:CALL [SL:WHO [IN:GET [SL:OWNER my ] [SL:KIND mom ] ] ] [SL:TIME now ] ]"),
        example("ruf mich um sieben an", "[IN:CALL [SL:METHOD ruf an ] [SL:TIME um sieben ] ]"),
        example("weather", "[IN:GET_WEATHER ]"),
    )
