# Everything a contributor or a first-time user runs. Needs Python 3.11 or newer (with venv) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := plugins/pqrnn plugins/semantic_parsing plugins/classification
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help quickstart test test-fast test-slow lint wheels clean

help:
	@echo "make quickstart   install, predict, train a small student, export, verify and benchmark it"
	@echo "make test         all tests and checks, in a virtual environment of their own"
	@echo "make test-fast    the tests alone, in the environment that make test left"
	@echo "make test-slow    the tests marked slow"
	@echo "make lint         ruff, mypy and import-linter"
	@echo "make wheels       build all wheels into dist/"
	@echo "make clean        remove the environments and what was built"

define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "edgenlp needs Python 3.11 or newer; name one with make PYTHON=python3.11 $@"; exit 1; }
	@test -x $(1)/bin/python || $(PYTHON) -m venv $(1) || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
endef

# --- development environment: the packages in editable form, with the workshop and the tools -------------------------

$(VENV)/.installed: pyproject.toml $(PLUGINS:%=%/pyproject.toml) constraints.txt requirements-dev.txt
	$(call make_venv,$(VENV))
	$(BIN)/pip install --quiet --no-deps -e . $(PLUGINS:%=-e %)
	$(BIN)/pip install --quiet -e ".[train]" $(PLUGINS:%=-e %) -r requirements-dev.txt
	@touch $@

# tflite-runtime's last release needs numpy 1, which the workshop cannot have beside TensorFlow
.venv-tflite/.installed: constraints-tflite-runtime.txt pyproject.toml
	$(call make_venv,.venv-tflite)
	PIP_CONSTRAINT=constraints-tflite-runtime.txt .venv-tflite/bin/pip install --quiet tflite-runtime numpy pluggy
	PIP_CONSTRAINT= .venv-tflite/bin/pip install --quiet --no-deps -e . $(PLUGINS:%=-e %)
	@touch $@

test: lint test-fast

test-fast: $(VENV)/.installed .venv-tflite/.installed
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(VENV)/.installed .venv-tflite/.installed
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# --- wheels, and a user's first minutes -------------------------------------------------------------------------------

wheels:
	$(call make_venv,.venv-build)
	rm -rf dist
	PIP_CONSTRAINT= .venv-build/bin/pip wheel --quiet --no-deps --wheel-dir dist . $(PLUGINS:%=./%)
	@ls -1 dist

quickstart: wheels
	$(call make_venv,.venv-quickstart)
	.venv-quickstart/bin/pip install --quiet --find-links dist "edgenlp[train]"
	bash recipes/quickstart.sh .venv-quickstart/bin

clean:
	rm -rf .venv .venv-tflite .venv-build .venv-quickstart build dist runs plugins/*/build *.egg-info plugins/*/*.egg-info
