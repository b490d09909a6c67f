# Everything a contributor or a first-time user runs. Needs Python 3.11 to 3.13 (with venv) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := plugins/pqrnn plugins/cmow plugins/semantic_parsing plugins/classification plugins/augmentation plugins/keras_hub
# PyTorch is large and stands in no other environment: these are checked and built with the rest, and tested by themselves
TORCH_PLUGINS := plugins/transformers
PYPROJECTS := pyproject.toml $(PLUGINS:%=%/pyproject.toml) $(TORCH_PLUGINS:%=%/pyproject.toml)
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help quickstart test test-fast test-slow test-torch test-c test-arm test-micro test-mediapipe test-android apk lint wheels clean

help:
	@echo "make quickstart   install, predict, train a small student, export, verify and benchmark it"
	@echo "make test         all checks and all tests but the slow ones, in virtual environments of their own"
	@echo "make test-fast    the tests without the checks"
	@echo "make test-slow    the tests marked slow, such as those that build and install the wheels"
	@echo "make test-torch   the tests of teachers in PyTorch, which is a large download"
	@echo "make test-android the Kotlin library on the JVM: golden vectors, 100,000 odd strings, bad models; needs JDK 17 and Maven"
	@echo "make apk          the demo app, signed; needs aapt zipalign apksigner dexdump zip unzip beside them"
	@echo "make test-c       the C program under sanitizers: golden vectors, 100,000 odd strings, damaged models"
	@echo "make test-arm     golden vectors on an emulated ARM, in Python and in C; needs qemu-user-static"
	@echo "make test-micro   models in the interpreter of microcontrollers, tflite-micro"
	@echo "make test-mediapipe  models in MediaPipe's Text Classifier, which is a large download"
	@echo "make lint         ruff, mypy and import-linter"
	@echo "make wheels       build all wheels into dist/"
	@echo "make clean        remove the environments and what was built"

define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "edgenlp needs Python 3.11 to 3.13; name one with make PYTHON=python3.11 $@"; exit 1; }
	@test -x $(1)/bin/pip || $(PYTHON) -m venv $(1) || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
endef

# --- development environment: the packages in editable form, with the workshop and the tools -------------------------

$(VENV)/.installed: $(PYPROJECTS) constraints.txt requirements-dev.txt
	$(call make_venv,$(VENV))
	$(BIN)/pip install --quiet -e ".[teach]" $(PLUGINS:%=-e %) -r requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps $(TORCH_PLUGINS:%=-e %)
	@touch $@

# tflite-runtime's last release needs numpy 1, which the workshop cannot have beside TensorFlow, and Python 3.11
.venv-tflite/.installed: $(PYPROJECTS) constraints-tflite-runtime.txt
	$(call make_venv,.venv-tflite)
	PIP_CONSTRAINT= .venv-tflite/bin/pip install --quiet -r constraints-tflite-runtime.txt
	.venv-tflite/bin/pip install --quiet --no-deps -e . $(PLUGINS:%=-e %)
	@touch $@

ifeq ($(shell $(PYTHON) -c 'import sys; print(sys.version_info[:2] == (3, 11))'),True)
ENVIRONMENTS := $(VENV)/.installed .venv-tflite/.installed
else
ENVIRONMENTS := $(VENV)/.installed
endif

test: lint test-fast

test-fast: $(ENVIRONMENTS)
	$(BIN)/python -m pytest -m "not slow" -rs

test-slow: $(ENVIRONMENTS)
	$(BIN)/python -m pytest -m slow -rs

test-torch:
	$(call make_venv,.venv-torch)
	.venv-torch/bin/pip install --quiet -e . $(TORCH_PLUGINS:%=-e %) pytest hypothesis
	.venv-torch/bin/python -m pytest $(TORCH_PLUGINS) -rs

# --- devices: the same golden vectors in C, on ARM, in integers, in MediaPipe ------------------------------------------

build/fuzz.txt: $(VENV)/.installed tools/make_fuzz.py
	@mkdir -p build
	$(BIN)/python tools/make_fuzz.py $@ --count 100000

test-c: $(VENV)/.installed build/fuzz.txt
	$(MAKE) -s -C examples/c SANITIZE=address,undefined BUILD=$(CURDIR)/build/c-sanitized FUZZ=$(CURDIR)/build/fuzz.txt \
	  LITERT=$$($(BIN)/python -c 'import ai_edge_litert; print(next(iter(ai_edge_litert.__path__)))') check
	$(BIN)/python -m pytest tests/devices/test_c.py -rs

test-arm: $(VENV)/.installed
	PYTHON=$(CURDIR)/$(BIN)/python tests/devices/setup_arm.sh build/arm
	$(BIN)/python -m pytest tests/devices/test_arm.py -rs

# its releases are all pre-releases; the microcontroller's interpreter as a Python package
.venv-micro/.installed: $(PYPROJECTS) constraints-tflite-micro.txt
	$(call make_venv,.venv-micro)
	PIP_CONSTRAINT= .venv-micro/bin/pip install --quiet -r constraints-tflite-micro.txt
	.venv-micro/bin/pip install --quiet --no-deps -e . $(PLUGINS:%=-e %)
	@touch $@

test-micro: .venv-micro/.installed
	.venv-micro/bin/python -m pytest tests/devices/test_micro.py -rs

.venv-mediapipe/.installed: constraints-mediapipe.txt
	$(call make_venv,.venv-mediapipe)
	PIP_CONSTRAINT= .venv-mediapipe/bin/pip install --quiet -r constraints-mediapipe.txt
	@touch $@

test-mediapipe: $(VENV)/.installed .venv-mediapipe/.installed
	$(BIN)/python -m pytest tests/devices/test_mediapipe.py -rs

# Kotlin on the JVM with a real TensorFlow Lite; needs JDK 17 and Maven, and the device side of Python for the odd strings
test-android:
	$(call make_venv,.venv-android)
	.venv-android/bin/pip install --quiet -e . -e plugins/pqrnn
	@mkdir -p build
	.venv-android/bin/python tools/make_fuzz.py build/fuzz-android.txt
	cd android_demo && mvn -q -B verify -Dedgenlp.fuzz=$(CURDIR)/build/fuzz-android.txt

apk:
	cd android_demo && ./make_apk.sh

# --- checks -----------------------------------------------------------------------------------------------------------

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# --- wheels, and a user's first minutes -------------------------------------------------------------------------------

# a build folder that an earlier build left would add files to the wheels that are gone from the source
wheels:
	$(call make_venv,.venv-build)
	rm -rf dist build/lib build/bdist.* plugins/*/build
	.venv-build/bin/pip wheel --quiet --no-deps --wheel-dir dist . $(PLUGINS:%=./%) $(TORCH_PLUGINS:%=./%)
	@ls -1 dist

# the wheels first and by path, so that they replace those of an earlier run and no registry is asked for them; a first
# student needs no teacher
quickstart: wheels
	$(call make_venv,.venv-quickstart)
	.venv-quickstart/bin/pip install --quiet --no-deps --force-reinstall $$(ls dist/*.whl | grep -v -e keras_hub -e transformers)
	@echo "installing what edgenlp[train] needs; TensorFlow is a large download"
	.venv-quickstart/bin/pip install --quiet "edgenlp[train]"
	PATH="$(CURDIR)/.venv-quickstart/bin:$$PATH" bash recipes/quickstart.sh

clean:
	rm -rf .venv .venv-tflite .venv-build .venv-quickstart .venv-torch .venv-micro .venv-mediapipe .venv-android dist runs/quickstart*
	rm -rf build android_demo/*/target *.egg-info plugins/*/build plugins/*/*.egg-info
