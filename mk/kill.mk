# Kills and crashes under load, longer than `make test` does: tests/fault/killing.py. Each ends with the
# figures: what was killed, asked and compared, and how much was lost, double, half or unrecorded.
#
#   KILL_SECONDS  the most seconds of `make kill-10k` (default 7200)
KILL_SECONDS ?= 7200

.PHONY: kill-500 crash-60 kill-10k
kill-500: all ## 500 random kills of clients, servers and PostgreSQL's processes: nothing may be lost
	@tests/fault/killing.py --kills 500
crash-60: all ## 60 crashes of PostgreSQL under load: nothing may be lost
	@tests/fault/killing.py --crashes 60
kill-10k: all ## 10,000 random kills, or as many as KILL_SECONDS (7200) allow
	@tests/fault/killing.py --kills 10000 --seconds $(KILL_SECONDS)
