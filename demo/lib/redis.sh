# The private Redis: a cache on a unix socket that keeps nothing on disk.

redis_up() {
	program_pid redis >/dev/null && return
	program_stop redis TERM 1 # what a killed server left
	redis_start
}

redis_down() { program_stop redis TERM 10; }

redis_start() {
	local as
	layout_as "$REDIS_USER"
	# The settings go in by standard input: the unprivileged user could not open the file.
	program_start redis "${as[@]}" /usr/bin/redis-server - 7<"$SOCKETS/redis" \
		< <(cat "$top/conf/redis.conf.in" && echo "requirepass $(secret redis)")
	program_wait redis 30 redis_answers
}

redis_answers() {
	[ "$(REDISCLI_AUTH=$(secret redis) redis-cli -s "$(layout_short_sockets)/redis/redis.sock" \
		ping 2>/dev/null)" = PONG ]
}

# A connection URL, through the socket folder as that program sees it.
redis_url() { # SOCKET-FOLDER
	echo "unix://:$(secret redis)@$1/redis/redis.sock"
}
