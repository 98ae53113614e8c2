# Writes what the programs and scripts read: suyuan.conf and demo.env.

# The socket folder as the web workers see it: inside their chroot when root starts them.
settings_web_sockets() {
	if [ -n "$WEB_USER" ]; then
		echo /sock
	else
		layout_short_sockets
	fi
}

# Where customers' pages are; an IPv6 address stands in brackets (RFC 3986, 3.2.2).
settings_link_stem() {
	if [[ $HOST == *:* ]]; then
		echo "https://[$HOST]:$LOOKUP_PORT"
	else
		echo "https://$HOST:$LOOKUP_PORT"
	fi
}

# Customers' pages answer other machines only when they were given a name for this one.
settings_lookup_address() {
	case $HOST in
	localhost | 127.*) echo 127.0.0.1 ;;
	*:*) echo "$HOST" ;;
	*) echo 0.0.0.0 ;;
	esac
}

# Puts standard input in place of a file, unless that says the same already: its time tells the
# servers' starters whether they read the newest.
settings_replace() { # FILE
	cat >"$1.new"
	if cmp --silent "$1.new" "$1"; then
		rm "$1.new"
	else
		mv "$1.new" "$1"
	fi
}

settings_write() {
	local web
	web=$(settings_web_sockets)
	settings_replace "$VAR/suyuan.conf" <<-END
	# Settings of the instance in this folder; demo/instance writes them at every start.
	# \`suyuan config\` explains each.
	database_url = $(postgres_url suyuan_owner "$(layout_short_sockets)")
	jobs_database_url = $(postgres_url suyuan_jobs "$(layout_short_sockets)")
	public_database_url = $(postgres_url suyuan_public "$web")
	console_database_url = $(postgres_url suyuan_console "$web")
	redis_url = $(redis_url "$web")
	link_stem = $(settings_link_stem)
	master_key_file = $VAR/secrets/master.key
	lookup_address = $(settings_lookup_address)
	lookup_port = $LOOKUP_PORT
	console_port = $CONSOLE_PORT
	console_url = https://localhost:$CONSOLE_PORT
	lookup_admin_port = $LOOKUP_ADMIN_PORT
	console_admin_port = $CONSOLE_ADMIN_PORT
	tls_certificate = $VAR/tls/server.crt
	tls_key = $VAR/tls/server.key
	run_folder = $VAR/run
	run_as = $WEB_USER
	END
}

# Lines "KEY=value", quoted where a shell needs it.
env_write() {
	{
		env_line SUYUAN_LOOKUP_URL "$(settings_link_stem)"
		env_line SUYUAN_CONSOLE_URL "https://localhost:$CONSOLE_PORT"
		env_line SUYUAN_LOOKUP_ADMIN_URL "http://127.0.0.1:$LOOKUP_ADMIN_PORT"
		env_line SUYUAN_CONSOLE_ADMIN_URL "http://127.0.0.1:$CONSOLE_ADMIN_PORT"
		env_line SUYUAN_CA "$VAR/tls/ca.crt"
		env_line SUYUAN_SAMPLE_URI "$(servers_sample_uri)"
		env_line SUYUAN_LINE_KEY "$(cat "$VAR/sample/line_key" 2>/dev/null)"
		env_line SUYUAN_CONSOLE_USER "$([ ! -s "$VAR/secrets/console_password" ] || echo "$CONSOLE_USER")"
		env_line SUYUAN_CONSOLE_PASSWORD "$(cat "$VAR/secrets/console_password" 2>/dev/null)"
		env_line DATABASE_URL "$(postgres_url suyuan_owner "$(layout_short_sockets)")"
		env_line PUBLIC_DATABASE_URL "$(postgres_url suyuan_public "$(layout_short_sockets)")"
		env_line REDIS_URL "$(redis_url "$(layout_short_sockets)")"
	} | settings_replace "$VAR/demo.env"
}

env_line() { # KEY VALUE
	if [ -z "$2" ]; then
		echo "$1="
	else
		printf '%s=%q\n' "$1" "$2"
	fi
}
