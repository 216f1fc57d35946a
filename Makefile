# `make` lists the targets. What a target needs (.venv, packages, a browser) is set up first; once done, that takes no time.
SHELL := /bin/sh
PYTHON_VENV := .venv/bin/python
# Compiled modules are kept, whatever the shell says: without them each crawl of the tests starts a third of a second later
unexport PYTHONDONTWRITEBYTECODE
# Test processes; TEST_JOBS=0 runs all in one, with live output
TEST_JOBS ?= 2
LOCK = $(PYTHON_VENV) -m uv pip compile --no-config --quiet --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --annotation-style line --custom-compile-command "make lock"
SCRAPYD_VENV := tools/venv .cache/scrapyd requirements-scrapyd.txt
PRODUCTS := build dist *.egg-info

.DEFAULT_GOAL := help
.PHONY: help setup browser demo test check bench soak mutants lab egg scrapyd lock clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: ## make .venv and install the locked packages
	@tools/venv

browser: setup ## find a Chromium, or install one
	@$(PYTHON_VENV) -m scraper.fetch.browser.install

demo: browser ## crawl sample links of the offline lab and show what comes out
	@$(PYTHON_VENV) -m tests.support.demo

test: browser ## run the tests
	-@$(SCRAPYD_VENV)
	@tools/redis
	@$(PYTHON_VENV) -m pytest -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup ## ruff, mypy --strict, import contracts, rules of the tree
	@$(PYTHON_VENV) -m ruff check
	@$(PYTHON_VENV) -m mypy
	@.venv/bin/lint-imports --cache-dir .cache/import_linter
	@$(PYTHON_VENV) tools/house.py

bench: browser ## measure speed and memory beside other tools
	@tools/redis
	@$(PYTHON_VENV) -m tests.bench $(ARGS)

soak: browser ## run the long tests
	@tools/redis
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

lock: setup ## renew the locks (requirements*.txt) from pyproject.toml
	@$(PYTHON_VENV) -m pip install -qq uv
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@$(LOCK) --extra scrapyd -c requirements.txt pyproject.toml -o requirements-scrapyd.txt

clean: ## remove what was built, the caches and out/ with its downloads
	@rm -rf $(PRODUCTS) out .cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## the same, and .venv
	@rm -rf .venv
