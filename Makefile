PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make locks' --upgrade pyproject.toml

.DEFAULT_GOAL := help

help: ## Show what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# The environment is made anew when a lock or the project file has changed.
.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

.venv/installed-mutation: .venv/installed-dev requirements-mutation.txt
	$(PIP) --require-hashes -r requirements-mutation.txt
	@touch $@

.venv/installed-postgres: .venv/installed requirements-postgres.txt
	$(PIP) --require-hashes -r requirements-postgres.txt
	@touch $@

install: .venv/installed ## Set up the environment, at first and after an upgrade

demo: .venv/installed ## Try the whole thing in a browser, without a token
	@$(BIN)/alliance demo

# Tests start many processes and commit often: what is compiled is kept, and files lie in memory, where there is room.
IN_MEMORY = $(shell [ "$$(df -Pk /dev/shm 2> /dev/null | awk 'END { print $$4 }')" -gt 2000000 ] 2> /dev/null && echo /dev/shm)
test: export PYTHONDONTWRITEBYTECODE :=
test: export TMPDIR := $(firstword $(TMPDIR) $(IN_MEMORY) /tmp)
test: .venv/installed-dev ## Run the tests, with coverage
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --ignore tests/chaos --numprocesses 3 --dist worksteal
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include='conversations/*' --fail-under=100 # what is said and decided is tested in full

chaos: .venv/installed-dev ## Try the promises hard: kills, faults, outages, forgeries (about five minutes)
	$(BIN)/python -m tests.chaos

mutants: .venv/installed-mutation ## Put small faults into conversations/ and see that the tests notice (about an hour)
	$(BIN)/python -m tests.mutants

.venv-peers/installed: requirements-peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.txt
	@touch $@

bench: .venv/installed-dev .venv-peers/installed ## Measure the bot against its peers (about an hour, on an idle machine)
	$(BIN)/python -m tests.bench --write

run: .venv/installed ## Run the bot with the settings in .env
	@$(BIN)/alliance run

postgres: .venv/installed-postgres ## Install what a database on a PostgreSQL server needs

lint: .venv/installed-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: .venv/installed-dev ## Look for known vulnerabilities in what is pinned
	@$(BIN)/python -m tests.audit

docs: .venv/installed ## Renew the pages that are written from the code
	$(BIN)/python -m bot.reference

screenshots: .venv/installed-dev ## Make the README's pictures anew from the demo (needs chromium)
	$(BIN)/python -m tests.demo_page.screenshots

locks: ## Renew the pinned requirements (needs uv)
	$(COMPILE) --group build -o requirements.txt
	$(COMPILE) --extra postgres -c requirements.txt -o requirements-postgres.txt
	$(COMPILE) --group dev -c requirements.txt -o requirements-dev.txt
	$(COMPILE:pyproject.toml=) --group peers -o requirements-peers.txt
	$(COMPILE) --group mutation -c requirements.txt -c requirements-dev.txt -o requirements-mutation.txt

.PHONY: help install demo test chaos mutants bench run postgres lint audit docs screenshots locks
