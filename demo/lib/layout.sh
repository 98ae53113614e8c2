# Where things are: the instance's folder, who owns what in it, and the users the programs run as.
#
#   demo.env suyuan.conf   addresses and passwords; settings of suyuan and suyuand
#   secrets/               passwords and the master key, made once
#   tls/                   private certificate authority and the servers' certificate
#   postgres/data          the database cluster
#   log/NAME.log           what each program writes
#   sample/                the sample brand's codes
#   run/NAME.pid           what runs
#   run/chroot             the web workers' root; sock/ in it holds the sockets they need
#
# Started by root, PostgreSQL, Redis and the web workers become Debian's own unprivileged users.
# These may not enter the checkout when only its owner may (/root is such a folder), so the servers
# never walk a path to their files: they get open folders and use /proc/self/fd/N.

layout_find() {
	VAR=${SUYUAN_VAR:-$top/var}
	VAR=$(realpath -m -- "$VAR")
	PORT_BASE=${SUYUAN_PORT_BASE:-18000}
	if [[ ! $PORT_BASE =~ ^[0-9]{4,5}$ || $PORT_BASE -lt 1024 || $PORT_BASE -gt 65000 ]]; then
		say "SUYUAN_PORT_BASE must be a number from 1024 to 65000, not \"$PORT_BASE\""
		return 1
	fi
	LOOKUP_PORT=$((PORT_BASE + 443))
	CONSOLE_PORT=$((PORT_BASE + 444))
	LOOKUP_ADMIN_PORT=$((PORT_BASE + 447))
	CONSOLE_ADMIN_PORT=$((PORT_BASE + 448))
	HOST=${SUYUAN_HOST:-localhost}
	if [[ ! $HOST =~ ^[A-Za-z0-9.:-]+$ ]]; then
		say "SUYUAN_HOST must be a host name or an address, not \"$HOST\""
		return 1
	fi
	POSTGRES_BIN=/usr/lib/postgresql/15/bin
	SOCKETS=$VAR/run/chroot/sock
	if [ "$(id -u)" = 0 ]; then
		POSTGRES_USER=postgres REDIS_USER=redis WEB_USER=www-data
	else
		POSTGRES_USER='' REDIS_USER='' WEB_USER=''
	fi
}

# A folder with its owner and mode, whatever it was before.
layout_folder() { # FOLDER MODE [OWNER:GROUP]
	mkdir -p "$1"
	[ -z "${3:-}" ] || [ "$(id -u)" != 0 ] || chown "$3" "$1"
	chmod "$2" "$1"
}

layout_make() {
	if [ -e "$VAR/run" ] && [ ! -O "$VAR/run" ]; then
		say "the instance in $VAR belongs to $(stat -c %U "$VAR/run"): be that user, or set SUYUAN_VAR"
		return 1
	fi
	# The folder itself may be the user's own: made when missing, never changed.
	[ -d "$VAR" ] || layout_folder "$VAR" 755
	layout_folder "$VAR/secrets" 700
	layout_folder "$VAR/tls" 700
	layout_folder "$VAR/log" 700
	layout_folder "$VAR/run" 755
	layout_folder "$VAR/run/chroot" 755
	layout_folder "$SOCKETS" 755
	layout_folder "$SOCKETS/pg" 755 "$POSTGRES_USER:"
	# Who may enter this folder may use the cache: the web workers do.
	layout_folder "$SOCKETS/redis" 750 "$REDIS_USER:$WEB_USER"
	layout_folder "$VAR/postgres" 700 "$POSTGRES_USER:"
}

# Runs a command as an unprivileged user when we are root, with a clean environment and /
# as current folder, which every user may enter. "" as the user: ourselves.
# Fills the array `as` for use before a command: "${as[@]}" COMMAND.
layout_as() { # USER
	as=(env -i --chdir=/ LC_ALL=C.UTF-8 PATH=/usr/bin:/bin)
	[ -z "$1" ] || as=(setpriv --reuid="$1" --regid="$1" --clear-groups "${as[@]}")
}

# Unix socket addresses hold 107 bytes. Below a deeper folder clients go through a symbolic link
# in a private folder of /tmp, remembered in run/short and removed by `down`.
layout_short_sockets() {
	local LC_ALL=C longest="$SOCKETS/redis/.s.PGSQL.5432.lock"
	if [ "${#longest}" -le 107 ]; then
		echo "$SOCKETS"
		return
	fi
	if [ ! "$(cat "$VAR/run/short" 2>/dev/null)/sock" -ef "$SOCKETS" ]; then
		mktemp -d /tmp/suyuan-XXXXXX >"$VAR/run/short"
		ln -s "$SOCKETS" "$(cat "$VAR/run/short")/sock"
	fi
	echo "$(cat "$VAR/run/short")/sock"
}

layout_drop_short_path() {
	local short
	short=$(cat "$VAR/run/short" 2>/dev/null) || return 0
	rm -f "$short/sock" "$VAR/run/short"
	rmdir "$short" 2>/dev/null || true
}

# A path as it stands in a connection URL.
layout_url_path() { # PATH
	local LC_ALL=C text=$1 i c
	for ((i = 0; i < ${#text}; i++)); do
		c=${text:i:1}
		case $c in
		[A-Za-z0-9._~-]) printf %s "$c" ;;
		*) printf '%%%02X' "'$c" ;;
		esac
	done
}

# Removes what an instance makes, and the folder itself if nothing else is in it: SUYUAN_VAR may
# name a folder that holds other things.
layout_remove() {
	rm -rf "$VAR"/{secrets,tls,log,run,sample,postgres,demo.env,suyuan.conf}
	rmdir --ignore-fail-on-non-empty "$VAR"
}
