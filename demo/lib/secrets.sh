# Passwords, made at random once and kept in secrets/, readable by the owner only.

SECRETS=(suyuan_owner suyuan_public suyuan_console suyuan_jobs redis)

secrets_make() {
	local name file
	for name in "${SECRETS[@]}"; do
		file=$VAR/secrets/$name
		[ -s "$file" ] || secrets_random >"$file"
	done
}

secrets_random() { openssl rand -hex 24; }

secret() { cat "$VAR/secrets/$1"; } # NAME
