# Five commands do everything; `make help` lists them. Each installs what it needs first.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TOOLS := $(VENV)/.tools
# Many tests wait for processes, so one more runs than there are cores.
TESTERS ?= $(shell echo $$(( $$(nproc) + 1 )))

.PHONY: help setup run demo test check clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(INSTALLED) ## Build .venv and install the product into it

run: $(INSTALLED) ## Run the whole service on this machine until Ctrl-C
	@exec $(BIN)/python -m embedded run

demo: $(INSTALLED) ## Play the calls of the demo and show all they caused
	@$(BIN)/python -m embedded demo

test: $(TOOLS) ## Run the whole test suite
	@bin/install-browser
	@$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal

check: $(TOOLS) ## Everything CI runs: lint, types, import directions, lock files, tests
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@! grep -nE 'https?://|file:/' requirements.lock requirements-dev.lock
	@$(MAKE) --no-print-directory test

clean: ## Remove what was built; var/ with its data and keys stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(INSTALLED): requirements.lock pyproject.toml
	@bin/install requirements.lock
	@touch $@

$(TOOLS): requirements-dev.lock pyproject.toml
	@bin/install requirements-dev.lock
	@touch $@ $(INSTALLED)
