# The instance's own certificate authority and the servers' certificate (ECDSA P-256).

TLS_DAYS=397 # the longest that browsers accept

tls_make() {
	[ -s "$VAR/tls/ca.crt" ] || tls_make_authority
	tls_still_good || tls_make_server
}

tls_make_authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 \
		-subj "/CN=Suyuan private authority" -addext keyUsage=critical,keyCertSign,cRLSign \
		-addext basicConstraints=critical,CA:TRUE,pathlen:0 \
		-keyout "$VAR/tls/ca.key" -out "$VAR/tls/ca.crt" 2>>"$VAR/log/tls.log"
	rm -f "$VAR/tls/server.crt"
}

# Valid for another week and made for the name in use.
tls_still_good() {
	local crt=$VAR/tls/server.crt check=-checkhost
	! tls_host_is_address || check=-checkip
	[ -s "$crt" ] && openssl x509 -in "$crt" -noout -checkend 604800 >/dev/null &&
		openssl x509 -in "$crt" -noout "$check" "$HOST" | grep -q 'does match'
}

tls_host_is_address() { [[ $HOST =~ ^[0-9.]+$ || $HOST == *:* ]]; }

tls_alternative_names() {
	local names=DNS:localhost,IP:127.0.0.1,IP:::1
	if tls_host_is_address; then
		names+=,IP:$HOST
	elif [ "$HOST" != localhost ]; then
		names+=,DNS:$HOST
	fi
	echo "$names"
}

tls_make_server() {
	local folder=$VAR/tls
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-subj "/CN=$HOST" -keyout "$folder/server.key" -out "$folder/server.csr" \
		2>>"$VAR/log/tls.log"
	openssl x509 -req -in "$folder/server.csr" -days "$TLS_DAYS" \
		-CA "$folder/ca.crt" -CAkey "$folder/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
		-extfile <(
			echo "subjectAltName=$(tls_alternative_names)"
			echo "basicConstraints=critical,CA:FALSE"
			echo "keyUsage=critical,digitalSignature"
			echo "extendedKeyUsage=serverAuth"
			echo "subjectKeyIdentifier=hash"
			echo "authorityKeyIdentifier=keyid"
		) -out "$folder/server.crt" 2>>"$VAR/log/tls.log"
	rm -f "$folder/server.csr"
}
