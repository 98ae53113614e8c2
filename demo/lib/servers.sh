# Suyuan's own programs: the schema, the sample brand, `suyuand lookup`, `suyuand console` and
# `suyuan jobs`.

SERVERS=(lookup console)

servers_port() { # NAME
	case $1 in
	lookup) echo "$LOOKUP_PORT" ;;
	console) echo "$CONSOLE_PORT" ;;
	esac
}

servers_admin_port() { # NAME
	case $1 in
	lookup) echo "$LOOKUP_ADMIN_PORT" ;;
	console) echo "$CONSOLE_ADMIN_PORT" ;;
	esac
}

servers_check_ports() {
	local name port
	for name in "${SERVERS[@]}"; do
		program_pid "$name" >/dev/null && continue
		for port in "$(servers_port "$name")" "$(servers_admin_port "$name")"; do
			if [ -n "$(ss -Hltn "sport = :$port")" ]; then
				say "port $port is in use by another program: set SUYUAN_PORT_BASE (now $PORT_BASE)"
				return 1
			fi
		done
	done
}

servers_check_build() {
	local program
	for program in suyuan suyuand; do
		if [ ! -x "$top/bin/$program" ]; then
			say "bin/$program is not built: run 'make'"
			return 1
		fi
	done
}

suyuan() { SUYUAN_CONFIG=$VAR/suyuan.conf "$top/bin/suyuan" "$@"; }

servers_up() {
	local name
	suyuan migrate
	suyuan demo
	env_write
	for name in "${SERVERS[@]}"; do
		servers_current "$name" || servers_start "$name"
	done
	jobs_current || jobs_start
	users_make
	env_write
}

# The sample brand is at home in Zhejiang.
brand_clock() {
	"$POSTGRES_BIN/psql" --no-psqlrc --quiet "$(postgres_url suyuan_owner "$(layout_short_sockets)")" \
		--command="UPDATE trace.brand SET time_zone = 'Asia/Shanghai' WHERE slug = 'qingping'"
}

# The sample brand's people: `demo`, whose password scripts find in demo.env, made at random here and now;
# and `admin`, who sets one by the link that `welcome` prints.
CONSOLE_USER=demo
users_make() {
	local link
	if [ ! -s "$VAR/secrets/console_password" ] || [ ! -e "$VAR/sample/user" ]; then
		link=$(users_link "$CONSOLE_USER")
		secrets_random >"$VAR/secrets/console_password"
		users_set_password "$link" <"$VAR/secrets/console_password"
		brand_clock
		touch "$VAR/sample/user"
	fi
}

# A link for an admin of that name, who is made where there is none.
users_link() { # NAME
	suyuan user add "$1" --brand qingping --role admin 2>/dev/null || suyuan user link "$1"
}

# Takes the link as a browser would; the password comes on standard input.
users_set_password() { # LINK
	local password
	read -r password
	# By a builtin and a pipe: no secret in a list of processes.
	printf 'link=%s&password=%s&again=%s' "${1##*/}" "$password" "$password" | curl --silent --fail --max-time 20 --output /dev/null --cacert "$VAR/tls/ca.crt" \
		--header 'Sec-Fetch-Site: same-origin' --data @- "https://localhost:$CONSOLE_PORT/welcome"
}

# Whether a server runs with the newest program, settings and certificate.
servers_current() { # NAME
	local since=$VAR/run/$1.pid
	program_pid "$1" >/dev/null && [ "$since" -nt "$top/bin/suyuand" ] &&
		[ "$since" -nt "$VAR/suyuan.conf" ] && [ "$since" -nt "$VAR/tls/server.crt" ]
}

servers_start() { # NAME
	program_stop "$1" TERM 20
	SUYUAN_CONFIG=$VAR/suyuan.conf program_start "$1" "$top/bin/suyuand" "$1" </dev/null
	program_wait "$1" 60 servers_answer "$1"
}

servers_answer() { # NAME
	local page=https://localhost:$(servers_port "$1")/assets/icon.svg
	curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$(servers_admin_port "$1")/readyz" &&
		curl --silent --fail --max-time 2 --output /dev/null --cacert "$VAR/tls/ca.crt" "$page"
}

# The program of long work: any number of these may run, here one does. It answers to nobody, so
# whether it works is what its log says.
jobs_current() {
	local since=$VAR/run/jobs.pid
	program_pid jobs >/dev/null && [ "$since" -nt "$top/bin/suyuan" ] && [ "$since" -nt "$VAR/suyuan.conf" ]
}

jobs_start() {
	program_stop jobs TERM 5
	SUYUAN_CONFIG=$VAR/suyuan.conf program_start jobs "$top/bin/suyuan" jobs </dev/null
	program_wait jobs 20 jobs_listen
}

# Workers wait for notices of the database under this name.
jobs_listen() {
	[ "$(postgres_psql suyuan --tuples-only --no-align <<<"SELECT count(*) > 0 FROM pg_stat_activity
		WHERE application_name = 'suyuan jobs'")" = t ]
}

servers_down() {
	local name
	program_stop jobs TERM 5
	for name in "${SERVERS[@]}"; do program_stop "$name" TERM 20; done
}

# What a person wants to see after `up`.
welcome() {
	local uri
	uri=$(servers_sample_uri)
	cat <<-END

	A sample item's page, and the code printed on it:

	    $uri

	END
	suyuan labels --format terminal "$uri"
	cat <<-END

	Console          https://localhost:$CONSOLE_PORT
	                 this link lets you in once, as "admin", within 24 hours:
	                 $(users_link admin)
	                 scripts sign in as SUYUAN_CONSOLE_USER, lines with SUYUAN_LINE_KEY
	Addresses, keys  $VAR/demo.env
	Your browser will not know the private authority that signed the certificate:
	accept the warning, or import $VAR/tls/ca.crt
	END
}

servers_sample_uri() { cat "$VAR/sample/uri" 2>/dev/null || true; }
