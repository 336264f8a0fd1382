# Survey Conductor. `make` alone prints what there is; CONTRIBUTING.md explains the way of working.
# Needed: Python (any from 3.8), a C compiler, make. Everything else is fetched into .tools/ and .venv/.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
PYTHON_VERSION := $(shell cat .python-version)
BIN := .venv/bin
STAMP := .venv/.stamp
# Two workers suit two cores; tests of one xdist_group stay together (the browser, the trained model).
WORKERS ?= 2
# Handed to pytest as they are: make test PYTEST_ARGS="-x tests/answers"
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: help env run test faults fuzz lint audit format surveys train bench lock clean

help:  ## Show this menu
	@echo "Survey Conductor: make run, then open the page it prints."
	@echo
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; do printf '%-16s %s\n' "$$name" "$$text"; done

env: $(STAMP)  ## Make .venv from requirements.lock (nothing to do: under a second)
	@:

run: env  ## Start the bot and its playground; trains the model and creates the database first if need be
	@$(BIN)/conductor serve

test: env train  ## Run all tests (PYTEST_ARGS="-k nps" for some, WORKERS=0 for one process)
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

faults: env train  ## Kill servers, workers, Redis, PostgreSQL under 500 customers (FAULTS_CUSTOMERS, _KILLS, _AWAY, _SEED)
	@seed=$${FAULTS_SEED:-$$RANDOM}; \
	echo "Seed $$seed. The same moments and the same provider's whims again: FAULTS_SEED=$$seed make faults"; \
	FAULTS_CUSTOMERS=$${FAULTS_CUSTOMERS:-500} FAULTS_KILLS=$${FAULTS_KILLS:-20} FAULTS_AWAY=$${FAULTS_AWAY:-30} \
		FAULTS_SEED=$$seed \
		$(BIN)/pytest -q -s tests/faults/test_killed_at_random.py tests/faults/test_away.py $(PYTEST_ARGS)

fuzz: env  ## Fuzz every parser that faces the internet, guided by coverage (FUZZ_SECONDS of CPU each, FUZZ="port console")
	@$(find_uv); [ -d .tools/fuzz/atheris ] || "$$uv" pip install --quiet --python $(BIN)/python --target .tools/fuzz \
		--no-deps --require-hashes -r tests/fuzz/requirements.txt
	@$(BIN)/python -m tests.fuzz $${FUZZ_SECONDS:-60} $(FUZZ)

lint: env  ## Check style, types and import directions; shows every complaint, not only the first tool's
	@status=0; \
	for check in "ruff check --output-format concise ." "ruff format --check ." "mypy" "lint-imports" "python security/audit.py"; do \
		echo "== $$check"; \
		$(BIN)/$$check || status=1; \
	done; \
	if [ $$status -ne 0 ]; then echo "make lint: something above is to be mended ('make format' does the style)." >&2; fi; \
	exit $$status

audit: env  ## Ask the public database for weaknesses of the locked packages that security/advisories.yml does not list
	@$(find_uv); $(BIN)/python security/audit.py --refresh

format: env  ## Write the code in the one style, and mend what ruff can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

surveys: env  ## Check every survey definition
	@$(BIN)/conductor survey check

train: env  ## Train the Rasa model, unless nothing it depends on has changed
	@$(BIN)/conductor train --accept 100

bench: env train  ## Measure what we claim, each beside its baseline (BENCH_ARGS="--full", or "message faq" for some)
	@$(BIN)/python -W ignore -m benchmarks $(BENCH_ARGS)

lock:  ## Resolve the dependencies of pyproject.toml anew into requirements.lock
	@$(find_uv); \
	"$$uv" pip compile pyproject.toml --universal --extra dev --python-version $(PYTHON_VERSION) \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements.lock; \
	"$$uv" pip compile pyproject.toml --universal --constraint requirements.lock --python-version $(PYTHON_VERSION) \
		--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet -o deploy/requirements.lock
	@echo "requirements.lock is written, and deploy/requirements.lock without the tools of developers. 'make env' installs it."

clean:  ## Remove all that can be made again (.venv, .tools, models, caches); databases and .env stay
	@rm -rf .venv .tools .cache .rasa models results *.egg-info \
		.pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache .grimp_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Clean. 'make env' brings the environment back."

# Sets $uv: ours in .tools, else the machine's if it works (a pyenv shim may exist and fail), else installs ours.
define find_uv
	if .tools/bin/uv --version >/dev/null 2>&1; then uv=.tools/bin/uv; \
	elif uv --version >/dev/null 2>&1; then uv=uv; \
	else \
		echo "Installing uv $(UV_VERSION) into .tools (once) ..."; \
		command -v python3 >/dev/null || { echo "There is no 'python3' here. Install Python 3.8 or newer, then call make again." >&2; exit 1; }; \
		python3 -m venv .tools || { echo "Python's venv module does not work. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
		.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
		uv=.tools/bin/uv; \
	fi
endef

$(STAMP): requirements.lock pyproject.toml .python-version
	@$(find_uv); \
	if ! $(BIN)/python -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$(PYTHON_VERSION)")' 2>/dev/null; then \
		"$$uv" venv --quiet --clear --python $(PYTHON_VERSION) .venv || { \
			echo "Python $(PYTHON_VERSION) was neither found nor could it be fetched. Install it ('pyenv install $(PYTHON_VERSION)') and call make again." >&2; exit 1; }; \
	fi; \
	echo "Installing the locked packages into .venv ..."; \
	"$$uv" pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock; \
	"$$uv" pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
	@echo "Ready: .venv/bin/conductor"
