/* The Content-Security-Policy of a public page. */
#include "page/policy.h"

#include <openssl/sha.h>
#include <stdio.h>

static void base64(const unsigned char *bytes, size_t length, char *out)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		unsigned n = (unsigned)bytes[i] << 16;

		n |= i + 1 < length ? (unsigned)bytes[i + 1] << 8 : 0;
		n |= i + 2 < length ? bytes[i + 2] : 0;
		*out++ = letters[n >> 18];
		*out++ = letters[n >> 12 & 63];
		*out++ = i + 1 < length ? letters[n >> 6 & 63] : '=';
		*out++ = i + 2 < length ? letters[n & 63] : '=';
	}
	*out = '\0';
}

void policy_of_css(struct slice css, struct policy *ret_policy)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char text[4 * (SHA256_DIGEST_LENGTH + 2) / 3 + 1];

	SHA256((const unsigned char *)css.data, css.length, digest);
	base64(digest, sizeof(digest), text);
	(void)snprintf(
	    ret_policy->text, sizeof(ret_policy->text),
	    "default-src 'none'; style-src 'sha256-%s'; img-src 'self'; base-uri 'none'; "
	    "form-action 'self'; frame-ancestors 'none'",
	    text);
}
