/* Signs and checks the cookies of the console's page. */
#include "web/session.h"

#include <openssl/hmac.h>

enum { MESSAGE_SIZE = 64, TIME_DIGITS = 12 };

static void sign(const char *key_id, int64_t ends, struct slice secret_sha256,
		 char ret_mac[SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	char message[MESSAGE_SIZE];
	int size = snprintf(message, sizeof(message), "session %s %lld", key_id, (long long)ends);

	if (HMAC(EVP_sha256(), secret_sha256.data, (int)secret_sha256.length,
		 (const unsigned char *)message, (size_t)size, mac, &length) == NULL)
		abort(); /* only without memory */
	for (unsigned i = 0; i < length; i++) {
		ret_mac[2 * i] = digits[mac[i] >> 4];
		ret_mac[2 * i + 1] = digits[mac[i] & 15];
	}
	ret_mac[2 * length] = '\0';
}

void session_print(const struct line_key *key, int64_t ends, char ret_text[SESSION_TEXT_SIZE])
{
	char mac[SHA256_HEX_SIZE];

	sign(key->id, ends, slice_of(key->sha256), mac);
	(void)snprintf(ret_text, SESSION_TEXT_SIZE, "%s.%lld.%s", key->id, (long long)ends, mac);
}

static bool read_value(struct slice value, struct session *ret_session)
{
	struct slice id, ends;
	uint64_t seconds;

	if (!slice_cut(&value, '.', &id) || !slice_cut(&value, '.', &ends) ||
	    id.length != LINE_KEY_ID || ends.length > TIME_DIGITS ||
	    !slice_to_u64(ends, &seconds) || value.length != SHA256_HEX_SIZE - 1)
		return false;
	memcpy(ret_session->key_id, id.data, id.length);
	ret_session->key_id[id.length] = '\0';
	ret_session->ends = (int64_t)seconds;
	memcpy(ret_session->mac, value.data, value.length);
	ret_session->mac[value.length] = '\0';
	return true;
}

/* RFC 6265, 4.2.1: "name=value; name=value". */
bool session_read(struct slice cookies, struct session *ret_session)
{
	struct slice pair, name;

	while (slice_cut(&cookies, ';', &pair)) {
		pair = slice_trim(pair);
		(void)slice_cut(&pair, '=', &name);
		if (slice_equal(name, S(SESSION_COOKIE)))
			return pair.data != NULL && read_value(pair, ret_session);
	}
	return false;
}

bool session_holds(const struct session *s, struct slice secret_sha256, int64_t now)
{
	char mac[SHA256_HEX_SIZE];

	sign(s->key_id, s->ends, secret_sha256, mac);
	return slice_equal_constant_time(slice_of(mac), slice_of(s->mac)) && now < s->ends;
}
