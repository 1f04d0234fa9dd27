# Earshot's commands. `make` alone lists them.
PYTHON ?= python3
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run test check format bench faults migrate docs lock

help: ## Show these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## Set up .venv and static/vendor (a second run takes a moment)
	@$(PYTHON) scripts/setup.py

setup-tests:
	@$(PYTHON) scripts/setup.py --tests

run: setup ## Serve the desk with its demo on http://127.0.0.1:8000 (PORT=… for another port)
	@.venv/bin/earshot serve --demo

test: setup-tests ## Run every test (ARGS="-k name" for some); installs Chromium and PostgreSQL if it may
	@scripts/test_tools.sh
	@.venv/bin/python -m pytest $(if $(ARGS),,-n logical --maxprocesses 4 --dist loadfile) $(ARGS)

# Every step runs even after one has failed, so that one run names everything there is to mend.
check: setup-tests ## Format, lint, types, import rules, generated pages
	@failed=0; \
	.venv/bin/ruff format --check . || failed=1; \
	.venv/bin/ruff check . || failed=1; \
	.venv/bin/mypy || failed=1; \
	.venv/bin/lint-imports --no-logo || failed=1; \
	.venv/bin/python -m scripts.generate_docs --check || failed=1; \
	exit $$failed

format: setup-tests ## Format the code and mend what lint can mend
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: setup ## Measure: figures, the reference of the same run, and their ratio (ARGS="NAME --json FILE")
	@.venv/bin/earshot bench $(ARGS)

faults: setup-tests ## Break the desk and count what is lost (ARGS="F1 F3 --database sqlite --short --json FILE")
	@scripts/test_tools.sh
	@.venv/bin/python -m faults $(ARGS)

migrate: setup ## Bring the database in DATABASE_URL to the current schema
	@.venv/bin/earshot migrate

docs: setup ## Write the generated pages of docs/
	@.venv/bin/python -m scripts.generate_docs

lock: setup-tests ## Renew the locks within the floors of requirements*.in and package.json
	@scripts/lock.sh
