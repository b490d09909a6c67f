"""The learning rate over a run."""

from __future__ import annotations

import math
from typing import Literal


def learning_rate(
    step: int, steps: int, peak: float, warmup: float, schedule: Literal["cosine", "linear", "constant"]
) -> float:
    """Rate of one step: a linear rise from 0 over the share `warmup` of `steps`, then a fall to 0.

    Args:
        step: from 0.
        steps: of the whole run.
        peak: the highest rate.
        warmup: share of the steps, from 0 to 1.
        schedule: the shape of the fall; "constant" stays at the peak.
    """
    rising = warmup * steps
    if step < rising:
        return peak * (step + 1) / (rising + 1)
    if schedule == "constant":
        return peak
    progress = (step - rising) / max(1.0, steps - rising)
    if schedule == "linear":
        return peak * (1 - progress)
    return peak * 0.5 * (1 + math.cos(math.pi * progress))
