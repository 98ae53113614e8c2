# Builds, runs and tests Suyuan. `make help` lists what there is to do.
#
# VARIANT chooses the kind of build, each in a folder of its own:
#   release  what ships (default); programs in bin/
#   asan     AddressSanitizer and UBSan; programs in build/asan/bin/
#   probe    the release with addresses for tests; what does not see them is the release's own
#   cov      gcov counters; programs in build/cov/bin/
#   fuzz     clang for libFuzzer; used by `make fuzz`

SHELL   := /bin/bash
VARIANT ?= release
B       := build/$(VARIANT)
S       := $(if $(filter probe,$(VARIANT)),build/release,$(B))
BIN     := $(if $(filter release,$(VARIANT)),bin,$(B)/bin)
G       := build/gen
VERSION := 0.1.0

CC       = $(if $(filter fuzz,$(VARIANT)),clang,gcc)
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror
OPT_release = -O2 -g -D_FORTIFY_SOURCE=2
OPT_asan    = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT_fuzz    = -Wno-string-concatenation -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
OPT_cov     = -O0 -g --coverage
OPT      = $(OPT_$(VARIANT))
CFLAGS   = -std=c11 -D_GNU_SOURCE -DSUYUAN_VERSION='"$(VERSION)"' $(WARN) $(OPT) -fPIE -fstack-protector-strong \
           -include src/base/banned.h -Isrc -I$(G) -I/usr/include/postgresql -MMD -MP
LDFLAGS  = $(OPT) -pie -Wl,-z,relro,-z,now

# --- the house: a folder may use only what stands before it ------------------------------------
LAYERS = base model page label store web job cli

src_of  = $(sort $(wildcard src/$(1)/*.c)) $(GEN_$(1))
# What sees SUYUAN_PROBES is compiled for each build, the rest of a probe build is the release's.
PROBED  := $(shell grep -lE 'SUYUAN_PROBES|"web/routes.def"' src/web/*.c)
obj_dir = $(if $(filter $(1),$(PROBED)),$(B),$(S))
obj_of  = $(foreach c,$(call src_of,$(1)),$(call obj_dir,$(c))/obj/$(c:.c=.o))
lib_of  = $(if $(filter web,$(1)),$(B),$(S))/lib$(1).a
LIBS    = $(foreach l,$(LAYERS),$(call lib_of,$(l)))

# What each layer may link besides the layers before it.
EXT_base  =
EXT_model = -lcrypto
EXT_page  = -ljansson -lz -lbrotlienc
EXT_label = -lqrencode -lpng -lharfbuzz-subset -lharfbuzz -ldeflate -lz -lm -larchive -lfreetype
EXT_store = -lpq -ljansson -lcrypto
EXT_web   = -lsodium -lpcre2-8 -lmaxminddb -lz -lhiredis -lpq -lssl -lcrypto -lpthread -ldl -ljansson
EXT_job   = -lpq -ljansson -ljpeg -lpng -lwebp -lqpdf
EXT_cli   = -lpq -ljansson -lcrypto

# Vectors are arguments only of functions that are always inlined.
CFLAGS_label = -Wno-psabi -isystem /usr/include/freetype2

CLI_LAYERS = cli job store label page model base
CLI_EXT    = $(EXT_job) $(EXT_store) $(EXT_label) $(EXT_page) $(EXT_model)
WEB_LAYERS = web store label page model base
WEB_EXT    = $(EXT_web) $(EXT_store) $(EXT_page) $(EXT_model) -Wl,--as-needed $(EXT_label) -Wl,--no-as-needed

.PHONY: all help
all: $(BIN)/suyuan $(if $(wildcard src/suyuand.c),$(BIN)/suyuand)

help: ## this list
	@grep -hE '^[a-z0-9_-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z0-9_-]+):.*## /\1\t/' | expand -t 16

# --- generated sources: templates, texts, SQL ---------------------------------------------------
# Each generator is src/tool/NAME.c, with parts in src/tool/NAME/ if it is large, stands alone with libc
# and src/base, and is built for the machine that builds.
include mk/generate.mk

define compile
	@mkdir -p $(@D); rm -f $(@:.o=.d)
	@echo "  cc    $<"
	@$(CC) $(CFLAGS) $(CFLAGS_$(word 2,$(subst /, ,$*))) -c $< -o $@
endef
$(B)/obj/%.o: %.c | $(GENERATED)
	$(compile)
ifneq ($(S),$(B))
$(S)/obj/%.o: %.c | $(GENERATED)
	$(compile)
endif

$(LIBS):
	@echo "  ar    $@"
	@mkdir -p $(@D); rm -f $@; ar rcs $@ $^
$(foreach l,$(LAYERS),$(eval $(call lib_of,$(l)): $(call obj_of,$(l))))

include mk/kore.mk

$(BIN)/suyuan: $(B)/obj/src/suyuan.o $(foreach l,$(CLI_LAYERS),$(call lib_of,$(l)))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(CLI_EXT)

# --- the order of the house, checked by the linker ----------------------------------------------
# Every layer must link alone with the layers before it and its own libraries; a call to the right
# is an undefined reference.
NOT_job = web
NOT_cli = web
before = $(filter-out $(NOT_$(1)) $(shell echo '$(LAYERS)' | sed -E 's/.*\b($(1)\b.*)/\1/'),$(LAYERS))
rev    = $(if $(1),$(call rev,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
.PHONY: layers
layers: $(LIBS) $(KORE_LIB) $(B)/obj/src/tool/nothing.o ## the linker proves that no folder uses one to its right
	@set -e; $(foreach l,$(LAYERS),echo "layer $(l): uses only [$(call before,$(l))]"; \
	$(CC) $(OPT) -pie -o $(B)/layer_$(l) $(B)/obj/src/tool/nothing.o \
	  -Wl,--whole-archive $(call lib_of,$(l)) -Wl,--no-whole-archive \
	  $(foreach e,$(call rev,$(call before,$(l))),$(call lib_of,$(e))) $(if $(filter web,$(l)),$(KORE_LIB)) \
	  $(EXT_$(l)) $(foreach e,$(call before,$(l)),$(EXT_$(e)));)

# --- tests ---------------------------------------------------------------------------------------
# tests/unit/LAYER/test_NAME.c is one cmocka program, linked with its layer and those before it.
UNIT      = $(sort $(wildcard tests/unit/*/test_*.c))
UNIT_BIN  = $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT))
.SECONDARY: $(patsubst %.c,$(B)/obj/%.o,$(UNIT))
# A program each: gold links one in a quarter of the time.
UNIT_LD = -fuse-ld=gold
unit_layer = $(firstword $(subst /, ,$*))
.SECONDEXPANSION:
$(B)/unit/%: $(B)/obj/tests/unit/%.o $$(call lib_of,$$(unit_layer)) $$(foreach e,$$(call before,$$(unit_layer)),$$(call lib_of,$$(e))) $$(if $$(filter web,$$(unit_layer)),$$(KORE_LIB))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(UNIT_LD) -rdynamic -o $@ $< $(call lib_of,$(unit_layer)) $(foreach e,$(call rev,$(call before,$(unit_layer))),$(call lib_of,$(e))) \
	  $(if $(filter web,$(unit_layer)),$(KORE_LIB)) $(EXT_$(unit_layer)) $(foreach e,$(call before,$(unit_layer)),$(EXT_$(e))) -lcmocka -lbrotlidec

.PHONY: unit unit-build test test-quick
unit-build: $(UNIT_BIN)
unit: ## unit tests under the sanitizers
	@$(MAKE) --no-print-directory VARIANT=asan unit-build
	@tests/run unit
test: deps ## everything tested; last line "N passed, N failed"
	@tests/run all

# KINDS, LANGUAGES and WIDTHS stand in the program; needs npm's packages, as the browser tests do. Both say how far they are,
# end after SUYUAN_LOOKS_SECONDS (1500) and go on where they stopped when they are run again.
.PHONY: looks
looks: ## screenshots of every kind of public page, what is wrong with them, bytes and requests
	@test -d node_modules || npm ci --no-audit --no-fund
	@tests/browser/looks.py

.PHONY: console-looks
console-looks: all ## screenshots of every page of the console, in both languages, light and dark, narrow and wide
	@test -d node_modules || npm ci --no-audit --no-fund
	@cd tests && SUYUAN_LOOKS=all /usr/bin/python3 -m pytest -q -s browser/test_console_looks.py

include mk/instance.mk
include mk/fuzz.mk
include mk/explore.mk
include mk/kill.mk
include mk/fault.mk
include mk/man.mk
include mk/deb.mk
-include mk/bench.mk
-include mk/testssl.mk

.PHONY: shape format tidy-check
shape: ## how long the functions are
	@tests/shape src
format: ## clang-format on our own sources
	clang-format -i $$(git ls-files '*.c' '*.h')

-include $(shell find $(sort $(B) $(S)) -name '*.d' 2>/dev/null)
