# R7e: one Makefile for everything. `make help` lists what it can do.
MODE      ?= debug
BUILD     ?= build/$(MODE)
V         ?= 0
Q         := $(if $(filter 1,$(V)),,@)
PACKAGES  := rdkafka libpq jansson libmicrohttpd gnutls openssl libxml-2.0 libcurl cjose zlib nettle libutf8proc

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
SHELL := /bin/bash

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wcast-qual -Wwrite-strings -Wpointer-arith -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough \
            -Wnull-dereference -Werror=implicit-function-declaration -Werror=incompatible-pointer-types \
            -Werror=int-conversion -Werror=return-type -Werror=format-security -Werror=vla $(if $(CI),-Werror)
ifeq ($(MODE),fuzz)
  CC := clang-14
endif
IS_CLANG := $(findstring clang,$(CC))
WARNINGS += $(if $(IS_CLANG),,-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init)
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-strict-overflow -fPIE \
             -ftrivial-auto-var-init=$(if $(IS_CLANG),pattern,zero)
LINKING  := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed

ifeq ($(MODE),release)
  OPTIMISE := -O2 -g -D_FORTIFY_SOURCE=3
else ifeq ($(MODE),debug)
  OPTIMISE := -O1 -g -DFAULTS -D_FORTIFY_SOURCE=2
else ifeq ($(MODE),asan)
  OPTIMISE := -O1 -g -DFAULTS -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
  LINKING  += -fsanitize=address,undefined
else ifeq ($(MODE),tsan)
  OPTIMISE := -O1 -g -DFAULTS -fsanitize=thread
  LINKING  += -fsanitize=thread
else ifeq ($(MODE),cov)
  OPTIMISE := -O0 -g -DFAULTS --coverage
  LINKING  += --coverage
else ifeq ($(MODE),fuzz)
  OPTIMISE := -O1 -g -DFAULTS -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
  LINKING  += -fsanitize=address,undefined
endif

CPPFLAGS += -D_GNU_SOURCE -Ilibcommon -I. $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS   += -std=gnu17 $(OPTIMISE) $(WARNINGS) $(HARDENING)
LDLIBS   += $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lcairo -lpthread

# --- what there is: a folder is a thing -------------------------------------------------------------
LIB_SOURCES  := $(wildcard libcommon/*/*.c)
LIB          := $(BUILD)/libcommon.a
PROGRAMS     := $(patsubst services/%/main.c,%,$(wildcard services/*/main.c))
BINARIES     := $(PROGRAMS:%=$(BUILD)/bin/r7-%)
TESTS        := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/*/*_test.c))
object        = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

.PHONY: all
all: $(BINARIES) $(BUILD)/bin/r7 ## build every program in debug mode (MODE=release for what is run)

$(BUILD)/obj/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(if $(filter 1,$(V)),,@echo "  CC  $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(call object,$(LIB_SOURCES))
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

define program
$(BUILD)/bin/r7-$(1): $(call object,$(wildcard services/$(1)/*.c)) $(LIB)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(CC) $(LINKING) $(CFLAGS) $$^ $(LDLIBS) -o $$@
endef
$(foreach name,$(PROGRAMS),$(eval $(call program,$(name))))

# r7 is the command people type: the program of the folder services/cli under its short name, with the schemas beside it.
$(BUILD)/bin/r7: $(if $(filter cli,$(PROGRAMS)),$(BUILD)/bin/r7-cli)
	$(Q)$(if $^,ln -sfn ../../../schemas $(@D)/schemas && ln -sf r7-cli $@,true)

# r7 for whoever has no archive: what needs no server, linked into one file that asks nothing of the machine, and the schemas.
STANDALONE := $(BUILD)/standalone
.PHONY: standalone
standalone: ## r7 pack, validate, identify and log verify as one static program with its schemas: build/release/standalone
	$(Q)services/embedded/install.sh build standalone
	$(Q)$(MAKE) --no-print-directory MODE=release build/release/standalone/r7
	$(Q)rm -rf build/release/standalone/schemas && mkdir build/release/standalone/schemas
	$(Q)cp -r schemas/xsd build/release/standalone/schemas

$(BUILD)/obj/services/cli/standalone.o: services/cli/main.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -DR7_STANDALONE -MMD -MP -c $< -o $@

# An archive, so that only what these commands use is linked.
$(BUILD)/cli.a: $(call object,$(filter-out %/main.c,$(wildcard services/cli/*.c)))
	$(Q)rm -f $@ && ar rcs $@ $^

# libxml2, libcrypto and glibc warn of what a static program cannot do: look up hosts and users. Nothing here does.
$(STANDALONE)/r7: $(BUILD)/obj/services/cli/standalone.o $(BUILD)/cli.a $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -static-pie -Wl,-z,relro,-z,now,-z,noexecstack $(CFLAGS) $^ -Wl,--no-warnings \
	    $(shell pkg-config --static --libs libxml-2.0 jansson libcrypto nettle zlib libutf8proc) -lstdc++ -lm -o $@

# --- tests ------------------------------------------------------------------------------------------
# A test program sees libcommon and every room but its main.c.
ROOM_OBJECTS := $(call object,$(filter-out %/main.c,$(wildcard services/*/*.c)))
$(BUILD)/rooms.a: $(ROOM_OBJECTS)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/%_test: $(BUILD)/obj/tests/%_test.o $(BUILD)/rooms.a $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LINKING) $(CFLAGS) $^ $(LDLIBS) -lcmocka -o $@

# Programs that scripts of the integration suite call (librdkafka's mock broker as a process).
HELPERS := $(patsubst tests/integration/%.c,$(BUILD)/integration/%,$(filter-out %_test.c,$(wildcard tests/integration/*.c)))
$(HELPERS): $(BUILD)/integration/%: $(BUILD)/obj/tests/integration/%.o $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LINKING) $(CFLAGS) $^ $(LDLIBS) -o $@
$(BUILD)/integration/permission_rows $(BUILD)/bench/decide: LDLIBS += -lcmocka

# Programs of the measurements: each of these, with what they share.
BENCHES := $(patsubst %,$(BUILD)/bench/%,load bare ask judge bare_package bare_room decide)
$(BENCHES): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/obj/tests/bench/packages.o $(BUILD)/rooms.a $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LINKING) $(CFLAGS) $^ $(LDLIBS) -o $@

.PHONY: test programs unit contract cases integration object-store system fault catalogue asan tsan cov
test: ## everything on a bare Debian 12; ends with `N passed, N failed`
	$(Q)services/embedded/install.sh build standalone run postgresql kafka clamd test
	$(Q)tests/tools/venv.sh
	$(Q)tests/tools/identity_providers.sh
	$(Q)$(MAKE) --no-print-directory -j $$(nproc) programs
	$(Q)MODE=$(MODE) tests/run unit contract cases integration system fault

# What the tests need. Sanitizers and coverage cannot be linked into a static program.
programs: all $(TESTS) $(HELPERS) $(if $(filter debug release,$(MODE)),$(STANDALONE)/r7)

unit: $(filter $(BUILD)/unit/%,$(TESTS)) ## does each module keep its header's promise? ONLY=NAME runs one
	$(Q)MODE=$(MODE) tests/run unit

contract: programs ## schemas, catalogue, routes and statements against the code
	$(Q)MODE=$(MODE) tests/run contract

cases: all ## messages and the plans they give; ACCEPT=1 rewrites the plans
	$(Q)MODE=$(MODE) tests/run cases

integration: programs ## rooms and libraries around a throw-away PostgreSQL
	$(Q)MODE=$(MODE) tests/run integration

object-store: programs ## announced objects, with a real object store too (versitygw, which go builds first: minutes)
	$(Q)server=$$(tests/tools/versitygw.sh) && R7_S3_SERVER=$$server ONLY=object_store MODE=$(MODE) tests/run integration

system: all ## the whole house: real Kafka, real PostgreSQL
	$(Q)MODE=$(MODE) tests/run system

fault: ## every row of the kill matrix, servers, and FAULT_DELIVERIES (200) under random deaths; hours
	$(Q)services/embedded/install.sh build standalone run postgresql kafka clamd test
	$(Q)tests/tools/venv.sh
	$(Q)$(MAKE) --no-print-directory -j $$(nproc) programs
	$(Q)for one in acceptance record upload; do FAULT_WHOLE=1 ONLY=$$one MODE=$(MODE) tests/run integration || exit 1; done
	$(Q)FAULT_WHOLE=1 FAULT_DELIVERIES=$${FAULT_DELIVERIES:-200} tests/fault/house.sh $(BUILD)

catalogue: all ## tables, owners, policies and grants as they are; ACCEPT=1 takes them as right
	$(Q)MODE=$(MODE) ONLY=catalogue tests/run contract

asan: ## unit, contract, cases and integration under address and undefined behaviour sanitizers
	$(Q)$(MAKE) --no-print-directory MODE=asan programs
	$(Q)MODE=asan tests/run unit contract cases integration

tsan: ## the tests with threads under the thread sanitizer
	$(Q)$(MAKE) --no-print-directory MODE=tsan programs
	$(Q)MODE=tsan tests/run unit integration

cov: ## which lines the tests reach: build/cov/coverage.txt
	$(Q)$(MAKE) --no-print-directory MODE=cov programs
	$(Q)MODE=cov tests/run unit contract cases integration
	$(Q)tests/tools/coverage.sh

.PHONY: install
install: ## install the Debian packages that are missing (needs root or sudo)
	$(Q)services/embedded/install.sh build run postgresql kafka

.PHONY: run
run: ## the whole house on this machine, with demo data; ctrl-C ends it
	$(Q)services/embedded/run.sh

# Fuzz targets are built by clang with its fuzzer (MODE=fuzz) and begin from the corpus of their name; what they
# find new stays in build/. A crash leaves its input in build/fuzz/.
FUZZ_SECONDS ?= 60
FUZZ         := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%_fuzz.o $(BUILD)/rooms.a $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LINKING) -fsanitize=fuzzer $(CFLAGS) $^ $(LDLIBS) -o $@

.PHONY: fuzz fuzz-targets
fuzz-targets: $(FUZZ:%=$(BUILD)/fuzz/%)
fuzz: ## give every parser FUZZ_SECONDS (60) of hostile bytes
	$(Q)services/embedded/install.sh build fuzz
	$(Q)$(MAKE) MODE=fuzz fuzz-targets
	$(Q)cd build/fuzz/fuzz && for name in $(FUZZ); do mkdir -p found/$$name ../../../tests/fuzz/corpus/$$name && \
	    echo "fuzzing $$name for $(FUZZ_SECONDS) s" && \
	    ./$$name -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
	        -artifact_prefix=$$name- found/$$name ../../../tests/fuzz/corpus/$$name || exit 1; done

.PHONY: bench bench-programs bench-validation
bench-programs: all $(BENCHES)
bench: ## how fast, how small, what bounds it; sizes: see tests/bench/run.sh
	$(Q)$(MAKE) MODE=release bench-programs
	$(Q)tests/bench/run.sh
bench-validation: ## r7 validate beside two other validators and beside bare reading; sizes: see tests/bench/validation.sh
	$(Q)$(MAKE) MODE=release bench-programs
	$(Q)$(MAKE) standalone
	$(Q)tests/bench/validation.sh

# What clang-tidy has found good is remembered until the file, or a header of it, changes.
TIDY      := $(patsubst %.c,$(BUILD)/tidy/%.good,$(wildcard libcommon/*/*.c services/*/*.c tests/*/*.c))
$(BUILD)/tidy/%.good: %.c $(BUILD)/obj/%.o .clang-tidy tests/lint/analyzer.h
	$(Q)mkdir -p $(@D)
	@echo "  TIDY $<"
	$(Q)clang-tidy-14 --quiet $< -- $(CPPFLAGS) $(if $(filter %/err.c,$<),,-include tests/lint/analyzer.h) -std=gnu17 \
	    -DFAULTS $(filter-out -Wlogical-op -Wduplicated-% -Wjump-misses-init,$(WARNINGS)) 2>/dev/null
	$(Q)touch $@

.PHONY: lint tidy
tidy: $(TIDY)

lint: ## layout, clang-tidy, cppcheck, shellcheck, what may include what, words
	$(Q)services/embedded/install.sh build test lint
	$(Q)$(MAKE) --no-print-directory -k -j $$(nproc) tidy
	$(Q)tests/lint/run

.PHONY: format
format: ## lay out every C file as .clang-format says
	$(Q)clang-format-14 -i $$(git ls-files '*.c' '*.h')

.PHONY: clean
clean: ## remove what was built
	$(Q)rm -rf build

.PHONY: help
help: ## this list
	$(Q)awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
