# e-Onay. `make demo` shows the main job, `make run` is the same for a person, `make test` proves it.
# Each target installs what it misses on Debian (as root; otherwise it prints the command and stops).

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

# The hosts whose pages the extension may touch without being asked: the portal's own.
PORTAL_HOSTS ?= http://localhost

PACKAGES := gcc libc6-dev pkg-config libpcsclite-dev chromium softhsm2 pcscd opensc openssl brotli sqlite3 fonts-noto-core

GO_FLAGS  := -trimpath
WASM      := build/wasm/app.wasm
EXTENSION := build/extension/chromium
GENERATED := wasm/ui/0_components_gen.go

.PHONY: build deps demo run test test-quick bench fuzz lint clean

build: build/eonay-host build/web $(EXTENSION)/manifest.json

# --- what the machine must have ------------------------------------------------------------------

deps: build/.packages node_modules/.package-lock.json

build/.packages: Makefile
	@mkdir -p build
	@missing=""; for p in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	command -v node >/dev/null && command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "e-Onay needs packages. Run: sudo apt-get install --no-install-recommends$$missing"; exit 1; fi; fi
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json | build/.packages
	npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# --- the programs --------------------------------------------------------------------------------

GO_SOURCES = $(shell find nativehost web internal -name '*.go' -not -name '*_test.go' 2>/dev/null; find web internal nativehost -path '*/testdata/*' -prune -o \( -name '*.html' -o -name '*.css' -o -name '*.js' -o -name '*.json' -o -name '*.sql' -o -name '*.txt' \) -print) go.mod go.sum

build/eonay-host: $(GO_SOURCES) | build/.packages
	go build $(GO_FLAGS) -o $@ ./nativehost

build/web: $(GO_SOURCES)
	go build $(GO_FLAGS) -o $@ ./web

# --- the window ----------------------------------------------------------------------------------

$(GENERATED): $(wildcard wasm/ui/*.vugu) go.mod
	go tool vugugen -s -skip-go-mod -skip-main wasm/ui

WASM_SOURCES = $(shell find wasm internal/protocol internal/message internal/look -name '*.go' -not -name '*_test.go')

$(WASM): $(GENERATED) $(WASM_SOURCES) go.mod
	@mkdir -p $(@D)
	GOOS=js GOARCH=wasm go build $(GO_FLAGS) -ldflags="-s -w" -o $@ ./wasm
