# Everything a person or a CI does here. Needs Python 3.11–3.13 and make; the rest is installed into .venv by itself.
PYTHON ?= $(shell .ci/pythons 2>/dev/null | tail -n 1)
VENV := .venv
BIN := $(VENV)/bin
SCENARIO ?= good-hotfix
# One more than two cores have: a third of the tests' time is waiting, for terminals, programs and clocks.
WORKERS ?= 3

.PHONY: help install drill test check lint types imports bench screenshots lock wheel clean

help: ## What there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "warroom needs Python 3.11, 3.12 or 3.13; set PYTHON=…"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install: $(VENV)/installed ## Set up .venv from the lock file

drill: $(VENV)/installed ## Open the war room on the embedded cloud: make drill SCENARIO=bad-hotfix ARGS='--speed 10'
	@$(BIN)/warroom drill $(SCENARIO) $(ARGS)

# What pytest has rewritten is kept: else each worker rewrites all of it, which takes longer than many of the tests.
test: $(VENV)/installed ## Run the tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/installed
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/installed
	@$(BIN)/mypy

imports: $(VENV)/installed
	@$(BIN)/lint-imports

check: lint types imports test ## Everything that must be green: ruff, mypy, import rules, tests

bench: $(VENV)/installed ## Measure start, keys, idling, abort, fold, against a floor of the same run
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(VENV)/installed ## Make the pictures of the README and of the architecture anew
	@$(BIN)/python -m screenshots $(ARGS) && $(BIN)/python -m screenshots.rooms $(ARGS)

wheel: $(VENV)/installed ## Build the wheel and the source archive into dist/
	@$(BIN)/python -m build --no-isolation --outdir dist .

lock: ## Resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --extra drill --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

clean: ## Remove what make made
	rm -rf .venv .venv-3.* dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
