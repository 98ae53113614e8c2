# Faults in full measure: tests/fault/faults.py. `make test` does all of it with smaller numbers; these
# judge the goals, print them beside what was measured, and write build/fault/faults.json.
#
#   FAULTS   which ones (default all; `tests/fault/faults.py --list`)
FAULT_PROGRAMS = $(patsubst tests/fault/%.c,$(B)/fault/%,$(wildcard tests/fault/*.c))
.SECONDARY: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/fault/*.c))

$(B)/fault/%: $(B)/obj/tests/fault/%.o $(call lib_of,base)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lssl -lcrypto

.PHONY: fault-programs faults fault-redis fault-deploys fault-slow fault-overload
fault-programs: $(FAULT_PROGRAMS)
faults: all fault-programs ## every fault in full measure: goals beside what was measured
	@tests/fault/faults.py $(FAULTS)
fault-redis: all fault-programs ## 100,000 lookups with a Redis that lies in 200 ways
	@tests/fault/faults.py redis
fault-deploys: all fault-programs ## 5 deploys under load: no request may fail
	@tests/fault/faults.py deploys
fault-slow: all fault-programs ## 2,000 slow connections from many addresses
	@tests/fault/faults.py slow
fault-overload: all fault-programs ## five times the load that can be served
	@tests/fault/faults.py overload
