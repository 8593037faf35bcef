# make demo   the digits project, and the window on it
# make test   lint, types, layers, tests
# Both set up everything they need; see README.md for Windows and macOS without make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo run test format lock bench screenshots clean

demo: $(VENV)/run.stamp
	$(BIN)/python main.py demo

run: $(VENV)/run.stamp
	$(BIN)/python main.py

test: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.benchmarks

screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m tests.screenshots

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Names, versions and hashes of everything, for every system and Python that pyproject.toml allows.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header pyproject.toml
lock: $(VENV)/dev.stamp
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --output-file requirements-dev.lock

$(VENV)/run.stamp: requirements.lock
	@$(PYTHON) resources/setup/python.py
	@PYTHON="$(PYTHON)" sh resources/setup/debian.sh
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
