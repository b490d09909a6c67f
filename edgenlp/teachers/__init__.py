"""Teachers of the core. Importing this room is cheap; asking a teacher needs TensorFlow."""

from edgenlp.teachers.trained_run import TrainedRun

TEACHERS = (TrainedRun(),)

__all__ = ["TEACHERS"]
