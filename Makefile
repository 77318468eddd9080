# Everything a newcomer needs; `make demo` and `make test` each work alone on a fresh machine.
PYTHON ?= python3
UV := .tools/bin/uv
RUN := .venv/bin/
export UV_PYTHON_DOWNLOADS := never
export UV_CACHE_DIR := $(CURDIR)/.tools/cache

.PHONY: demo test hostile agreement coverage audit check format docs lock bench clean

demo: .venv/run
	$(RUN)her2guide guide examples/early-triple-positive.yaml
	$(RUN)her2guide guide examples/early-triple-positive.yaml -o guide.html
	$(RUN)her2guide guide examples/early-triple-positive.yaml -o guide.pdf

test: .venv/dev
	$(RUN)pytest

hostile: .venv/dev
	HER2GUIDE_HOSTILE=$${HER2GUIDE_HOSTILE:-10000} $(RUN)pytest tests/chart/test_hostile_records.py tests/hazards/test_hostile_intakes.py

agreement: .venv/dev
	HER2GUIDE_CASES=1000000 $(RUN)pytest tests/cohort/test_kernel.py

coverage: .venv/dev
	$(RUN)coverage run -m pytest tests/language tests/engine tests/cohort tests/chart tests/knowledge tests/cli tests/guide
	$(RUN)coverage report

# Fails where the database of known faults cannot be reached: then nothing is known.
audit: .tools/audit/made
	.tools/audit/bin/python -m tools.audit

check: .venv/dev
	@bash tools/check

format: .venv/dev
	$(RUN)ruff format .
	$(RUN)ruff check --fix .

bench: .venv/dev bench/cql/node_modules
	$(RUN)python -m bench.one_patient
	$(RUN)python -m bench.fhir
	$(RUN)python -m bench.cohort

docs: .venv/dev
	$(RUN)python -m tools.write_docs

lock: $(UV)
	$(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements/run.txt
	$(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements/dev.txt
	$(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate --group audit -o requirements/audit.txt

# pip alone may not make environments on Debian (PEP 668, no python3-venv): uv can, and pip can fetch uv.
$(UV):
	$(PYTHON) -m pip install -q --disable-pip-version-check --target .tools uv

.venv/run: $(UV) requirements/run.txt pyproject.toml
	test -x .venv/bin/python || $(UV) venv -q --python $(PYTHON) .venv
	$(UV) pip install -q --python .venv/bin/python --require-hashes -r requirements/run.txt
	$(UV) pip install -q --python .venv/bin/python --no-deps -e .
	@touch $@

.venv/dev: .venv/run requirements/dev.txt
	$(UV) pip install -q --python .venv/bin/python --require-hashes -r requirements/dev.txt
	@touch $@

# The reference engine of CQL, to compare with; without npm it is left out.
bench/cql/node_modules: bench/cql/package-lock.json
	-npm ci --silent --prefix bench/cql

.tools/audit/made: $(UV) requirements/audit.txt
	test -x .tools/audit/bin/python || $(UV) venv -q --python $(PYTHON) .tools/audit
	$(UV) pip install -q --python .tools/audit/bin/python --require-hashes -r requirements/audit.txt
	@touch $@

clean:
	rm -rf .venv .tools guide.html guide.pdf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
