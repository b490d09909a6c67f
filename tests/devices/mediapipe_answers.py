"""Prints what MediaPipe's Text Classifier says of each text of a JSON list on standard input, as one JSON document.

Runs in an environment that has the package `mediapipe`: mediapipe_answers.py MODEL
"""

import json
import sys

from mediapipe.tasks.python import text

with text.TextClassifier.create_from_model_path(sys.argv[1]) as classifier:
    results = [classifier.classify(written) for written in json.load(sys.stdin)]
    heads = [result.classifications for result in results]
    json.dump([{entry.category_name: entry.score for entry in head.categories} for (head,) in heads], sys.stdout)
