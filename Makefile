# Everything starts here. Each target installs what it needs (scripts/setup), so a fresh Debian 12 or 13 is enough.
.DEFAULT_GOAL := help
.PHONY: help up build test bench soak fuzz format lint clean

# Two compilers at a time per core overload small machines; one is enough with ccache.
JOBS ?= $(shell nproc)
NOONMARK := build/release/src/programs/noonmark

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

build: | build/ ## The release program
	@scripts/setup
	@cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@cmake --build --preset release -j $(JOBS) --target noonmark

up: ## Build, then hold a contest on this machine; ONCE=1 ends after it
	@$(MAKE) --no-print-directory build
	@$(NOONMARK) up $(if $(ONCE),--once)

test: | build/ ## Everything that CI checks
	@scripts/setup test
	@scripts/test

bench: | build/ ## Measure, and write docs/benchmarks.md
	@scripts/setup bench
	@scripts/bench

soak: ## A gateway whose workers die, hang, drip and lie, for MINUTES (10)
	@$(MAKE) --no-print-directory build
	@python3 tests/drills/soak.py --minutes $(or $(MINUTES),10)

fuzz: | build/ ## Each fuzz target for SECONDS (10)
	@scripts/setup test
	@scripts/fuzz $(or $(SECONDS),10)

format: ## Bring every source file into the house's format
	@scripts/setup test
	@scripts/lint --fix

lint: | build/ ## Layers, vendors, sizes, names, documents' paths, format, clang-tidy
	@scripts/setup test
	@scripts/lint --tidy

clean: ## Remove what was built; .deps stays
	rm -rf build

build/:
	@mkdir -p build
