# Fuzzing: every tests/fuzz/fuzz_NAME.c is a libFuzzer program under ASan and UBSan, linked with all
# layers but the servers. `make fuzz` runs each for FUZZ_SECONDS; what it finds stops the run and stays
# in build/fuzz/found/. Seeds, if any, stand in tests/fuzz/seeds/NAME/.
FUZZ_SECONDS ?= 60
FUZZERS       = $(sort $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_LIBS     = $(foreach l,$(filter-out cli,$(CLI_LAYERS)),$(call lib_of,$(l)))

build/fuzz/bin/fuzz_%: build/fuzz/obj/tests/fuzz/fuzz_%.o $(FUZZ_LIBS)
	@mkdir -p $(@D)
	$(CC) -g -fsanitize=fuzzer,address,undefined -o $@ $< $(FUZZ_LIBS) $(CLI_EXT)

# `make test` does not run them, but sees that they still compile.
unit-build: $(FUZZERS:%=$(B)/obj/tests/fuzz/fuzz_%.o)

.PHONY: fuzz fuzz-build $(FUZZERS:%=fuzz-%)
fuzz-build: $(FUZZERS:%=build/fuzz/bin/fuzz_%)
fuzz: ## every fuzzer for FUZZ_SECONDS (60) each
	@set -e; for f in $(FUZZERS); do $(MAKE) --no-print-directory fuzz-$$f; done; echo "fuzz: no finding"
$(FUZZERS:%=fuzz-%): fuzz-%:
	@$(MAKE) --no-print-directory VARIANT=fuzz build/fuzz/bin/fuzz_$*
	@mkdir -p build/fuzz/corpus/$* build/fuzz/found
	build/fuzz/bin/fuzz_$* -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
	  -print_final_stats=1 -verbosity=0 -artifact_prefix=build/fuzz/found/$*- build/fuzz/corpus/$* $(wildcard tests/fuzz/seeds/$*)
