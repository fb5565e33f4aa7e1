# What one does here. `make up` needs Python 3.11 or newer and nothing else; the second time it needs no network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TANDEM_CACHE ?= $(CURDIR)/.tandem/cache
export TANDEM_CACHE

.PHONY: install up down status test faults faults-mutations lint bench docs clean

up: $(VENV)/.run
	@exec $(BIN)/tandem up

# The command alone, in .venv/bin: nothing is started.
install: $(VENV)/.run

down: $(VENV)/.run
	@exec $(BIN)/tandem down

status: $(VENV)/.run
	@exec $(BIN)/tandem status

test: $(VENV)/.dev $(VENV)/.browser
	$(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/e2e --ignore tests/faults
	$(BIN)/python -m pytest tests/e2e
	$(BIN)/python -m pytest tests/faults

# All that can go wrong with processes, servers and networks, under load; about half an hour.
faults: $(VENV)/.dev
	$(BIN)/python -m tests.faults

# The same once more, each without the protection it is about: all must fail.
faults-mutations: $(VENV)/.dev
	$(BIN)/python -m tests.faults --mutations

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m bench

docs: $(VENV)/.dev
	$(BIN)/python -m deploy.documents

# Everything that was installed; what is in .tandem stays.
clean:
	rm -rf $(VENV)

# ---------------------------------------------------------------- what is installed, each step once

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Tandem needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ": set PYTHON, for instance make up PYTHON=python3.11")'
	@echo "Making a virtual environment ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.lock
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.lock requirements/wheels.lock pyproject.toml
	@echo "Installing what Tandem runs on ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements/wheels.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	@echo "Installing what Tandem is tested with ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

# An installed Chromium; else Debian's, where we may install it; else the one Playwright brings.
$(VENV)/.browser: $(VENV)/.dev
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing a browser ..."; export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get install -y -qq chromium || { apt-get update -qq && apt-get install -y -qq chromium; }; } >/dev/null; \
	else $(BIN)/playwright install chromium; fi
	@touch $@
