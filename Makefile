# Needs Python 3.11 or newer and make: every target sets up what it uses in .venv. Two need npm, too:
# check-page and site.

.POSIX:
.PHONY: all run test check check-page format bench docs site golden test-interop clean

VENV = .venv
BIN = $(VENV)/bin
TESTS = not interop
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet

all: check test

# the lecture's whole training step
run: $(VENV)/run
	@$(BIN)/nnstep backprop

test: $(VENV)/dev
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "$(TESTS)"

check: $(VENV)/dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/make.py --check

format: $(VENV)/dev
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

bench: $(VENV)/dev
	@$(BIN)/python benchmarks/compare.py
	@$(BIN)/python benchmarks/kinds.py
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/answer.py
	@$(BIN)/python benchmarks/wide.py
	@$(BIN)/python benchmarks/mistakes.py

docs: $(VENV)/dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/make.py

# rewrites the golden files; read the difference before you commit it
golden: $(VENV)/dev
	@GOLDEN=write $(BIN)/python -m pytest -q tests/test_golden.py

# the tests that need programs from outside, with the programs
test-interop: $(VENV)/dev
	@if command -v npm >/dev/null; then $(MAKE) $(VENV)/node; fi
	@sh tests/install_interop.sh $(BIN)/python
	@$(BIN)/python -m pytest -q -m interop -rs -n auto --dist loadgroup

# the documentation as a site, in build/site
site: $(VENV)/site
	@$(BIN)/python docs/site/make.py

# the page's modules, with tools from npm
check-page: $(VENV)/node
	@$(VENV)/node/node_modules/.bin/tsc --project tests/page/tsconfig.json
	@$(VENV)/node/node_modules/.bin/eslint --config tests/page/eslint.config.js perceptron_cli/web

clean:
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec $$python -m venv $(VENV); \
	  fi; \
	done; \
	echo "nnstep needs Python 3.11 or newer (with venv); name one: make PYTHON=/path/to/python" >&2; exit 1

$(VENV)/run: $(VENV)/bin/python pyproject.toml
	@$(PIP) --editable . >&2
	@touch $@

$(VENV)/site: $(VENV)/dev $(VENV)/node
	@$(PIP) --editable '.[site]' >&2
	@touch $@

$(VENV)/node: $(VENV)/bin/python tests/page/package.json
	@mkdir -p $@ && cp tests/page/package.json $@
	@npm --prefix $@ install --silent --no-audit --no-fund >&2
	@touch $@

$(VENV)/dev: $(VENV)/bin/python pyproject.toml
	@$(PIP) --editable '.[dev]' >&2
	@touch $(VENV)/run $@
