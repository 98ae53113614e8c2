# Starts, finds and stops the instance's programs.
#
# Every program leads a session of its own. run/NAME.pid remembers "PID START BOOT": the process, the
# kernel's time of its start and the boot it belongs to, so that a number the kernel has since given
# to somebody else is never taken for ours.

PROGRAMS=(lookup console jobs redis postgres)

# Sets the fields of /proc/PID/stat that follow the command's name (which may hold blanks and
# brackets): [0] state, [3] session, [19] start time. Fails where there is no such process.
process_stat() { # PID
	local text
	mapfile -d '' -t text 2>/dev/null <"/proc/$1/stat" || return 1
	[ ${#text[@]} -gt 0 ] || return 1 # it ended while we looked
	read -ra stat <<<"${text[0]##*) }"
}

# A zombie is gone: only its parent has yet to notice.
process_alive() { # PID
	local stat
	process_stat "$1" && [[ ${stat[0]} != [ZX] ]]
}

process_start_time() { # PID
	local stat
	process_stat "$1" && echo "${stat[19]}"
}

# The living processes of a session, its leader included; always in a subshell. All at once and split by
# the shell: its `read` asks the kernel for each single byte, of every process there is.
session_members() { # SESSION
	local text line lines stat
	text=$(cat /proc/[0-9]*/stat 2>/dev/null) || true # some end while we look
	set -f
	IFS=$'\n'
	# shellcheck disable=SC2206 # a word a line, and then a field
	lines=($text)
	IFS=' '
	for line in "${lines[@]}"; do
		[[ $line == *" $1 "* ]] || continue
		# shellcheck disable=SC2206
		stat=(${line##*) })
		if [[ ${stat[3]} == "$1" && ${stat[0]} != [ZX] ]]; then
			echo "${line%% *}"
		fi
	done
}

session_ended() { [ -z "$(session_members "$1")" ]; }

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# Polls until the command succeeds or the time is over.
wait_until() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Runs a command in the background with standard input as given and output to log/NAME.log.
program_start() { # NAME COMMAND...
	local name=$1 pid
	shift
	setsid "$@" <&0 >>"$VAR/log/$name.log" 2>&1 {turn}>&- &
	pid=$!
	echo "$pid $(process_start_time "$pid") $(boot_id)" >"$VAR/run/$name.pid"
}

# The session of a program, whether or not its leader still lives; fails if it was never started, or
# the number now belongs to another process.
program_session() { # NAME
	local pid start boot stat
	read -r pid start boot 2>/dev/null <"$VAR/run/$1.pid" || return 1
	[ "$boot" = "$(boot_id)" ] || return 1
	if process_stat "$pid" && [ "${stat[19]}" != "$start" ]; then
		return 1
	fi
	echo "$pid"
}

# The process of a running program.
program_pid() { # NAME
	local pid
	pid=$(program_session "$1") && process_alive "$pid" && echo "$pid"
}

# Waits for a started program to answer; if it ends instead, says what it last wrote.
program_wait() { # NAME SECONDS COMMAND...
	local name=$1 seconds=$2
	shift 2
	if wait_until "$seconds" program_answers_or_ended "$name" "$@" && "$@"; then
		return 0
	fi
	say "$name did not start; the end of $VAR/log/$name.log:"
	tail -n 15 "$VAR/log/$name.log" >&2
	return 1
}

program_answers_or_ended() { # NAME COMMAND...
	local name=$1
	shift
	"$@" || ! program_pid "$name" >/dev/null
}

# Stops a program and everything it started: politely, then by force.
program_stop() { # NAME SIGNAL SECONDS
	local session
	if session=$(program_session "$1"); then
		kill -s "$2" "$session" 2>/dev/null || true
		if process_alive "$session"; then
			wait_until "$3" session_ended "$session" || true
		fi
		session_kill "$session"
	fi
	rm -f "$VAR/run/$1.pid"
}

# What is left of a session after its leader was asked to stop, or was killed by somebody else.
session_kill() { # SESSION
	local members
	members=$(session_members "$1")
	[ -n "$members" ] || return 0
	# shellcheck disable=SC2086 # one word a process
	kill -s KILL $members 2>/dev/null || true
	if ! wait_until 10 session_ended "$1"; then
		say "these processes do not end: ${members//$'\n'/ }"
		return 1
	fi
}
