# `make` lists the targets. A target first sets up its requirements (.venv, packages, a browser); later calls skip that at once.
SHELL := /bin/sh
PYTHON_VENV := .venv/bin/python
# Compiled modules are kept, with any environment: without them each crawl of the tests starts a third of a second later
unexport PYTHONDONTWRITEBYTECODE
# Test processes; TEST_JOBS=0 runs all in one, with live output
TEST_JOBS ?= 3
PYTEST = $(PYTHON_VENV) -m pytest -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder
HOSTS := tests/hosts tests/peers tests/bench
LOCK = $(PYTHON_VENV) -m uv pip compile --no-config --quiet --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --annotation-style line --custom-compile-command "make lock"
SCRAPYD_VENV := tools/venv .cache/scrapyd requirements-scrapyd.txt
PRODUCTS := build dist *.egg-info

.DEFAULT_GOAL := help
.PHONY: help setup browser demo quick test hosts check bench soak mutants lab egg scrapyd lock clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: ## make .venv and install the locked packages
	@tools/venv

browser: setup ## find a Chromium, or install one
	@$(PYTHON_VENV) -m scraper.fetch.browser.install

demo: browser ## crawl sample links of the offline lab and show the results
	@$(PYTHON_VENV) -m tests.support.demo

quick: setup ## run the pure tests: no lab, no browser
	@$(PYTEST) tests/unit tests/platforms --ignore tests/platforms/test_corpus.py $(ARGS)

test: browser ## run the tests
	@tools/packages
	@$(PYTEST) $(addprefix --ignore ,$(HOSTS)) $(ARGS)

hosts: browser ## run the tests on other hosts and beside other programs: Scrapyd, containers, packages, yt-dlp
	-@$(SCRAPYD_VENV)
	@tools/packages
	@$(PYTEST) $(HOSTS) $(ARGS)

check: setup ## ruff, mypy --strict, import contracts, rules of the tree, plain English
	@$(PYTHON_VENV) -m ruff check
	@$(PYTHON_VENV) -m mypy
	@.venv/bin/lint-imports --cache-dir .cache/import_linter
	@$(PYTHON_VENV) tools/house.py
	@$(PYTHON_VENV) tools/plain.py

bench: browser ## compare speed and memory with other tools
	@tools/packages
	@$(PYTHON_VENV) -m tests.bench $(ARGS)

soak: browser ## run the long tests
	@tools/packages
	@HYPOTHESIS_PROFILE=thorough $(PYTEST) tests/unit tests/platforms
	@$(PYTHON_VENV) -m pytest -m soak -s $(ARGS)

mutants: setup ## change one thing at a time in pure modules: does a test fail?
	@nice -n 19 $(PYTHON_VENV) -m tools.mutants $(ARGS)

lab: browser ## play the platforms on this machine until Ctrl-C
	@$(PYTHON_VENV) -m tests.lab -v

egg: setup ## build the egg for Scrapyd in dist/
	@mkdir -p .cache
	@$(PYTHON_VENV) setup.py -q clean -a bdist_egg >.cache/egg.log 2>&1 || { cat .cache/egg.log; exit 1; }
	@ls dist/*.egg

scrapyd: ## make .cache/scrapyd, with the packages of a Scrapyd host and scrapyd-deploy
	@$(SCRAPYD_VENV)

lock: setup ## update the lock files (requirements*.txt) from pyproject.toml
	@$(PYTHON_VENV) -m pip install -qq uv
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@$(LOCK) --extra scrapyd -c requirements.txt pyproject.toml -o requirements-scrapyd.txt

clean: ## remove build products, caches, and out/ with its downloads
	@rm -rf $(PRODUCTS) out .cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## as clean, and remove .venv
	@rm -rf .venv
