# Fuzzing of the Digital Link parser under clang's libFuzzer, ASan and UBSan.
FUZZ_SECONDS ?= 60
FUZZ_CC      ?= clang
FUZZ_LINK_CFLAGS = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -g -fno-omit-frame-pointer \
                -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
                -include src/base/banned.h -Isrc
FUZZ_LINK_SRC    = tests/fuzz/fuzz_link.c src/model/digital_link.c $(wildcard src/model/gs1*.c) \
                src/base/buf.c src/base/slice.c

build/fuzz/fuzz_link: $(FUZZ_LINK_SRC) $(wildcard src/model/*.h src/model/*.def)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_LINK_CFLAGS) $(FUZZ_LINK_SRC) -o $@

.PHONY: fuzz-link
fuzz-link: build/fuzz/fuzz_link ## fuzz the Digital Link parser for FUZZ_SECONDS (60)
	@mkdir -p build/fuzz/link
	cd build/fuzz && ./fuzz_link -dict=$(CURDIR)/tests/fuzz/link.dict -max_len=2100 -timeout=5 \
	  -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 link
