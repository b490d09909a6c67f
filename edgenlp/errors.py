"""Every error that edgenlp raises for something its user can mend.

Each message is one sentence or two for a person: what was wrong, where, and what to do.
"""


class EdgeNLPError(Exception):
    """Base class of all errors of edgenlp; its text is written for the user."""


class ModelError(EdgeNLPError):
    """A model file cannot be used: missing, damaged, changed, too new, or not an edgenlp model."""


class PluginError(EdgeNLPError):
    """A plugin is missing, broken, or breaks its contract; the message names it."""


class DataError(EdgeNLPError):
    """A data file holds something that cannot be read; the message names file, line and field."""


class RecipeError(EdgeNLPError):
    """A recipe is not valid; the message names the key."""


class MissingExtraError(EdgeNLPError):
    """An optional dependency is not installed; the message holds the command that installs it."""


class ExportError(EdgeNLPError):
    """A network cannot become a model that runs everywhere; the message names the operation or figure."""


class TextError(EdgeNLPError):
    """An input is not the text that the model takes, such as a pair for a single-sequence model."""


class EmptyTextError(TextError):
    """A text holds no token, so that there is nothing to predict."""
