# Every target does its own set-up on a fresh machine with Python 3.11 and make. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON_IN_VENV := .venv/bin/python
RAPPEL := $(PYTHON_IN_VENV) -P -m workers.cli

.PHONY: help
help: ## What can be made
	@awk -F ' ## |:' '/^[a-z-]+:.* ## / { printf "  make %-10s %s\n", $$1, $$3 }' Makefile

.PHONY: demo
demo: .venv-run ## The main job once, for real, on example data; ends by itself and tells who got what and why
	@$(RAPPEL) demo

.PHONY: run
run: .venv-run ## The same fleet, staying up; Ctrl-C ends it
	@$(RAPPEL) up --example

.PHONY: test
test: lint services ## Everything that CI runs: linters, then all tests but the long ones
	@$(PYTHON_IN_VENV) -m pytest -n 3 --dist worksteal -m "not long"

.PHONY: test-long
test-long: .venv-dev services ## The tests that take too long for `make test`
	@$(PYTHON_IN_VENV) -m pytest -n 2 --dist worksteal -m long

.PHONY: chaos
chaos: .venv-dev services ## Kill every part of a fleet while it sends 10,000 mails; writes docs/reliability.md
	@$(PYTHON_IN_VENV) -m tests.chaos.report docs/reliability.md

.PHONY: bench
bench: .venv-dev ## What the mail path costs, as ratios
	@$(PYTHON_IN_VENV) -P -m bench.mime

.PHONY: lint
lint: .venv-dev ## Style, types and the layers of the house
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m ruff format --check .
	@$(PYTHON_IN_VENV) -m mypy
	@.venv/bin/lint-imports

.PHONY: format
format: .venv-dev ## Bring all code into the house style
	@$(PYTHON_IN_VENV) -m ruff check --fix .
	@$(PYTHON_IN_VENV) -m ruff format .

REV ?= HEAD
.PHONY: mails
mails: .venv-dev services ## What the tree does to the mails since REV=HEAD, as pictures; SCENARIO="normal long" for these alone
	@$(PYTHON_IN_VENV) -m tests.mails.changes $(REV) $(SCENARIO)

.PHONY: golden
golden: .venv-dev ## Accept what the mails say now: writes tests/render/golden anew; read the difference before you commit
	@UPDATE_GOLDEN=1 $(PYTHON_IN_VENV) -m pytest -q tests/render/test_golden.py

.PHONY: pictures
pictures: .venv-dev services ## Draw the mails anew for docs/mails.md
	@$(PYTHON_IN_VENV) -m tests.mails.gallery

BABEL := .venv/bin/pybabel --quiet
.PHONY: i18n
i18n: .venv-dev ## Bring the catalogues of words up to date with templates and pages; the tests check that they are complete
	@mkdir -p build
	@$(call catalogue,rappel,templates)
	@$(call catalogue,pages,workers/web/pages workers/domain)

catalogue = PYTHONPATH=. $(BABEL) extract -F babel.cfg --project=rappel --no-wrap --add-location=file --sort-by-file \
		-o build/$1.pot $2 && \
	$(BABEL) update -D $1 -d locales -i build/$1.pot --no-wrap --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date

LOCK := $(PYTHON_IN_VENV) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --extra embedded $(if $(UPGRADE),--upgrade)

.PHONY: lock
lock: .venv-dev ## Lock the requirements of pyproject.toml anew; UPGRADE=1 takes the newest versions
	@$(LOCK) --output-file requirements/run.txt
	@$(LOCK) --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

.PHONY: .venv-run .venv-dev services
.venv-run:
	@.ci/venv run
.venv-dev:
	@.ci/venv dev
services:
	@.ci/services
