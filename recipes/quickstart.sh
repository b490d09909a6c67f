#!/usr/bin/env bash
# A user's first minutes with `edgenlp`: predict, then train, export, verify and benchmark a small student.
set -euo pipefail
cd "$(dirname "$0")/.."
export TF_CPP_MIN_LOG_LEVEL=3  # TensorFlow calls it an error that a machine has no GPU

run() {
  printf '\n$ %s\n' "$1"
  eval "$1"
}

rm -rf runs/quickstart
run 'edgenlp predict "remind me to call my mom tomorrow at 7 pm"'
run 'edgenlp train recipes/quickstart.toml --out runs/quickstart'
run 'edgenlp export runs/quickstart --out runs/quickstart.tflite'
run 'edgenlp verify runs/quickstart.tflite'
run 'edgenlp benchmark runs/quickstart.tflite'
run 'edgenlp predict --model runs/quickstart.tflite "wake me up tomorrow at 7"'
