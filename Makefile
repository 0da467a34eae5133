# The guide to everyday work: every target does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo run test unit lint format train quality lock clean

help:  ## Show this list.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Vigie needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@echo "Setting up $(VENV) (one to two minutes the first time)..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)  ## Play the shipped recorded week and serve the site on 127.0.0.1.
	@$(BIN)/python -m demo

run: $(READY)  ## The real thing: shipped sources, scheduler, site served on 127.0.0.1.
	@$(BIN)/vigie run

test: $(READY) lint  ## Lint, type-check and pass all tests.
	@$(BIN)/python -m pytest -n auto --dist loadgroup

unit: $(READY)  ## The quick tests only.
	@$(BIN)/python -m pytest -n auto -m "not whole"

lint: $(READY)  ## Ruff and mypy --strict.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY)  ## Let ruff lay the code out.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

train: $(READY)  ## Train the word model; VIGIE_TEST_DATA names the folder of recorded data.
	@$(BIN)/python -m benchmarks.train_relevance "$(VIGIE_TEST_DATA)"

quality: $(READY)  ## Measure the rules against their targets; VIGIE_TEST_DATA as for train.
	@failed=; for script in benchmarks/quality_*.py; do \
	  name=$$(basename "$$script" .py); echo; echo "== $$name"; \
	  $(BIN)/python -m "benchmarks.$$name" "$(VIGIE_TEST_DATA)" || failed="$$failed $$name"; \
	done; test -z "$$failed" || { echo "missed their targets:$$failed"; exit 1; }

lock:  ## Pin every dependency again, with hashes and no index address.
	@uv pip compile pyproject.toml --all-extras --universal --upgrade --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url -o requirements.lock

clean:  ## Remove what is generated.
	@rm -rf build $(VENV)
