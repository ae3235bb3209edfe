# make demo   everything from nothing to the app on a simulated cohort; its first training goes on as a job
# make test   everything from nothing to a passed test run, browser tests included
# make quick  what takes about a minute of it: lint, unit tests
# make test-long  what is too long for every change: benches, every stage of a kill, longer films
# make run    the app on ./workspace
# make lint   ruff, mypy, the import rule; biome and tsc for the JavaScript
# make docs   docs/reference from the settings, the command line and the table of keys
# make bench  speed, as ratios and limits of the same run

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test quick test-long run lint docs bench clean

$(VENV)/made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Telltale needs Python 3.11 or later; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: $(VENV)/made requirements.txt requirements-no-deps.txt constraints.txt pyproject.toml app/entry_point.py
	$(PIP) --requirement requirements.txt
	$(PIP) --no-deps --requirement requirements-no-deps.txt
	$(PIP) --no-deps --editable .
	touch $@

$(VENV)/installed-for-tests: $(VENV)/installed tests/requirements.txt tests/requirements-no-deps.txt
	$(PIP) --requirement tests/requirements.txt
	$(PIP) --no-deps --requirement tests/requirements-no-deps.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/browser/get_browser.sh
	touch $@

# No dependency of a stamp: where there is no wheel of it, every set-up says so and goes on.
$(VENV)/installed-mediapipe: $(VENV)/made requirements-mediapipe.txt
	@rm -rf $(VENV)/mediapipe
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --target $(VENV)/mediapipe \
	  --requirement requirements-mediapipe.txt; then touch $@; else rm -rf $(VENV)/mediapipe; \
	  echo "MediaPipe could not be installed (it needs Python 3.11 or 3.12): key points are not found in videos, they come from OpenPose's files or RTMW."; fi

# Node comes with the Python packages for tests. Nothing here runs when the app does.
node_modules/installed: $(VENV)/installed-for-tests package.json package-lock.json .npmrc
	$(NODE) npm ci --ignore-scripts --no-progress
	touch $@

# So that nothing of it is left where make itself is killed.
demo: export ENDS_WITH_MAKE := $(shell echo $$PPID)
demo: $(VENV)/installed $(VENV)/installed-mediapipe
	$(BIN)/telltale demo --workspace demo-workspace

run: $(VENV)/installed $(VENV)/installed-mediapipe
	$(BIN)/telltale serve

lint: $(VENV)/installed-for-tests node_modules/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NODE) node_modules/.bin/biome check --error-on-warnings .
	$(NODE) node_modules/.bin/tsc --project .

docs: $(VENV)/installed
	$(BIN)/python docs/generate_reference.py

# Bytecode is kept, also where the environment says no: else each worker rewrites every test's assertions at every run.
test quick test-long: export PYTHONDONTWRITEBYTECODE =

# Browser and integration tests first: what is left for one worker at the end is quick. Three workers on two cores, as browser
# tests wait a third of their time.
test: lint $(VENV)/installed-mediapipe
	$(NODE) node --test tests/js/*.test.js
	$(BIN)/python -m pytest -m "not long" -n 3 --dist loadfile --no-loadscope-reorder --durations 25 --durations-min 5

quick: lint
	$(NODE) node --test tests/js/*.test.js
	$(BIN)/python -m pytest tests/unit -n 2 -q

test-long: $(VENV)/installed-for-tests $(VENV)/installed-mediapipe
	$(BIN)/python -m pytest -m long -n 2 --dist loadfile

bench: $(VENV)/installed $(VENV)/installed-mediapipe
	$(BIN)/telltale bench pose-classifiers
	$(BIN)/telltale bench perception

clean:
	rm -rf $(VENV) node_modules demo-workspace
