# make run     start Minga at http://127.0.0.1:8080
# make test    run the tests          (make test ARGS="-k turn" runs some of them, PROCESSES=0 one after the other)
# make check   style, types, layers, flows, texts
# make bench   measure
# make messages  texts: coverage per language, and catalogues brought up to date for translators
# make constraints  resolve the dependencies anew
# make clean   remove what was installed and built (never data)
#
# Needs make and Python 3.11 or newer; uv is used where it is there, else pip.
# make run EXTRAS=postgres,uvloop installs optional parts too. ARGS is handed on to the command.

.DEFAULT_GOAL := run
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
EXTRAS ?=
REQUIRE_BROWSER ?=
# of the tests: one more than there are cores, since some of them mostly wait
PROCESSES ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

comma := ,
# what is compared with a committed file is written in its language, whatever the terminal speaks
SPANISH := env -u LC_ALL LC_MESSAGES=es
extras := [xlsform$(addprefix $(comma),$(EXTRAS))]
groups := --group dev $(if $(REQUIRE_BROWSER),--group browser)
installed := $(VENV)/installed-run$(subst $(comma),-,$(addprefix -,$(EXTRAS)))
installed-dev := $(VENV)/installed-dev$(if $(REQUIRE_BROWSER),-browser)

UV := $(shell command -v uv 2>/dev/null)
ifdef UV
install = $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt
else
install = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
endif

.PHONY: run test check bench messages constraints clean

run: $(installed)
	@$(BIN)/minga serve $(ARGS)

test: $(installed-dev)
	@$(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder $(ARGS)

check: $(installed-dev)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/minga check flows/*.yaml
	@$(SPANISH) $(BIN)/minga schema | cmp - flows/flow.schema.json
	@$(SPANISH) $(BIN)/minga settings --example | cmp - .env.example
	$(BIN)/python -m bot.messages --check

bench: $(installed-dev)
	@$(install) --editable '.[postgres,uvloop]'
	@$(BIN)/python bench $(ARGS)

messages: $(installed-dev)
	@$(BIN)/python -m bot.messages $(ARGS)

constraints: $(installed-dev)
	@command -v uv >/dev/null || { echo "make constraints needs uv: pip install uv"; exit 1; }
	@uv pip compile --quiet --universal --python-version 3.11 --upgrade --all-extras --group dev --group browser \
		--no-annotate --no-header --no-emit-index-url pyproject.toml --output-file constraints.txt

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find bot storage tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(installed): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Minga …"
	@$(install) --editable '.$(extras)'
	@touch $@

$(installed-dev): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Minga and its tools …"
	@$(install) --editable '.$(extras)' $(groups)
	@touch $@

# A Python that is too old is told here, by name, and not by the first strange error of an installer.
$(BIN)/python:
	@for python in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11; do \
		[ -n "$$python" ] && command -v "$$python" >/dev/null 2>&1 || continue; \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$python && break; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Minga necesita Python 3.11 o más nuevo y no lo encuentra (python3 es: $$(python3 --version 2>&1))."; \
		echo "Minga needs Python 3.11 or newer and finds none. Install it, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; \
		exit 1; \
	fi; \
	rm -rf $(VENV); \
	$(if $(UV),"$(UV)" venv --quiet --python "$$found" $(VENV),"$$found" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Falta el módulo venv: en Debian y Ubuntu, apt install python3-venv. / The venv module is missing."; exit 1; }; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1')
