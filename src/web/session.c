/* Signs and checks the cookies of the console's page. */
#include "web/session.h"

#include <openssl/hmac.h>

enum { MESSAGE_SIZE = 64, TIME_DIGITS = 12 };

static void sign(struct slice secret_sha256, struct slice message, char ret_mac[SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (HMAC(EVP_sha256(), secret_sha256.data, (int)secret_sha256.length,
		 (const unsigned char *)message.data, message.length, mac, &length) == NULL)
		abort(); /* only without memory */
	for (unsigned i = 0; i < length; i++) {
		ret_mac[2 * i] = digits[mac[i] >> 4];
		ret_mac[2 * i + 1] = digits[mac[i] & 15];
	}
	ret_mac[2 * length] = '\0';
}

static void sign_session(const char *key_id, int64_t ends, struct slice secret_sha256,
			 char ret_mac[SHA256_HEX_SIZE])
{
	char message[MESSAGE_SIZE];

	(void)snprintf(message, sizeof(message), "session %s %lld", key_id, (long long)ends);
	sign(secret_sha256, slice_of(message), ret_mac);
}

void session_form_token(struct slice secret_sha256, char ret_token[SHA256_HEX_SIZE])
{
	sign(secret_sha256, S("form"), ret_token);
}

void session_print(const struct access_key *key, int64_t ends, char ret_text[SESSION_TEXT_SIZE])
{
	char mac[SHA256_HEX_SIZE];

	sign_session(key->id, ends, slice_of(key->sha256), mac);
	(void)snprintf(ret_text, SESSION_TEXT_SIZE, "%s.%lld.%s", key->id, (long long)ends, mac);
}

static bool read_value(struct slice value, struct session *ret_session)
{
	struct slice id, ends;
	uint64_t seconds;

	if (!slice_cut(&value, '.', &id) || !slice_cut(&value, '.', &ends) ||
	    id.length != ACCESS_KEY_ID || ends.length > TIME_DIGITS ||
	    !slice_to_u64(ends, &seconds) || value.length != SHA256_HEX_SIZE - 1)
		return false;
	memcpy(ret_session->key_id, id.data, id.length);
	ret_session->key_id[id.length] = '\0';
	ret_session->ends = (int64_t)seconds;
	memcpy(ret_session->mac, value.data, value.length);
	ret_session->mac[value.length] = '\0';
	return true;
}

/* RFC 6265, 4.2.1: "name=value; name=value". Empty: it is not there. */
struct slice session_cookie(struct slice cookies, const char *wanted)
{
	struct slice pair, name;

	while (slice_cut(&cookies, ';', &pair)) {
		pair = slice_trim(pair);
		(void)slice_cut(&pair, '=', &name);
		if (slice_equal(name, slice_of(wanted)))
			return pair;
	}
	return S("");
}

bool session_read(struct slice cookies, struct session *ret_session)
{
	return read_value(session_cookie(cookies, SESSION_COOKIE), ret_session);
}

bool session_person(struct slice cookies, struct access_key *ret_key)
{
	return access_key_read(ACCESS_SESSION, session_cookie(cookies, PERSON_COOKIE), ret_key);
}

bool session_holds(const struct session *s, struct slice secret_sha256, int64_t now)
{
	char mac[SHA256_HEX_SIZE];

	sign_session(s->key_id, s->ends, secret_sha256, mac);
	return slice_equal_constant_time(slice_of(mac), slice_of(s->mac)) && now < s->ends;
}
