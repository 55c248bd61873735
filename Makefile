# make test     everything that must hold: format, vet, staticcheck, tests on SQLite and PostgreSQL, race, fuzzing
# make build    the program, ./quittance
# make lint     format, vet, staticcheck
# make fuzz     each fuzz target for FUZZTIME inputs (5000x)
# make bench    the benchmarks
# make needs    install what the tests use and this machine lacks (Debian, as root), or say what to install

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := build
.PHONY: build test lint fuzz bench needs unit race serializable alongside

GO ?= go
# A number of inputs and no time: at a deadline Go's own coordinator now and then fails a target that found nothing (golang/go#75804).
FUZZTIME ?= 5000x

# What is run with the race detector, on SQLite: where goroutines meet. Under it the pure-Go SQLite is about ten times slower, so of
# the long tests only those are taken whose names say that something happens at once.
RACE := ./internal/db/... ./internal/secret/... ./internal/app/... ./internal/work/...
RACE_TESTS := Concurren|AtOnce|Unit|Ids|Idempoten|Worked|Worker|Key|Together

# What is run once more with serializable isolation, on PostgreSQL: where units of work meet, and random histories.
SERIALIZABLE := ./internal/app/... ./internal/work/...
SERIALIZABLE_TESTS := Concurren|AtOnce|Histor|Random|Idempoten|Together|Worked|Worker|Run

build:
	@CGO_ENABLED=0 $(GO) build -trimpath -o quittance ./cmd/quittance

test:
	@step() {
	  echo "== $$1"
	  local began=$$SECONDS
	  $(MAKE) --no-print-directory "$$1"
	  echo "== $$1: $$((SECONDS - began)) s"
	}
	step needs
	step lint
	$(memory)
	$(postgres)
	step unit
	step alongside
	stop_postgres
	step fuzz
	echo "== all is well: $$SECONDS s"

lint:
	@unformatted=$$($(GO) tool gofumpt -l $$(git ls-files -co --exclude-standard '*.go' ':!*_templ.go' ':!*.gen.go'))
	if [ -n "$$unformatted" ]; then
	  printf 'not formatted; run: go tool gofumpt -w FILE\n%s\n' "$$unformatted" >&2
	  exit 1
	fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

# The tests wait for disks and browsers: three packages keep two cores busy. The longest begin first, so that none runs alone at the end.
LONGEST := quittance/internal/web quittance/internal/app quittance/internal/cli quittance/internal/api

unit:
	@$(GO) test -count=1 -vet=off -timeout 20m -p 3 $(LONGEST) $$($(GO) list ./... | grep -vxF "$$(printf '%s\n' $(LONGEST))")

race:
	@if ! command -v gcc >/dev/null; then
	  echo "the race detector needs gcc, which is not installed; install it" >&2
	  exit 1
	fi
	QUITTANCE_TEST_DB=sqlite CGO_ENABLED=1 $(GO) test -count=1 -short -vet=off -race -run '$(RACE_TESTS)' $(RACE)

serializable:
	@QUITTANCE_TEST_ISOLATION=serializable QUITTANCE_TEST_DB=postgres $(GO) test -count=1 -short -vet=off -run '$(SERIALIZABLE_TESTS)' $(SERIALIZABLE)

# One waits for PostgreSQL, the other computes.
alongside:
	@$(MAKE) --no-print-directory -j2 -Otarget serializable race

fuzz:
	@grep -rE --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file target; do
	  $(GO) test -vet=off -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$$(dirname "$$file")"
	done

bench:
	@$(GO) test -run '^$$' -bench . -benchmem ./...

needs:
	@missing=()
	need() { # a command, the Debian packages that bring it
	  command -v "$$1" >/dev/null || missing+=("$${@:2}")
	}
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb postgresql
	need xmllint libxml2-utils
	need pdftotext poppler-utils
	need gcc gcc libc6-dev
	need chromium chromium
	if [ "$${#missing[@]}" = 0 ]; then exit 0; fi
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	  echo "missing for some of the tests, which will say so; install: $${missing[*]}" >&2
	  exit 0
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update </dev/null
	apt-get -qq install -y --no-install-recommends "$${missing[@]}" </dev/null >/dev/null

# The databases of tests are made and thrown away by the thousand: in memory, where there is enough of it for all of them, that takes a
# fifth of the time. What Go builds stays on disk.
define memory
if [ "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $$4}')" -gt 6291456 ] 2>/dev/null && [ -w /dev/shm ]; then
	  export GOTMPDIR="$${GOTMPDIR:-$${TMPDIR:-/tmp}}"
	  quick=$$(mktemp -d /dev/shm/quittance-make-XXXXXX)
	  chmod 1777 "$$quick" # PostgreSQL, another user, removes its folder itself
	  trap 'rm -rf "$$quick"' EXIT
	  export TMPDIR="$$quick"
	fi
endef

# One throwaway PostgreSQL for all packages, as a user other than root, whom it refuses. A shell watches over it: when this one
# ends, however it ends, the pipe to the watcher closes, and the watcher stops the server and removes its folder. Where
# QUITTANCE_TEST_POSTGRES names a server, or there is none to start, nothing is done: the tests then say what they miss.
define postgres
stop_postgres() { :; }
	initdb=$$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || true)
	initdb=$${initdb:-$$(command -v initdb || true)}
	if [ -z "$${QUITTANCE_TEST_POSTGRES:-}" ] && [ -n "$$initdb" ]; then
	  bin=$$(dirname "$$initdb")
	  dir=$$(mktemp -d "$${TMPDIR:-/tmp}/quittance-make-pg-XXXXXX")
	  as=()
	  if [ "$$(id -u)" = 0 ]; then
	    user=postgres
	    id postgres >/dev/null 2>&1 || user=nobody
	    chown "$$user" "$$dir"
	    as=(runuser -u "$$user" --)
	  fi
	  (cd "$$dir" && "$${as[@]}" "$$bin/initdb" -D "$$dir/data" -U quittance -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$$dir/initdb.log" 2>&1) || { cat "$$dir/initdb.log" >&2; exit 1; }
	  port=$$((20000 + RANDOM % 20000))
	  mkfifo "$$dir/alive"
	  chmod a+r "$$dir/alive"
	  (cd "$$dir" && exec setsid "$${as[@]}" /bin/sh -c '"$$1/postgres" -D "$$2/data" -p "$$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 >"$$2/log" 2>&1 & pid=$$!; read gone <"$$2/alive"; kill -INT $$pid; wait $$pid; cd /; rm -rf "$$2"' watch "$$bin" "$$dir" "$$port") &
	  exec {alive}>"$$dir/alive"
	  for _ in $$(seq 100); do
	    if "$$bin/pg_isready" -q -h 127.0.0.1 -p "$$port" -U quittance; then break; fi
	    sleep 0.1
	  done
	  "$$bin/pg_isready" -q -h 127.0.0.1 -p "$$port" -U quittance || { echo "PostgreSQL did not start:" >&2; cat "$$dir/log" >&2; exit 1; }
	  export QUITTANCE_TEST_POSTGRES="postgres://quittance@127.0.0.1:$$port"
	  stop_postgres() {
	    exec {alive}>&-
	    unset QUITTANCE_TEST_POSTGRES
	    for _ in $$(seq 100); do
	      if [ ! -d "$$dir" ]; then return; fi
	      sleep 0.1
	    done
	  }
	fi
endef
