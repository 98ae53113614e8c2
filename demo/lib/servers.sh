# Suyuan's own programs: the schema, the sample brand, `suyuand lookup` and `suyuand console`.

servers_check_ports() {
	servers_check_port lookup "$LOOKUP_PORT"
	servers_check_port console "$CONSOLE_PORT"
}

servers_check_port() { # NAME PORT
	if program_pid "$1" >/dev/null || [ -z "$(ss -Hltn "sport = :$2")" ]; then
		return 0
	fi
	say "port $2 is in use by another program: set SUYUAN_PORT_BASE (now $PORT_BASE) to another number"
	return 1
}

servers_up() { :; }

servers_down() {
	program_stop lookup TERM 20
	program_stop console TERM 20
}

welcome() { :; }
