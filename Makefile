# Everything a developer runs. `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

lint := go tool -modfile=tools/go.mod golangci-lint
gofumpt := go tool -modfile=tools/go.mod gofumpt
# The packages cheap enough to run a second time under the race detector; e2e drives a separate process, which it cannot see.
raced := ./domain/... ./store/... ./views/... ./deliver/... ./web/... ./cmd/...

# Sweeps over every door, which measure answers, memory and time, and tests that read the plans of statements over many
# rows: one call after another, each of what the other tests call as well, so a second run under the detector finds nothing
# but its own cost.
unraced := ^(TestAccess|TestCrawl|TestFuzzRoutes|TestDOS.*|Test\w*(ScansNothing|ScanNothing|PassByFew|ReadsNoWholeTable|ReadWhatTheyChange))$$

# SQLite is C turned into Go. The detector watches its every access to memory and never anything of ours in it: without
# that, and with all else still watched, the tests under it take a quarter of the time.
unwatched := -gcflags='modernc.org/sqlite/lib=-race=false -d=checkptr=0' -gcflags='modernc.org/libc/...=-race=false -d=checkptr=0'

.PHONY: help run dev build test mutants fuzz-routes bench check generate css fmt generated formatted lint race

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

run: build ## start on 127.0.0.1:8080 with demo companies in ./data; needs Go and nothing else
	@exec bin/gatehouse serve --demo $(ARGS)

dev: ## as run, and start again after every change of a .go or .templ file
	go tool templ generate --watch --cmd="go run ./cmd/gatehouse serve --demo --dev"

build: ## build bin/gatehouse
	@[ -e bin/gatehouse ] || echo "building, which takes a minute or two the first time"
	@CGO_ENABLED=0 go build -trimpath -o bin/gatehouse ./cmd/gatehouse

test: ## run every test: both engines and the browser; installs what is missing on Debian
	@tools/setup chromium postgresql
	go test -timeout 40m ./...

fuzz-routes: ## send 50,000 bad inputs to every parameter of every door; SEED=n sends those of another run again
	go test -count=1 -timeout 60m -run TestFuzzRoutes -v ./web -fuzz-inputs 50000 $(if $(SEED),-fuzz-seed $(SEED))

mutants: ## take one check at a time out and see whether a test notices: 60 each of domain, web and store; ARGS='-sample 0' for all
	@tools/setup postgresql
	go -C tools test ./mutants
	nice go -C tools run ./mutants -sample 60 $(ARGS)

bench: ## carry the load we promise, against the limits measured in the same run
	@tools/setup postgresql
	go test -count=1 -timeout 60m -run '^$$' -bench . ./bench/...

check: generated css-current formatted lint race ## what CI runs beside the tests

generate: ## write the *_templ.go files
	go tool templ generate

css: ## build the stylesheet and the other assets; the only target that needs Node
	cd static/src && npm ci --no-audit --no-fund && node build.mjs

fmt: ## format Go and templ files
	go tool templ fmt .
	$(gofumpt) -w .

# The parts of check. Each can be made alone.

generated:
	go mod verify
	tools/unchanged '*_templ.go' -- go tool templ generate

.PHONY: css-current
css-current:
	tools/unchanged static ':!static/src' -- $(MAKE) --no-print-directory css

formatted:
	@out=$$($(gofumpt) -l .); [ -z "$$out" ] || { echo "make fmt would change:"; echo "$$out"; exit 1; }

lint: # golangci-lint vets too, as .golangci.yml says
	go -C tools vet ./...
	$(lint) run ./...

race:
	@tools/setup gcc
	CGO_ENABLED=1 go test -race -vet=off $(unwatched) -shuffle=on -timeout 60m -skip '$(unraced)' $(raced)
