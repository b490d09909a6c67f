"""Teachers of the BERT family, through KerasHub.

As an *encoder*, a pretrained model is fine-tuned on any head's task by training a run; as a *teacher*, it tells what it
knows before any task: which word may stand where, and a sentence's vector.
"""

from __future__ import annotations

from edgenlp.interfaces import Encoder, Teacher
from edgenlp.plugins.hookspecs import hookimpl
from edgenlp_keras_hub.bert import BertEncoder
from edgenlp_keras_hub.encoder import KerasHubEncoder
from edgenlp_keras_hub.teacher import KerasHubTeacher


@hookimpl
def edgenlp_encoders() -> list[Encoder]:
    """The encoders: a pretrained model, and one to be pretrained."""
    return [KerasHubEncoder(), BertEncoder()]


@hookimpl
def edgenlp_teachers() -> list[Teacher]:
    """The teacher."""
    return [KerasHubTeacher()]
