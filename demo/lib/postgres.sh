# The private PostgreSQL: a cluster with checksums that listens on a unix socket only.
#
# The account that owns the instance is superuser by its unix identity, without a password; the roles
# of the programs have passwords (SCRAM).

POSTGRES_ROLES=(suyuan_owner suyuan_public suyuan_console suyuan_jobs)

postgres_up() {
	if program_pid postgres >/dev/null; then
		postgres_make_database
		return
	fi
	postgres_down # what a killed server left
	[ -s "$VAR/postgres/data/PG_VERSION" ] || postgres_make_cluster
	postgres_configure
	postgres_forget_crash
	postgres_start
	postgres_make_database
}

postgres_down() {
	program_stop postgres INT 30
	postgres_end_orphans
}

# Server processes whose parent was killed: each leads a session of its own and may be busy, but all
# have the cluster as current folder. Asked as the user they run as, who alone may always see that
# (and may not see other users', which find reports as failures).
postgres_processes() {
	local as
	layout_as "$POSTGRES_USER"
	{ "${as[@]}" find -L /proc/[0-9]*/cwd -maxdepth 0 -samefile /proc/self/fd/8 \
		8<"$VAR/postgres/data" 2>/dev/null || true; } | cut -d/ -f3
}

postgres_ended() { [ -z "$(postgres_processes)" ]; }

postgres_end_orphans() {
	local orphans
	[ -d "$VAR/postgres/data" ] || return 0
	orphans=$(postgres_processes)
	[ -n "$orphans" ] || return 0
	# shellcheck disable=SC2086 # one word a process
	kill -s KILL $orphans 2>/dev/null || true
	wait_until 10 postgres_ended
}

# A cluster is made beside its place and moved there whole, so that a run that was cut off leaves
# nothing half made.
postgres_make_cluster() {
	local as
	rm -rf "$VAR/postgres/data" "$VAR/postgres/new"
	layout_as "$POSTGRES_USER"
	"${as[@]}" "$POSTGRES_BIN/initdb" --pgdata=/proc/self/fd/8/new --data-checksums \
		--encoding=UTF8 --locale=C.UTF-8 --username=postgres --auth=peer \
		8<"$VAR/postgres" >>"$VAR/log/postgres.log" 2>&1 {turn}>&- || {
		say "no database cluster could be made; the end of $VAR/log/postgres.log:"
		tail -n 5 "$VAR/log/postgres.log" >&2
		return 1
	}
	mv "$VAR/postgres/new" "$VAR/postgres/data"
}

# The configuration is ours and written at every start; the server may read it only.
postgres_configure() {
	local data=$VAR/postgres/data
	postgres_install "$top/conf/postgresql.conf.in" "$data/postgresql.conf"
	postgres_install "$top/conf/pg_hba.conf.in" "$data/pg_hba.conf"
	postgres_install <(sed "s/@OWNER@/$(id -un)/" "$top/conf/pg_ident.conf.in") "$data/pg_ident.conf"
}

postgres_install() { # FROM TO
	cat "$1" >"$2.new"
	[ -z "$POSTGRES_USER" ] || chown "$POSTGRES_USER:" "$2.new"
	mv "$2.new" "$2"
}

# PostgreSQL refuses to start when the process number in a lock file that a crash left is in use
# again. Nothing of ours runs here any more, so an absent process may stand for it. The rest of
# postmaster.pid stays: it lets PostgreSQL find shared memory still in use.
postgres_forget_crash() {
	local file=$VAR/postgres/data/postmaster.pid absent
	rm -f "$SOCKETS"/pg/.s.PGSQL.5432{,.lock}
	[ -s "$file" ] || return 0
	true &
	absent=$!
	wait "$absent"
	sed -i "1s/.*/$absent/" "$file"
	[ -z "$POSTGRES_USER" ] || chown "$POSTGRES_USER:" "$file"
}

postgres_start() {
	local as
	layout_as "$POSTGRES_USER"
	program_start postgres "${as[@]}" "$POSTGRES_BIN/postgres" -D /proc/self/fd/8 \
		-c unix_socket_directories=/proc/self/fd/7 \
		8<"$VAR/postgres/data" 7<"$SOCKETS/pg" </dev/null
	program_wait postgres 60 postgres_answers
}

postgres_answers() {
	"$POSTGRES_BIN/pg_isready" --quiet --host="$(layout_short_sockets)/pg" \
		--username=postgres --dbname=postgres
}

# psql as the superuser, on the database named.
postgres_psql() { # DATABASE [OPTION...]
	PGHOST=$(layout_short_sockets)/pg PGOPTIONS='' "$POSTGRES_BIN/psql" --no-psqlrc --quiet \
		--set=ON_ERROR_STOP=1 --username=postgres --dbname="$@"
}

postgres_role_sql() { # ROLE
	cat <<-END
	SELECT 'CREATE ROLE $1' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$1') \\gexec
	ALTER ROLE $1 LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '$(secret "$1")';
	END
}

# The roles and the empty database; tables and grants are the migrations' affair, but only a superuser
# can take from every role what PostgreSQL gives it: storing large objects.
postgres_make_database() {
	local role
	{
		for role in "${POSTGRES_ROLES[@]}"; do postgres_role_sql "$role"; done
		cat <<-'END'
		SELECT 'CREATE DATABASE suyuan OWNER suyuan_owner'
		 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'suyuan') \gexec
		REVOKE ALL ON DATABASE suyuan, postgres, template1 FROM PUBLIC;
		GRANT CONNECT ON DATABASE suyuan TO suyuan_public, suyuan_console, suyuan_jobs;
		\connect suyuan
		REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea),
			lo_import(text), lo_import(text, oid) FROM PUBLIC;
		END
	} | postgres_psql postgres
}

# A connection URL for a role, through the socket folder as that program sees it.
postgres_url() { # ROLE SOCKET-FOLDER
	echo "postgresql://$1:$(secret "$1")@$(layout_url_path "$2/pg")/suyuan"
}
