"""Arguments that are checked as they are parsed."""

from __future__ import annotations

import argparse


def positive(argument: str, most: int | None = None) -> int:
    """A number of things.

    Args:
        argument: as the command line has it.
        most: that make sense; by default any number does.

    Raises:
        ArgumentTypeError: it is no whole number, less than 1, or more than `most`.
    """
    try:
        number = int(argument)
    except ValueError:
        number = 0
    if number < 1 or (most and number > most):
        raise argparse.ArgumentTypeError(f"{argument!r} is not a whole number from 1 {f'to {most}' if most else 'on'}")
    return number
