# Two commands on a fresh machine with Python 3.11+ and make:
#   make demo    sets everything up and runs the main job on the embedded default
#   make test    sets everything up and passes the tests
.DEFAULT_GOAL := help
SHELL := /bin/bash
TOOLS := .tools
UV := $(TOOLS)/bin/uv
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO_OUT ?= demo-out
PYTEST_ARGS ?=

.PHONY: help demo test check fast lint types contracts bench sweep clean setup

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# An interpreter that libtorrent has a wheel for, else any that is new enough (then the laboratory says what it leaves out).
PYTHON ?= $(shell for v in 3.12 3.13 3.11; do command -v python$$v >/dev/null 2>&1 && python$$v -c 'import venv, ensurepip' >/dev/null 2>&1 && { echo python$$v; exit; }; done; echo python3)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

$(READY): $(UV) pyproject.toml uv.lock
	$(UV) sync --quiet --locked --all-extras --python $(PYTHON)
	@$(BIN)/python -c 'import libtorrent' 2>/dev/null || echo "libtorrent has no wheel for this interpreter: the laboratory swarm is left out (make PYTHON=python3.12 brings it)"
	@touch $@

setup: $(READY) ## the environment alone

demo: $(READY) ## laboratory swarm and synthetic case: observe, seal, verify, weigh, report
	@if [ "$(DEMO_OUT)" = demo-out ]; then rm -rf demo-out; fi
	$(BIN)/swarmwitness demo --out $(DEMO_OUT)

test: $(READY) ## every test that this machine can run
	$(BIN)/pytest -n 2 $(PYTEST_ARGS)

check: lint types contracts fast ## format, lint, types, contracts, fast tests: under two minutes

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

fast: $(READY)
	$(BIN)/pytest -n 2 -q -m "not slow and not lab" $(PYTEST_ARGS)

bench: $(READY) ## speed, as ratios to named peers in one run
	$(UV) sync --quiet --locked --all-extras --group bench --python $(PYTHON)
	$(BIN)/python -m bench

sweep: $(READY) ## every fault, tamper and sequence instead of CI's sample; hours at most, goes on where it was stopped
	SWARMWITNESS_SWEEP=1 $(BIN)/pytest -q -s tests/lab/fuzz/test_campaign.py tests/evidence/test_faults.py tests/evidence/test_stateful.py tests/evidence/bundle/test_sweep.py tests/case/logs/test_verification.py $(PYTEST_ARGS)

clean: ## everything that was made here
	rm -rf $(VENV) $(TOOLS) $(DEMO_OUT) bench/out examples/studio-v-company examples/studio-v-company.truth .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
