/* Recomputes the chain of the log of changes, and has it sealed. */
#include "store/audit.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/hex.h"
#include "store/sql.h"

static const char *const field_names[AUDIT_FIELDS] = { "brand",	 "id",	   "at",  "who",
						       "action", "object", "via", "details" };

const char *audit_field(unsigned field)
{
	return field < AUDIT_FIELDS ? field_names[field] : "";
}

const char *audit_reason(enum audit_result result)
{
	switch (result) {
	case AUDIT_FITS:
		return "fits";
	case AUDIT_NUMBER_MISSING:
		return "this number is missing: an entry was taken away with its seal";
	case AUDIT_NUMBER_TWICE:
		return "this number does not stand in its place";
	case AUDIT_ENTRY_MISSING:
		return "the entry is missing, its seal is there";
	case AUDIT_ENTRY_OTHER:
		return "another entry stands here: entries were exchanged or replaced";
	case AUDIT_ENTRY_CHANGED:
		return "the entry is not as it was sealed";
	case AUDIT_SEAL_CHANGED:
		return "the hash is not that of this entry behind the one before";
	}
	return "";
}

/* --- hashing --- */

static void to_hex(const unsigned char *bytes, size_t length, char *ret_hex)
{
	for (size_t i = 0; i < length; i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", bytes[i]);
}

/* Fails only where there is no memory for a few bytes. */
static void add(EVP_MD_CTX *c, const void *bytes, size_t length)
{
	if (EVP_DigestUpdate(c, bytes, length) != 1)
		abort();
}

static void add_framed(EVP_MD_CTX *c, struct slice text)
{
	char before[24];
	int length = snprintf(before, sizeof(before), "%zu:", text.length);

	add(c, before, (size_t)length);
	add(c, text.data == NULL ? "" : text.data, text.length);
	add(c, ",", 1);
}

static void hash_link(const unsigned char before[AUDIT_HASH], const struct audit_link *link,
		      unsigned char ret_hash[AUDIT_HASH])
{
	char number[24];
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)link->number);
	if (c == NULL || EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1)
		abort();
	add(c, before, AUDIT_HASH);
	add_framed(c, S("suyuan-audit-1"));
	add_framed(c, slice_of(number));
	for (unsigned i = 0; i < AUDIT_FIELDS; i++)
		add_framed(c, link->fields[i]);
	if (EVP_DigestFinal_ex(c, ret_hash, NULL) != 1)
		abort();
	EVP_MD_CTX_free(c);
}

static bool is_hex_of(struct slice hex, const unsigned char *bytes, size_t length)
{
	char ours[AUDIT_HEX_SIZE];

	to_hex(bytes, length, ours);
	return slice_equal_nocase(hex, (struct slice){ ours, 2 * length });
}

/* The first field that is not as its mark says; AUDIT_FIELDS: all are. */
static unsigned changed_field(const struct audit_link *link)
{
	unsigned char digest[AUDIT_HASH];

	if (link->marks.length != 2 * AUDIT_FIELDS * AUDIT_MARK)
		return AUDIT_FIELDS;
	for (unsigned i = 0; i < AUDIT_FIELDS; i++) {
		struct slice field = link->fields[i];
		struct slice mark = { link->marks.data + 2 * AUDIT_MARK * i, 2 * AUDIT_MARK };

		(void)SHA256((const unsigned char *)(field.data == NULL ? "" : field.data),
			     field.length, digest);
		if (!is_hex_of(mark, digest, AUDIT_MARK))
			return i;
	}
	return AUDIT_FIELDS;
}

/* --- verifying --- */

static enum audit_result tell_difference(struct audit_check *check, const struct audit_link *link)
{
	check->field = changed_field(link);
	if (check->field == AUDIT_FIELDS)
		return AUDIT_SEAL_CHANGED;
	return check->field == 1 ? AUDIT_ENTRY_OTHER : AUDIT_ENTRY_CHANGED;
}

enum audit_result audit_check_next(struct audit_check *check, const struct audit_link *link)
{
	unsigned char hash[AUDIT_HASH];

	check->field = AUDIT_FIELDS;
	if (link->number != check->number + 1)
		return link->number > check->number ? AUDIT_NUMBER_MISSING : AUDIT_NUMBER_TWICE;
	if (!link->is_there)
		return AUDIT_ENTRY_MISSING;
	hash_link(check->hash, link, hash);
	if (!is_hex_of(link->hash, hash, AUDIT_HASH))
		return tell_difference(check, link);
	check->number = link->number;
	memcpy(check->hash, hash, AUDIT_HASH);
	check->head_found |= slice_equal_nocase(check->head, link->hash);
	return AUDIT_FITS;
}

void audit_check_hash(const struct audit_check *check, char ret_hex[AUDIT_HEX_SIZE])
{
	to_hex(check->hash, AUDIT_HASH, ret_hex);
}

/* --- sealing --- */

bool audit_seal(struct db *db, uint64_t most, int64_t *ret_count)
{
	PGresult *rows = db_query(db, &sql_audit_seal, DB_VALUES(db_number((int64_t)most)));

	if (rows == NULL)
		return false;
	*ret_count = PQgetisnull(rows, 0, 0) ? AUDIT_ELSEWHERE : db_number_at(rows, 0, 0);
	PQclear(rows);
	return true;
}
