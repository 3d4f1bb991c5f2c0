# make demo and make test need Go alone; "make deps" adds the peers that the rest
# of the tests talk to. docs/testing.md explains.

# golangci-lint comes through the Go module proxy, at this version.
GOLANGCI_VERSION := v2.15.0
LINTER           := $(CURDIR)/.cache/golangci-lint-$(GOLANGCI_VERSION)

# Tests that were skipped for want of a peer add their names to this file.
SKIPPED := $(CURDIR)/.cache/skipped

# Where make install puts the program and its man pages.
PREFIX ?= /usr/local

PLATFORMS := linux/amd64 linux/arm64 darwin/arm64 windows/amd64

# The tags yubikey and hsm, and with them cgo, where this machine can build support for YubiKeys
# and for other tokens.
TAGS = $(shell .ci/tags)
CGO  = $(if $(TAGS),1,0)

# How long each fuzz target runs, and which.
FUZZTIME := 10s
FUZZ     := .

# What shortens the tests under the race detector; make nightly runs them whole.
SHORT := -short

# Which of the long matrices make nightly runs.
NIGHTLY := .

# The packages in which goroutines meet.
CONCURRENT = $(shell grep -rlE --include='*.go' --exclude='*_test.go' \
	'^[[:space:]]*go [a-zA-Z]|"sync(/atomic)?"|/errgroup"' cmd keystore model remote tui \
	| xargs -n1 dirname | sort -u | sed 's,^,./,')

.PHONY: demo test nightly deps build install lint race cross bench stress fuzz pictures clean

demo: ## Open the user interface on a practice world; touches nothing else.
	@go run -tags '$(TAGS)' ./cmd/trustdeck demo

test: ## Run every test; list those that were skipped for want of a peer.
	@mkdir -p .cache && rm -f $(SKIPPED)
	@status=0; \
	TRUSTDECK_SKIPPED=$(SKIPPED) go test -tags '$(TAGS)' ./... || status=1; \
	go test ./keystore/yubikey ./keystore/pkcs11 || status=1; \
	TRUSTDECK_SKIPPED=$(SKIPPED) .ci/e2e || status=1; \
	if [ -s $(SKIPPED) ]; then \
		echo "Skipped for want of a peer (make deps installs them on Debian):"; \
		sort -u $(SKIPPED) | sed 's/^/  /'; \
	fi; \
	exit $$status

nightly: ## Run the long matrices whose names match NIGHTLY; .ci/run takes a part of each.
	@.ci/nightly '$(NIGHTLY)'

deps: ## Install the peers of the tests, as root on Debian.
	@.ci/deps

build: ## Build bin/trustdeck, with support for tokens where this machine has what that needs.
	CGO_ENABLED=$(CGO) go build -trimpath -tags '$(TAGS)' -o bin/trustdeck ./cmd/trustdeck

install: build ## Install trustdeck and its man pages below PREFIX.
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -m 755 bin/trustdeck "$(DESTDIR)$(PREFIX)/bin/trustdeck"
	install -m 644 docs/man/*.1 "$(DESTDIR)$(PREFIX)/share/man/man1"

lint: $(LINTER) ## Check formatting, habits and the module files.
	$(LINTER) run --build-tags '$(TAGS)' ./...
	$(LINTER) run ./keystore/yubikey/... ./keystore/pkcs11/...
	cd e2e && $(LINTER) run --build-tags '$(TAGS)' ./...
	go mod tidy -diff
	cd e2e && go mod tidy -diff

$(LINTER):
	@mkdir -p $(@D)
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv $(@D)/golangci-lint $@

race: ## Run the tests of the packages with concurrency under the race detector, the long ones shortened.
	go test -race -timeout 30m $(SHORT) -tags '$(TAGS)' $(CONCURRENT)
	$(if $(SHORT),go test -race -timeout 30m -tags '$(TAGS)' -run 'TestEveryLessonCanBeDone|TestSandboxLasts' ./cmd/trustdeck)
	cd e2e && go test -race -count=1 -timeout 10m -tags '$(TAGS)' -run 'TestWatch|TestAtOnce|TestTouch|TestUnbuilt' ./token

cross: ## Build for every platform, without C, into dist; and for linux/amd64 with support for tokens.
	@set -e; for platform in $(PLATFORMS); do \
		os=$${platform%/*} arch=$${platform#*/} suffix=; \
		if [ $$os = windows ]; then suffix=.exe; fi; \
		echo "dist/trustdeck-$$os-$$arch$$suffix"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch \
			go build -trimpath -o dist/trustdeck-$$os-$$arch$$suffix ./cmd/trustdeck; \
	done
	@if [ '$(TAGS)/$(shell go env GOOS GOARCH | xargs)' = 'yubikey hsm/linux amd64' ]; then \
		echo "dist/trustdeck-linux-amd64-yubikey"; \
		CGO_ENABLED=1 go build -trimpath -tags 'yubikey hsm' -o dist/trustdeck-linux-amd64-yubikey ./cmd/trustdeck; \
	else \
		echo "no dist/trustdeck-linux-amd64-yubikey: it needs linux/amd64, a C compiler, pkg-config and libpcsclite-dev"; \
	fi

bench: ## Run the benchmarks.
	go test -run '^$$' -bench . -benchmem ./...
	cd e2e && go test -run '^$$' -bench . -benchtime 1x -timeout 30m ./bench

stress: ## Let sixteen clients work on a practice server for a minute, with the race detector on.
	cd e2e && STRESS=1m go test -race -count=1 -timeout 10m -v -run TestSixteenClients ./sandbox

fuzz: ## Run each fuzz target for FUZZTIME; FUZZ is a pattern of their names.
	@.ci/fuzz $(FUZZTIME) '$(FUZZ)'

pictures: ## Draw the pictures of the documentation from the practice world; needs tmux.
	@.ci/pictures

clean: ## Remove what make has built.
	rm -rf bin dist .cache
