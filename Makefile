# Two commands: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
BENCH_READY := $(VENV)/bench-ready
NODE_PEERS := tests/benchmarks/node

.PHONY: demo test lint bench bench-batch bench-mail bench-preflight fidelity fonts golden clean

demo: $(READY)
	$(BIN)/python fixtures/demo/mailings.py out/mailings
	$(BIN)/python fixtures/demo/render.py out

test: $(READY) lint
	$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered --cov-fail-under=85

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BENCH_READY)
	cd tests && ../$(BIN)/python -m benchmarks $(SCENES)

bench-mail: $(READY)
	$(BIN)/python tests/benchmarks/mailing.py

bench-preflight: $(READY)
	$(BIN)/python tests/benchmarks/preflight.py

bench-batch: $(READY)
	$(BIN)/python tests/benchmarks/batch.py

fidelity: $(READY)
	$(BIN)/python tests/fidelity/run.py

golden: $(READY)
	$(BIN)/python -m pytest tests --update-golden

fonts:
	$(PYTHON) fonts/build.py

$(READY): pyproject.toml Makefile .ci/libcairo
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: Python 3.11 or newer is needed; try: make PYTHON=python3.12" >&2; exit 1; }
	PYTHON=$(PYTHON) sh .ci/libcairo
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "error: venv is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $(READY)

$(BENCH_READY): $(READY) $(NODE_PEERS)/package.json
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	if command -v npm >/dev/null; then npm install --prefix $(NODE_PEERS) --no-package-lock --no-audit --no-fund --silent; else echo "npm is not there: satori and resvg-js take no part"; fi
	touch $(BENCH_READY)

clean:
	rm -rf $(VENV) $(NODE_PEERS)/node_modules out dist build .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis
