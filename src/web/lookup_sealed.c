/* Seals documents for Redis and opens them. */
#include "web/lookup_sealed.h"

#include <endian.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

enum {
	EPOCH_AT = 4,
	BEST_AT = 12,
	TAG_AT = 20,
	TEXTS_AT = 36,
	TAG_SIZE = 16,
	TEXTS = 6,
	KEY_MOST = 160
};

static const struct slice magic = SLICE("SYD2");

/* The texts in the order they are written. */
static void list_texts(struct lookup_documents *d, struct slice *ret_texts[TEXTS])
{
	ret_texts[0] = &d->source.brand;
	ret_texts[1] = &d->source.product;
	ret_texts[2] = &d->source.lot;
	ret_texts[3] = &d->hidden_names;
	ret_texts[4] = &d->recall_reason;
	ret_texts[5] = &d->recall_since;
}

static bool feed(EVP_MAC_CTX *mac, struct slice secret, struct slice key, struct slice value)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	unsigned char length = (unsigned char)key.length;

	return key.length <= KEY_MOST &&
	       EVP_MAC_init(mac, (const unsigned char *)secret.data, secret.length, parameters) &&
	       EVP_MAC_update(mac, &length, 1) &&
	       EVP_MAC_update(mac, (const unsigned char *)key.data, key.length) &&
	       EVP_MAC_update(mac, (const unsigned char *)value.data, TAG_AT) &&
	       EVP_MAC_update(mac, (const unsigned char *)value.data + TEXTS_AT,
			      value.length - TEXTS_AT);
}

static bool tag_of(struct slice secret, struct slice key, struct slice value,
		   unsigned char ret_tag[TAG_SIZE])
{
	unsigned char whole[EVP_MAX_MD_SIZE];
	size_t size;
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
	bool ok = mac != NULL && feed(mac, secret, key, value) &&
		  EVP_MAC_final(mac, whole, &size, sizeof(whole)) && size >= TAG_SIZE;

	EVP_MAC_CTX_free(mac);
	EVP_MAC_free(hmac);
	if (ok)
		memcpy(ret_tag, whole, TAG_SIZE);
	return ok;
}

bool sealed_write(struct buf *out, struct slice secret, struct slice key,
		  const struct lookup_documents *documents)
{
	struct lookup_documents copy = *documents;
	struct slice *texts[TEXTS];
	uint64_t epoch = htobe64(documents->epoch);
	uint64_t best = htobe64((uint64_t)documents->best_until);
	static const char no_tag[TAG_SIZE];

	list_texts(&copy, texts);
	buf_add_slice(out, magic);
	buf_add(out, (const char *)&epoch, sizeof(epoch));
	buf_add(out, (const char *)&best, sizeof(best));
	buf_add(out, no_tag, TAG_SIZE);
	for (unsigned i = 0; i < TEXTS; i++) {
		uint32_t length = htobe32((uint32_t)texts[i]->length);

		buf_add(out, (const char *)&length, sizeof(length));
		buf_add_slice(out, *texts[i]);
	}
	return buf_ok(out) &&
	       tag_of(secret, key, buf_slice(out), (unsigned char *)out->data + TAG_AT);
}

/* An empty text is one that is not there. */
static bool take_text(struct slice *rest, struct slice *ret_text)
{
	uint32_t length;

	if (rest->length < sizeof(length))
		return false;
	memcpy(&length, rest->data, sizeof(length));
	length = be32toh(length);
	*rest = slice_from(*rest, sizeof(length));
	if (rest->length < length)
		return false;
	*ret_text = length == 0 ? (struct slice){ NULL, 0 } : (struct slice){ rest->data, length };
	*rest = slice_from(*rest, length);
	return true;
}

static uint64_t number_at(struct slice value, size_t at)
{
	uint64_t wire;

	memcpy(&wire, value.data + at, sizeof(wire));
	return be64toh(wire);
}

bool sealed_open(struct slice value, struct slice secret, struct slice key,
		 struct lookup_documents *ret_documents)
{
	struct lookup_documents d = { .epoch = 0 };
	struct slice *texts[TEXTS], rest;
	unsigned char tag[TAG_SIZE];

	if (value.length < TEXTS_AT || !slice_starts(value, magic) ||
	    !tag_of(secret, key, value, tag) ||
	    !slice_equal_constant_time((struct slice){ (const char *)tag, TAG_SIZE },
				       (struct slice){ value.data + TAG_AT, TAG_SIZE }))
		return false;
	list_texts(&d, texts);
	rest = slice_from(value, TEXTS_AT);
	for (unsigned i = 0; i < TEXTS; i++)
		if (!take_text(&rest, texts[i]))
			return false;
	if (rest.length != 0)
		return false;
	d.epoch = number_at(value, EPOCH_AT);
	d.best_until = (int64_t)number_at(value, BEST_AT);
	d.source.hidden = lookup_hidden_read(d.hidden_names);
	d.recalled = d.recall_since.length > 0;
	*ret_documents = d;
	return true;
}
