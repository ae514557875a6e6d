# e-Onay. `make demo` shows the main job, `make run` is the same for a person, `make test` proves it. `make help` lists
# the targets.
#
# `make deps` installs Debian's packages that are missing (as root, by apt; otherwise it prints the command and stops),
# and so do demo, run, test and bench, which are for a fresh machine. All others change nothing but this folder: they say
# what is missing.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

# The hosts whose pages the extension may touch without being asked: the portal's own. Unless it is set, that of a
# developer's portal, which `make extension` refuses.
PORTAL_HOSTS ?= http://localhost

VERSION := $(shell cat VERSION)

# The page to which the extension leads who lacks the program. Unless it is set, /kurulum of the first of PORTAL_HOSTS.
INSTALL_URL ?=

# Packages of Debian, by what needs them.
TO_PACK  := nodejs npm
TO_BUILD := $(TO_PACK) gcc libc6-dev pkg-config libpcsclite-dev
TO_TEST  := $(TO_BUILD) softhsm2 swtpm swtpm-tools tpm2-tools pcscd libccid vsmartcard-vpcd opensc libtpm2-pkcs11-1 \
            openssl default-jdk-headless libbcpkix-java xmlsec1 libxml2-utils libxml-security-java qpdf poppler-utils mupdf-tools \
            sqlite3 postgresql-15 prometheus nginx-light systemd procps curl zip unzip brotli minisign \
            php-cli python3 libgoogle-gson-java mono-mcs libmono-system-json4.0-cil \
            mandoc groff-base fish zsh appstream shellcheck zbar-tools
TO_ALL   := $(TO_TEST) chromium firefox-esr fonts-noto-core xvfb openbox
TO_CLEAN := $(TO_ALL) mmdebstrap rpm
TO_CROSS := $(TO_BUILD) gcc-mingw-w64-x86-64-win32 gcc-aarch64-linux-gnu libc6-dev-arm64-cross
TO_WINE  := $(TO_CROSS) wine64 msitools wixl osslsigncode
TO_RELEASE := git minisign

# What is built names no folder of this machine: the same sources and the same Go give the same bytes. Tests and linters are
# built so too, or each package would be compiled twice.
export GOFLAGS := $(GOFLAGS) -trimpath

# Compilers, linters and tests live for seconds and have the memory: they clean up half as often.
lint build cross quick-host quick-go: export GOGC ?= 200

# The packages of components. Each is generated into a file of its own.
COMPONENTS := wasm/ui wasm/act/sign/signui wasm/act/credential/credentialui wasm/act/newpin/newpinui wasm/settings/settingsui
GENERATED  := $(COMPONENTS:%=%/0_components_gen.go)

# What people ask for, each with a line in `make help`; and steps on the way to it.
.PHONY: build extension demo run test test-quick test-chromium test-firefox test-wine test-slow conformance cross lost rolling bench bench-portal fuzz lint
.PHONY: release release-check packages-test packages-lint store-pictures deps clean help
.PHONY: debian has-pack has-build has-test has-all has-cross has-release has-wine has-clean cross-windows cross-arm cross-darwin
.PHONY: quick-host quick-go quick-js journeys build/e2e.test

build: build/eonay-host build/web build/site build/extension/chromium/manifest.json build/extension/firefox/manifest.json

# Each line is a target and what it is for; a test compares them with .PHONY.
help:
	@echo "make demo           the whole journey by itself; evidence in build/demo/ (installs what is missing)"
	@echo "make run            the same for you: portal up, browser open (installs what is missing)"
	@echo "make build          host, web, and the extension for both browsers, in build/"
	@echo "make extension      what the stores take; PORTAL_HOSTS names the portal"
	@echo "make test           everything, real browsers included; what CI runs (installs what is missing)"
	@echo "make test-quick     the inner loop: no browser, and no drills under load"
	@echo "make test-chromium  the browser tests in Chromium"
	@echo "make test-firefox   the browser tests in Firefox"
	@echo "make test-wine      the host for Windows, driven under Wine"
	@echo "make test-slow      tests on a third of the processors: PACKAGES (./test/e2e), RUN='^TestSites', TIMES (3)"
	@echo "make packages-test  installs, upgrades and removes the .deb in a clean Debian, with both browsers; as root"
	@echo "make packages-lint  what lintian says of the .deb"
	@echo "make conformance    the suites of others, beside the checkout in shared/suites; skips none"
	@echo "make cross          what builds for Windows, macOS and Linux on ARM, in build/cross/; runs none of it"
	@echo "make lost           kills portals 1,000 times and a database 100 times under load, and looks for what is lost"
	@echo "make rolling        replaces portals of the commit OLD by these, one after the other on one database under load"
	@echo "make bench          measures; a table, and build/bench.json (installs what is missing)"
	@echo "make bench-portal   the portal alone, without a browser; build/bench-portal.json"
	@echo "make fuzz           every parser of outside bytes, FUZZ_TIME each"
	@echo "make lint           gofmt, vet, staticcheck and ESLint"
	@echo "make release        all that people get, from a tag, in build/release/ (docs/releasing.md); SNAPSHOT=1 for trials"
	@echo "make release-check  builds a trial twice, in two folders, and compares the bytes"
	@echo "make store-pictures pictures for the stores, of a journey in both browsers and languages, in build/stores/"
	@echo "make deps           installs what is missing: Debian's packages by apt, as root; npm's in node_modules/"
	@echo "make clean          removes what was built"
	@echo "make help           this list"

# --- what the machine must have ------------------------------------------------------------------

# missing PACKAGES: shell words that print those that are not installed, on one line. Node may be there without Debian's
# package. A system without dpkg has other names for all of them, and nothing is looked for there.
missing = { command -v dpkg-query >/dev/null || exit 0; comm -23 <(printf '%s\n' $(1) | sort) \
    <(dpkg-query -W -f='$${db:Status-Status} $${Package}\n' $(1) 2>/dev/null | sed -n 's/^installed //p' | sort) \
  | sed -E "$$(command -v npm >/dev/null && echo '/^(nodejs|npm)$$/d')"; } | xargs

deps: debian node_modules/.package-lock.json

# Some of the packages bring servers, which Debian would start on all addresses. While they are installed, a policy keeps it
# from that, unless the machine has one of its own.
SERVICE_POLICY := /usr/sbin/policy-rc.d

debian:
	@missing=$$($(call missing,$(TO_ALL) $(if $(filter deps test,$(MAKECMDGOALS)),$(TO_CLEAN) $(TO_WINE)))); [ -n "$$missing" ] || exit 0; \
	apt="apt-get install --no-install-recommends $$missing"; \
	[ "$$(id -u)" = 0 ] || { echo "e-Onay needs packages. Run: sudo $$apt"; exit 1; }; \
	echo "installing packages: $$apt"; \
	[ -e $(SERVICE_POLICY) ] || { trap 'rm -f $(SERVICE_POLICY)' EXIT; printf '#!/bin/sh\nexit 101\n' >$(SERVICE_POLICY); chmod +x $(SERVICE_POLICY); }; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$apt -y -qq >/dev/null

# What must be there is looked at each time: a remembered answer would be wrong after an upgrade.
has-pack:  PACKAGES = $(TO_PACK)
has-build: PACKAGES = $(TO_BUILD)
has-test:  PACKAGES = $(TO_TEST)
has-all:   PACKAGES = $(TO_ALL)
has-clean: PACKAGES = $(TO_CLEAN)
has-cross: PACKAGES = $(TO_CROSS)
has-wine:  PACKAGES = $(TO_WINE)
has-release: PACKAGES = $(TO_RELEASE)
has-build has-test has-all has-cross has-wine has-pack has-release has-clean:
	@missing=$$($(call missing,$(PACKAGES))); \
	[ -z "$$missing" ] || { echo "missing: $$missing. Run: make deps"; exit 1; }

ifneq ($(filter deps demo run test bench,$(MAKECMDGOALS)),)
has-build has-test has-all has-cross has-wine has-pack has-release has-clean: debian
endif

# pdf.js, which the extension carries, and tools of the tests, in this folder.
node_modules/.package-lock.json: package.json package-lock.json | has-pack
	npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# --- the programs --------------------------------------------------------------------------------

# A list that is asked for again is not looked for again.
once = $(eval $(1) := $(2))$($(1))

GO_SOURCES = $(call once,GO_SOURCES,$(shell find nativehost web internal -name '*.go' -not -name '*_test.go' 2>/dev/null; find web internal nativehost -path '*/testdata/*' -prune -o \( -name '*.html' -o -name '*.css' -o -name '*.js' -o -name '*.json' -o -name '*.sql' -o -name '*.txt' \) -print 2>/dev/null) VERSION version.go go.mod go.sum)

build/eonay-host: $(GO_SOURCES) | has-build
	go build -o $@ ./nativehost

build/web: $(GO_SOURCES)
	go build -o $@ ./web

# The sample site, a module of its own.
build/site: $(GO_SOURCES) web/examples/site/go.mod
	go build -C web/examples/site -o $(CURDIR)/$@ .

# --- the window ----------------------------------------------------------------------------------

.SECONDEXPANSION:
$(GENERATED): $$(wildcard $$(@D)/*.vugu) $$(filter-out $$@,$$(wildcard $$(@D)/*.go)) wasm/tools/tighten/main.go go.mod
	rm -f $@
	go tool vugugen -s -skip-go-mod -skip-main $(@D)
	go run ./wasm/tools/tighten $@
	@touch $@

# One program for each page: sign.html must be there at once, and carries nothing of the other pages. Without
# inlining our own packages and two large ones a program is half a megabyte smaller and no slower to a person (-l);
# -s -w leave out what only a debugger reads. The tag of the page chooses its sentences. inspect is the signing window's too, in
# a worker: the readers of formats, which have no room in sign.
WASM         := build/wasm/sign.wasm build/wasm/inspect.wasm build/wasm/card.wasm build/wasm/pin.wasm build/wasm/manage.wasm
NO_INLINING  := -gcflags=github.com/e-onay/e-onay/...=-l -gcflags=encoding/json=-l -gcflags=fmt=-l
WASM_SOURCES  = $(call once,WASM_SOURCES,$(shell find wasm internal -name '*.go' -not -name '*_test.go'))

$(WASM): build/wasm/%.wasm: $(GENERATED) $(WASM_SOURCES) go.mod
	@mkdir -p $(@D)
	GOOS=js GOARCH=wasm go build -buildvcs=false -tags $* $(NO_INLINING) -ldflags="-s -w" -o $@ ./wasm/$*

build/wasm/wasm_exec.js: go.mod
	@mkdir -p $(@D)
	cp "$$(go env GOROOT)/lib/wasm/wasm_exec.js" $@

build/wasm/vugu.js: go.mod $(wildcard wasm/tools/vuguhelper/*.go)
	@mkdir -p $(@D)
	go run ./wasm/tools/vuguhelper "$$(go list -m -f '{{.Dir}}' github.com/vugu/vugu)" > $@

# The licences that the programs bring: whoever gets the extension gets them too.
build/wasm/LICENSES.txt: go.mod LICENSE $(WASM) $(wildcard packaging/notices/*.go packaging/notices/print/*.go)
	go run ./packaging/notices/print -os js -arch wasm -tags sign,inspect,card,pin,manage $(WASM:build/wasm/%.wasm=./wasm/%) > $@

PACKED := $(WASM) build/wasm/wasm_exec.js build/wasm/vugu.js build/wasm/LICENSES.txt

EXTENSION_FILES = $(call once,EXTENSION_FILES,$(shell find extension internal/look -type f -not -name '*_test.go'))

build/extension/%/manifest.json: $(PACKED) $(EXTENSION_FILES) node_modules/.package-lock.json VERSION Makefile
	go run ./extension/pack -browser $* -hosts "$(PORTAL_HOSTS)" -install "$(INSTALL_URL)" -out $(@D)

include packaging/packages.mk

# --- the main job --------------------------------------------------------------------------------

demo: build has-all
	go run ./test/demo

run: build has-all
	go run ./test/run

bench: build has-all
	go run ./test/bench

bench-portal: build/web
	go run ./test/bench portal

# --- tests ---------------------------------------------------------------------------------------

# Vet is a step of its own. Nobody debugs a test that was linked here: what a debugger reads is up to two fifths of linking.
TESTS := -vet=off -ldflags=-w

# The tests of the host wait for cards and processes most of the time, and the clean Debian for its packages. So they begin first,
# and what is linted and built for other systems has the processors meanwhile. What runs at once is bounded: with eight journeys
# at once on two processors each takes half as much processor time again as with two, and all of them together take longer.
test: debian
	$(MAKE) --no-print-directory -j2 build
	$(MAKE) --no-print-directory -j3 --output-sync=target quick-host packages-root $(QUICK) cross test-wine
	$(MAKE) --no-print-directory -j2 --output-sync=target journeys packages-test

# The journeys of both browsers are one program and, in `make test`, one run, so that four go side by side until the last. Each
# step of a journey has a limit (e2e.Patience); that of a whole suite is there for what hangs, not for slow machines.
JOURNEYS := cd test/e2e && $(CURDIR)/build/e2e.test -test.timeout 4h -test.parallel 4

build/e2e.test: $(GENERATED)
	go test -c $(TESTS) -o $@ ./test/e2e

journeys: build build/e2e.test has-all node_modules/.package-lock.json
	$(JOURNEYS)

test-chromium: build build/e2e.test has-all node_modules/.package-lock.json
	$(JOURNEYS) -test.skip '^TestFirefox$$'

test-firefox: build build/e2e.test has-all node_modules/.package-lock.json
	$(JOURNEYS) -test.run '^TestFirefox$$'

# One Windows of Wine's, and the tests one after the other: it has one person.
test-wine: cross-windows | has-wine
	go test $(TESTS) ./test/wine

# Some times in a row, on a third of the processors: RUN names the tests, as of `go test -run`.
test-slow: PACKAGES ?= ./test/e2e
test-slow: TIMES ?= 3
test-slow: build has-all node_modules/.package-lock.json
	go run ./test/slow go test -count=$(TIMES) -vet=off -timeout 4h -run '$(value RUN)' $(PACKAGES)

# The portal on SQLite is killed 500 times and stopped 20 times under load, three on PostgreSQL behind nginx are killed 500 times and their database
# 100 times; `make test` does so 18 times.
lost: has-test
	KILLS=500 STOPS=20 go test -count=1 -timeout 4h -v -run '^TestNoSignatureIsLost$$' ./web
	KILLS=500 CRASHES=100 go test -count=1 -timeout 4h -v -run '^TestSeveralPortals$$' ./web

# `make test` replaces this program by itself. With OLD the portals, their settings and the schema are those of a commit.
rolling: OLD ?= HEAD
rolling: has-test
	@old=$$(mktemp -d) && trap 'rm -rf "$$old"' EXIT && git archive '$(OLD)' | tar -x -C "$$old" && go build -C "$$old" -o portal ./web && \
	OLD_WEB="$$old/portal" go test -count=1 -v -run '^TestRollingUpgrade$$' ./web

# What others have made and judged: NIST's PKITS, Wycheproof, OpenSSL's OCSP, a moving clock, Web eID's tokens; XML and PDF
# files that are bad on purpose, packages of e-Yazışma; EU DSS's files where SUITES names a folder that has a checkout of them
# in dss/. These tests skip nothing then. What each reader says of each suite is one table at the end.
OF_OTHERS := PKITS PKITSPaths Wycheproof OCSPSuite TimeSlide RulesJudgeAsWebEID BadXML UBLTR XAdESOracle EYPSynthetic PackageSuite \
             PDFAnomalies PDFsWithTurkishLetters $(if $(SUITES),DSS.*)
space     := $(subst ,, )

conformance: export CONFORMANCE = 1
conformance: export CONFORMANCE_TABLE = $(CURDIR)/build/conformance.jsonl
conformance: has-test
	@mkdir -p build && rm -f $(CONFORMANCE_TABLE)
	go test -count=1 -run '^Test($(subst $(space),|,$(strip $(OF_OTHERS))))$$' ./internal/... ./wasm/inspection ./web/relyingparty; \
	status=$$?; go run ./test/conformance $(CONFORMANCE_TABLE) && exit $$status

# For other systems, so that a change which does not compile there is seen. macOS' PC/SC is a framework that this machine
# has not, so of the host there only the packages are built that reach no card. On ARM the host is linked with a library
# of libpcsclite's names, its own name among them, so that a person's libpcsclite is loaded: what is in build/cross is not optimised,
# and for trying; packages have one that is.
CARDLESS := {{$$card := false}}{{range .Deps}}{{if or (eq . "github.com/ebfe/scard") (eq . "github.com/miekg/pkcs11")}}{{$$card = true}}{{end}}{{end}}{{if not $$card}}{{.ImportPath}}{{end}}

cross: cross-windows cross-arm cross-darwin

# What is compiled here is neither debugged nor in a hurry: without optimising, and without what a debugger reads, it is half the work.
UNDEBUGGED := -gcflags='all=-dwarf=false -N -l' -ldflags="-s -w"

cross-windows: export GOOS = windows
cross-windows: export GOARCH = amd64
cross-windows: export CGO_ENABLED = 1
cross-windows: export CC = x86_64-w64-mingw32-gcc-win32
cross-windows: | has-cross
	go build $(UNDEBUGGED) -o build/cross/windows-amd64/eonay-host.exe ./nativehost
	go build $(UNDEBUGGED) -o build/cross/windows-amd64/web.exe ./web

cross-arm: export GOOS = linux
cross-arm: export GOARCH = arm64
cross-arm: export CGO_ENABLED = 1
cross-arm: export CC = aarch64-linux-gnu-gcc
cross-arm: export CGO_LDFLAGS = -L$(CURDIR)/build/cross/lib
cross-arm: build/cross/lib/libpcsclite.so | has-cross
	go build $(UNDEBUGGED) -o build/cross/linux-arm64/eonay-host ./nativehost
	aarch64-linux-gnu-readelf --dynamic build/cross/linux-arm64/eonay-host | grep -q 'NEEDED.*\[libpcsclite.so.1\]'
	go build $(UNDEBUGGED) -o build/cross/linux-arm64/web ./web

build/cross/lib/libpcsclite.so: Makefile | has-cross
	@mkdir -p $(@D)
	nm -D --defined-only "$$(pkg-config --variable=libdir libpcsclite)/libpcsclite.so" | \
	  awk '$$2 == "T" { print "void " $$3 "(void) {}" } $$2 ~ /[BDR]/ { print "int " $$3 ";" }' | \
	  aarch64-linux-gnu-gcc -w -shared -Wl,-soname,libpcsclite.so.1 -x c -o $@ -

cross-darwin: export GOOS = darwin
cross-darwin: export GOARCH = arm64
cross-darwin: export CGO_ENABLED = 0
cross-darwin:
	go build $(UNDEBUGGED) -o build/cross/darwin-arm64/web ./web
	go build $(UNDEBUGGED) $$(go list -f '$(CARDLESS)' ./nativehost/...)

# What takes long and seldom fails by a change is not run (-short): portals and databases that are killed, filled up and replaced under
# load, and sites that are built anew on a machine without this repository. Tests of one package that wait run eight at a time. Side by side, in this order: whoever waits for cards and databases begins, and the linters have the processors meanwhile. Go runs again what a
# change has touched.
QUICK := quick-host quick-go lint quick-js

test-quick: | has-test
	$(MAKE) --no-print-directory -j2 build
	$(MAKE) --no-print-directory -j3 --output-sync=target $(QUICK) SHORT=-short

quick-host: build has-test
	go test $(TESTS) -timeout 40m ./nativehost/...

quick-go: build has-test
	go test $(TESTS) $(SHORT) -parallel 8 -timeout 40m $$(go list ./... | grep -v -e '/test/e2e$$' -e '/test/wine$$' -e /test/packages -e /nativehost)

quick-js: build has-test node_modules/.package-lock.json build/linted-extension
	node --test $$(find web/client extension -name '*.test.js' -not -name lint.test.js)
	for p in web/client web extension extension/tsconfig.broker.json extension/tsconfig.content.json; do npx --no-install tsc --noEmit -p $$p; done

# Mozilla's linter takes longer than all other scripts together: it runs when what is packed has changed.
build/linted-extension: build/extension/firefox/manifest.json extension/lint.test.js node_modules/.package-lock.json
	node --test extension/lint.test.js
	@touch $@

lint: $(GENERATED) node_modules/.package-lock.json | has-build
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "not gofmt'ed: $$unformatted"; exit 1; }
	go vet ./...
	go -C web/examples/site vet ./...
	GOOS=js GOARCH=wasm go vet ./wasm/...
	go tool staticcheck ./...
	GOOS=js GOARCH=wasm "$$(go tool -n staticcheck)" ./wasm/...
	npx --no-install eslint --cache --cache-location build/eslint .

# Each target has its turn, whatever another finds.
FUZZ_TIME ?= 30s
fuzz: $(GENERATED)
	@failed=0; while read -r file name; do \
	  echo "$$file $$name"; \
	  go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 1x "$$(dirname "$$file")" < /dev/null || failed=1; \
	done < <(go list -f '{{$$dir := .Dir}}{{range .TestGoFiles}}{{$$dir}}/{{.}} {{end}}{{range .XTestGoFiles}}{{$$dir}}/{{.}} {{end}}' ./... | \
	  xargs grep -HoE '^func Fuzz[A-Za-z0-9]+' | sed 's/:func / /'); exit $$failed

clean:
	rm -rf build $(GENERATED)
