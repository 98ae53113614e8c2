# Measuring beside nginx: tests/bench/run starts an instance of its own and prints the tables, also
# into build/bench/result.md.
#
#   BENCH_SECONDS   seconds of one measurement (default 4)
#   BENCH_ROUNDS    how often the sides take turns (default 5)
BENCH_PROGRAMS = $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
BENCH_LIBS     = $(foreach l,$(filter-out cli,$(CLI_LAYERS)),$(call lib_of,$(l)))
.SECONDARY: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/bench/*.c))

$(B)/bench/%: $(B)/obj/tests/bench/%.o $(BENCH_LIBS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(CLI_EXT) -lssl $(BENCH_EXT)
# The peer beside whom a program measures us.
$(B)/bench/pdf: BENCH_EXT = -lhpdf

# A second make, because what was installed decides what there is to build.
.PHONY: bench bench-build
bench-build: $(BENCH_PROGRAMS)
bench: ## requests per second and CPU per request, beside nginx
	@mk/deps build run measure
	@$(MAKE) --no-print-directory VARIANT=release all bench-build
	@tests/bench/run

.PHONY: bench-console
bench-console: all ## how quickly the console answers a brand with 1,000,000 items and 100,000 lots
	@tests/bench/console.py

.PHONY: bench-publish
bench-publish: all ## how soon a published change is public: 1,000 of them, on the instance that runs (make up)
	@tests/bench/publish.py
