# Kore, compiled from the Debian package's own source, and `suyuand` linked with it.
#
# Why from source: the packaged /usr/bin/kore cannot do TLS with Debian's OpenSSL, and one Makefile
# gives release, sanitizer and coverage builds of everything that runs. Kore's files are used as
# they are; the few names that must mean something else are renamed by src/web/kore/hooks.h.

KORE_SOURCE   = /usr/share/kore
KORE_FEATURES := $(shell cat $(KORE_SOURCE)/features 2>/dev/null)
KORE_FILES    = kore buf config connection domain filemap fileref json msg module net runtime timer \
                utils worker keymgr auth accesslog http validator websocket pgsql tasks linux seccomp
# The release with the addresses of src/web/probe.c, for tests: VARIANT=probe.
OPT_probe     = $(OPT_release)
PROBES        = $(if $(filter asan cov,$(VARIANT)),-DSUYUAN_PROBES)
build/probe/obj/%: PROBES = -DSUYUAN_PROBES

# Kore's own allocator hides every error from the sanitizers; stand-ins on malloc take its place.
KORE_MEMORY_release = $(KORE_SOURCE)/src/mem.c $(KORE_SOURCE)/src/pool.c
KORE_MEMORY_cov     = $(KORE_MEMORY_release)
KORE_MEMORY_probe   = $(KORE_MEMORY_release)
KORE_MEMORY_asan    = src/web/kore/memory.c
KORE_MEMORY_fuzz    = $(KORE_MEMORY_asan)
# A forbidden system call must end the process, not one thread of it. The sanitizers and the
# coverage counters make calls of their own at exit: there the filter only allows.
KORE_POLICY_release = SECCOMP_RET_KILL_PROCESS
KORE_POLICY_probe   = SECCOMP_RET_KILL_PROCESS
KORE_POLICY_cov     = SECCOMP_RET_ALLOW
KORE_POLICY_asan    = SECCOMP_RET_ALLOW
KORE_POLICY_fuzz    = SECCOMP_RET_ALLOW

# struct http_request changes its shape with the features: they must be on every line.
CFLAGS_web = $(KORE_FEATURES) -isystem $(KORE_SOURCE)/include $(PROBES)
CFLAGS_kore = -std=gnu99 -D_GNU_SOURCE -w $(OPT) -fPIE -fstack-protector-strong $(KORE_FEATURES) \
              -DPREFIX='"/usr"' -DPGSQL_INCLUDE_PATH='"/usr/include/postgresql"' \
              -DSECCOMP_KILL_POLICY=$(KORE_POLICY_$(VARIANT)) -I$(KORE_SOURCE)/include/kore -I$(S)/kore -MMD -MP

KORE_LIB  = $(S)/libkore.a
KORE_OBJ  = $(KORE_FILES:%=$(S)/kore/%.o) $(S)/kore/version.o $(S)/obj/src/web/kore/hooks.o \
            $(patsubst %,$(S)/kore/%.o,$(notdir $(basename $(KORE_MEMORY_$(VARIANT)))))

$(S)/kore/platform.h:
	@mkdir -p $(@D)
	@cd $(KORE_SOURCE) && TARGET_PLATFORM= misc/linux-platform.sh > $(abspath $@)
$(S)/kore/version.c:
	@mkdir -p $(@D)
	@echo 'const char *kore_version = "'$$(sed -n 1p $(KORE_SOURCE)/RELEASE)'";' > $@
$(S)/kore/version.o: $(S)/kore/version.c
	@$(CC) $(CFLAGS_kore) -c $< -o $@
$(S)/kore/%.o: $(KORE_SOURCE)/src/%.c src/web/kore/hooks.h $(S)/kore/platform.h
	@echo "  cc    $<"
	@$(CC) $(CFLAGS_kore) -DKORE_FILES -DKORE_FILE_$* -include src/web/kore/hooks.h -c $< -o $@
$(S)/kore/memory.o: src/web/kore/memory.c
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_kore) -Wall -Wextra -c $< -o $@

$(KORE_LIB): $(KORE_OBJ)
	@echo "  ar    $@"
	@rm -f $@; ar rcs $@ $^

# -rdynamic: Kore finds its hooks (kore_parent_configure, …) with dlsym on the program itself.
$(BIN)/suyuand: $(S)/obj/src/suyuand.o $(foreach l,$(WEB_LAYERS),$(call lib_of,$(l))) $(KORE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(WEB_EXT)

# The whole way of a connection, without a socket (see tests/fuzz/fuzz_http.c); the other fuzzers
# do without the servers.
CFLAGS_fuzz = $(KORE_FEATURES) -isystem $(KORE_SOURCE)/include
build/fuzz/bin/fuzz_http: build/fuzz/obj/tests/fuzz/fuzz_http.o $(foreach l,$(WEB_LAYERS),$(call lib_of,$(l))) $(KORE_LIB)
	@mkdir -p $(@D)
	$(CC) -g -fsanitize=fuzzer,address,undefined -rdynamic -o $@ $^ $(WEB_EXT)
