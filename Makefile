# Everything runs in .venv, made from requirements-dev.lock on first use; requirements.lock alone is for production. Targets stay relative: the path may hold spaces.
PYTHON ?= python3
PORT ?= 8000
export PORT
ifneq ($(strip $(GYMSITE_HOME)),)
export GYMSITE_HOME
endif
# each process would compile the site again, and pytest the tests
unexport PYTHONDONTWRITEBYTECODE

RUN = .venv/bin/python
INSTALL = $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK = $(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo dev test lint format lock stop clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: .venv/run.stamp ## the whole site with a small brand on http://127.0.0.1:8000/ (PORT=...); Ctrl-C stops it
	@GYMSITE_DEBUG=0 $(RUN) manage.py demo

dev: .venv/run.stamp ## the same site with autoreload, DEBUG and the debug toolbar
	@GYMSITE_DEBUG=1 $(RUN) manage.py demo

# Two runs, since Playwright keeps an event loop in its process, where jobs and other async code could not start one.
# Pytest's exit status 5 says that no test of a run was asked for by ARGS.
test: .venv/test.stamp ## all tests, on an embedded PostgreSQL of their own or DATABASE_URL (ARGS="-k waitlist")
	@$(RUN) -m pytest -n 2 --dist loadgroup -m browser $(ARGS) || [ $$? = 5 ]
	@$(RUN) -m pytest -n 2 --dist loadgroup -m "not browser" $(ARGS) || [ $$? = 5 ]

lint: .venv/test.stamp ## ruff, mypy, djade, djhtml, djcss, bandit
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	@git ls-files -z 'templates/*.html' | xargs -0 --no-run-if-empty .venv/bin/djade --check --target-version 5.2
	@git ls-files -z 'templates/*.html' | xargs -0 --no-run-if-empty .venv/bin/djhtml --check --tabwidth 2
	@git ls-files -z 'static/*.css' | xargs -0 --no-run-if-empty .venv/bin/djcss --check --tabwidth 2
	$(RUN) -m bandit --quiet --recursive --configfile pyproject.toml --severity-level medium --confidence-level medium .

format: .venv/test.stamp ## let ruff, djade and djhtml rewrite what they can
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .
	@git ls-files -z 'templates/*.html' | xargs -0 --no-run-if-empty .venv/bin/djade --target-version 5.2
	@git ls-files -z 'templates/*.html' | xargs -0 --no-run-if-empty .venv/bin/djhtml --tabwidth 2
	@git ls-files -z 'static/*.css' | xargs -0 --no-run-if-empty .venv/bin/djcss --tabwidth 2

lock: .venv/test.stamp ## choose versions again: pyproject.toml -> requirements.lock, requirements-dev.lock, tests/requirements.lock
	$(LOCK) --upgrade --output-file requirements.lock pyproject.toml
	$(LOCK) --upgrade --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	$(LOCK) --upgrade --extra test --extra loadtest --constraint requirements-dev.lock --output-file tests/requirements.lock pyproject.toml

stop: ## stop the demo and the embedded PostgreSQL of this checkout
	@if test -x $(RUN); then $(RUN) manage.py database stop; fi

clean: stop ## stop, then remove .venv and what can be made again; your data in .gymsite stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results .gymsite/static .gymsite/test
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gymsite needs Python 3.11 or newer: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "This Python has no venv module. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/run.stamp: .venv/python.stamp requirements-dev.lock
	@echo "Installing what requirements-dev.lock names into .venv (once) ..."
	@$(INSTALL) --requirement requirements-dev.lock
	@touch $@

.venv/test.stamp: .venv/run.stamp tests/requirements.lock
	@echo "Installing what the tests need into .venv (once) ..."
	@$(INSTALL) --requirement tests/requirements.lock
	@touch $@
