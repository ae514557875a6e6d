# What people get: packages, installers, archives, and a release of all of them (docs/packages.md). The Makefile includes this.

.PHONY: packages-stores packages-developer packages-operator packages-linux packages-windows packages-policy packages-root FORCE

# What is packed is dated with the day of the commit, so that it is the same bytes whenever it is made.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

# What a package's program is built with. The build id would tell the folder of the library that the host on ARM is linked with.
PACKAGED := -buildvcs=false -ldflags="-s -w -buildid="

# --- the extension, for the stores ---------------------------------------------------------------

# For the portal that PORTAL_HOSTS names. The same sources and the same Go give the same bytes, whatever the folder. It is
# packed each time: make does not see that PORTAL_HOSTS is another one.
STORES := $(foreach b,chromium firefox,build/release/e-onay-$(VERSION)-$b.zip)

extension: $(STORES)

$(STORES): build/release/e-onay-$(VERSION)-%.zip: $(PACKED) $(EXTENSION_FILES) node_modules/.package-lock.json FORCE
	go run ./extension/pack -browser $* -hosts "$(PORTAL_HOSTS)" -install "$(INSTALL_URL)" -zip $@

# What the stores get, judged by Mozilla's rules, and for Firefox's reviewers what its package is made of.
packages-stores: extension
	npx --no-install web-ext lint --no-config-discovery --source-dir=build/release/e-onay-$(VERSION)-firefox.zip >build/web-ext.txt || { cat build/web-ext.txt; exit 1; }
	go run ./packaging/stores -package build/release/e-onay-$(VERSION)-firefox.zip -out build/release/e-onay-$(VERSION)-firefox-source.zip \
	  "PORTAL_HOSTS=$(PORTAL_HOSTS)" "INSTALL_URL=$(INSTALL_URL)"

# The stores' pictures, of a journey in both browsers and languages: build/stores. Look at them.
store-pictures: build has-all
	go run ./test/storepictures

# --- for a site's developer, an operator, an IT department ---------------------------------------

# docs/integration.md
packages-developer: | has-build
	go run ./packaging/developer -out build/release

# docs/operation.md: one static program for each processor, with all that goes beside it.
OPERATOR_PROGRAMS := $(foreach a,amd64 arm64,build/operator/$a/web)

$(OPERATOR_PROGRAMS): build/operator/%/web: $(GO_SOURCES)
	CGO_ENABLED=0 GOOS=linux GOARCH=$* go build -buildvcs=false -ldflags="-s -w" -o $@ ./web

packages-operator: $(OPERATOR_PROGRAMS)
	for a in amd64 arm64; do go run ./packaging/operator -program build/operator/$$a/web -arch $$a -out build/release; done

# docs/institutions.md
packages-policy:
	go run ./packaging/policy -out build/release/e-onay-policy-$(VERSION).zip

# --- the host, for Linux -------------------------------------------------------------------------

packages-linux: build/tools/nfpm build/packages/amd64/eonay-host build/packages/arm64/eonay-host
	for architecture in amd64 arm64; do packaging/linux/pack.sh $$architecture $(VERSION) build/release deb rpm; done

# The tool that writes packages is a module of its own.
build/tools/nfpm: packaging/linux/tools/go.mod packaging/linux/tools/go.sum
	go build -C packaging/linux/tools -ldflags=-w -o $(CURDIR)/$@ github.com/goreleaser/nfpm/v2/cmd/nfpm

build/packages/amd64/eonay-host: $(GO_SOURCES) | has-build
	GOOS=linux GOARCH=amd64 go build $(PACKAGED) -o $@ ./nativehost

build/packages/arm64/eonay-host: export CGO_LDFLAGS = -L$(CURDIR)/build/cross/lib
build/packages/arm64/eonay-host: $(GO_SOURCES) build/cross/lib/libpcsclite.so | has-cross
	GOOS=linux GOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc go build $(PACKAGED) -o $@ ./nativehost

# A clean Debian, with browsers, smart card service and OpenSC from its own packages and nothing of ours. It is kept until `make clean`:
# the test changes a layer above it.
packages-root: build/packages/clean/etc/debian_version

build/packages/clean/etc/debian_version: | has-clean
	rm -rf build/packages/clean build/packages/clean.new
	@mkdir -p build/packages
	mmdebstrap --quiet --variant=essential --include=chromium,firefox-esr,pcscd,opensc --aptopt='APT::Install-Recommends "false"' \
	  --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io bookworm build/packages/clean.new
	mv build/packages/clean.new build/packages/clean

# The version before is the same program in a package with a lower number. The extension is what the stores take, for a portal of
# the test's.
packages-test: build packages-root build/tools/nfpm build/packages/amd64/eonay-host
	@mkdir -p build/packages/tested
	for b in chromium firefox; do go run ./extension/pack -browser $$b -hosts https://portal.test -zip build/packages/tested/e-onay-$$b.zip; done
	for number in 0.0.1 $(VERSION); do packaging/linux/pack.sh amd64 $$number build/packages/tested deb rpm; done
	go test $(TESTS) -count=1 -timeout 4h ./test/packages

# Not rpmlint: it unpacks with cpio, which puts files of an .rpm with absolute names, as nfpm writes them, into this very system.
packages-lint: packages-linux
	lintian --fail-on error,warning build/release/*.deb

# --- the host, for Windows -----------------------------------------------------------------------

# Installers for everybody who uses the machine and for one person. SIGN names a command that signs a file in its place:
# packaging/windows/sign is one.
packages-windows: | has-wine
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc-win32 go build $(PACKAGED) -o build/windows/eonay-host.exe ./nativehost
	go run ./packaging/windows/msi -program build/windows/eonay-host.exe -scope machine -out build/release/e-onay-$(VERSION)-x64.msi
	go run ./packaging/windows/msi -program build/windows/eonay-host.exe -scope person -out build/release/e-onay-$(VERSION)-x64-user.msi

# --- a release -----------------------------------------------------------------------------------

# The targets that write what people get into build/release, and the programs in it, whose bytes the bill of materials describes.
RELEASE_PARTS    := packages-stores packages-developer packages-operator packages-linux packages-windows packages-policy
RELEASE_PROGRAMS := $(WASM) $(OPERATOR_PROGRAMS) $(foreach a,amd64 arm64,build/packages/$a/eonay-host) build/windows/eonay-host.exe

# A trial (SNAPSHOT=1) is of any commit, for a portal that does not exist unless PORTAL_HOSTS is set.
RELEASE_OPTIONS = $(if $(SNAPSHOT),-snapshot) $(if $(MINISIGN_KEY),-key "$(MINISIGN_KEY)")
TRIAL_HOSTS     = PORTAL_HOSTS=$(patsubst http://localhost,https://online.example.tr,$(PORTAL_HOSTS))

release: has-build has-release
	go run ./packaging/release begin $(RELEASE_OPTIONS)
	$(MAKE) --no-print-directory $(RELEASE_PARTS) $(if $(SNAPSHOT),$(TRIAL_HOSTS))
	go run ./packaging/release finish $(RELEASE_OPTIONS) $(RELEASE_PROGRAMS)

# The same bytes twice: a trial here, and one in a clone in a folder of another name, by a person with other habits.
AGAIN := build/again/elsewhere

release-check: has-build has-release
	@[ -z "$$(git status --porcelain)" ] || { echo "the clone would have other sources: commit first"; exit 1; }
	$(MAKE) --no-print-directory release SNAPSHOT=1 MINISIGN_KEY= $(TRIAL_HOSTS)
	rm -rf "$(AGAIN)" && git clone -q --no-hardlinks . "$(AGAIN)" && cp -r node_modules "$(AGAIN)/"
	umask 077; cd "$(AGAIN)" && MAKEFLAGS= TZ=Asia/Tokyo LC_ALL=C make --no-print-directory release SNAPSHOT=1 $(TRIAL_HOSTS)
	go run ./packaging/release compare "$(AGAIN)/build/release"
