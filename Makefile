# The verbs of Gate by Gate. `make help` lists them.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check -qq

# On Linux the default torch brings gigabytes of CUDA. The CPU builds have an index of their own.
TORCH := $(shell sed -n 's/^torch==\([0-9.]*\).*/\1/p' requirements.txt)
TORCH_INDEX := https://download.pytorch.org/whl/cpu

# Directories count as sources too: their time changes when a file in them is added or removed.
SOURCES := Makefile _config.yml _toc.yml CITATION.cff requirements.txt $(wildcard tools/*.py tools/*.js tools/*.toml) \
  $(shell find book/. \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -o -print)

# One thread: the same sums in the same order on every machine, and no contention between test workers.
export OPENBLAS_NUM_THREADS := 1

.PHONY: help book serve test test-all notebooks sweep bench zip pdf slides lighthouse versions lite clean

help:  ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

book: _build/.built  ## build the book into _build/html
	@echo "The book is ready. Open _build/html/index.html in a browser."

serve: _build/.built  ## serve the book on this machine
	@echo "The book is at http://127.0.0.1:$(PORT)/ (stop with Ctrl+C)."
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

test: .venv/.installed  ## check everything, seconds per stage
	@$(BIN)/python tools/check.py

test-all: .venv/.installed  ## check everything and more, without a limit of time
	@$(BIN)/python tools/check.py --all

notebooks: .venv/.installed  ## run the chapters again and store their outputs
	@$(BIN)/python tools/notebooks.py

sweep: .venv/.installed  ## run the memory experiment of chapter 10 again
	@$(BIN)/python tools/sweep.py

bench: .venv/.installed  ## measure speed and memory, and write the tables of the page
	@$(BIN)/python -m benchmarks.speed --threads 1 2 --save
	@$(BIN)/python -m benchmarks.seed_experiment --save
	@$(BIN)/python -m benchmarks.ablation --save
	@$(BIN)/python -m benchmarks.page

zip: _build/.built  ## pack the book into one file that opens without a server
	@$(BIN)/python tools/pack.py

pdf: _build/.built  ## print the book into one PDF (needs Chromium)
	@$(BIN)/python tools/pdf.py

slides: _build/.built  ## make slides of every chapter (needs Chromium)
	@$(BIN)/python tools/slides.py

lighthouse: _build/.built  ## measure every page beside the stock theme (needs Chromium and npm)
	@$(BIN)/python tools/lighthouse.py

versions: .venv/.installed  ## build this version and every tagged one side by side
	@$(BIN)/python tools/versions.py

lite: _build/.built .venv-lite/.installed  ## add a Python that runs in the browser (Pyodide from its CDN)
	@$(BIN)/python -m tools.lite

clean:  ## remove what was built (.venv stays)
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

# A warm Sphinx build repeats no warning of an unchanged page, so each strict build starts from nothing.
_build/.built: .venv/.installed $(SOURCES)
	@rm -rf _build
	@echo "Building the book (some seconds) ..."
	@$(BIN)/jupyter-book build . -W -n --keep-going --quiet --path-output .
	@touch $@

.venv/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and $(PYTHON) is `$(PYTHON) --version 2>&1`."; \
	  echo "Name a newer one: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing the dependencies into .venv (once, about a minute) ..."
	@$(PYTHON) -m venv .venv
	@cp requirements.txt .venv/requirements.txt
	@if [ "`uname -s`" = Linux ] && ! $(PIP) install --no-deps --retries 0 --timeout 15 \
	    --index-url $(TORCH_INDEX) "torch==$(TORCH)+cpu" 2> .venv/torch.log; then \
	  sed '/^torch==/d' requirements.txt > .venv/requirements.txt; \
	  echo "No CPU build of torch $(TORCH) can be reached, so torch is left out: building and reading need none."; \
	fi
	@$(PIP) install -r .venv/requirements.txt
	@touch $@

.venv-lite/.installed: requirements-lite.txt
	@echo "Installing JupyterLite into .venv-lite (once) ..."
	@$(PYTHON) -m venv .venv-lite
	@.venv-lite/bin/pip --disable-pip-version-check -qq install -r requirements-lite.txt
	@touch $@

# In the teachers' repository only: assignments, grade, public, ...
-include instructor/verbs.mk
