/* Takes a customer's PIN: the form, the try, and what the page says of it. */
#include "web/pin.h"

#include <openssl/crypto.h>

#include "base/buf.h"
#include "base/hex.h"
#include "store/sql.h"
#include "web/lookup.h"
#include "web/lookup_backends.h"
#include "web/metrics.h"
#include "web/respond.h"
#include "web/router.h"
#include "web/state.h"
#include "web/worker_log.h"

enum {
	BODY_MOST = 1024, /* bytes of the form */
	FIELD_MOST = 256,
};

/* --- what a page says ------------------------------------------------------------------------ */

unsigned pin_left(const struct item_facts *facts)
{
	return facts->pin_tries >= PIN_TRIES ? 0 : PIN_TRIES - facts->pin_tries;
}

/* Before an item is in use nobody can have bought it: its PIN is not to be used up on the way. */
enum page_pin pin_standing(const struct item_facts *facts, enum verdict verdict)
{
	if (facts->pin_digits == 0 || verdict_status(verdict) != 200)
		return PAGE_PIN_NONE;
	if (facts->pin_opened[0] != '\0')
		return PAGE_PIN_OPENED;
	if (verdict == VERDICT_INACTIVE || verdict == VERDICT_BLOCKED)
		return PAGE_PIN_NONE;
	return pin_left(facts) == 0 ? PAGE_PIN_LOCKED : PAGE_PIN_ASKED;
}

/* --- the try --------------------------------------------------------------------------------- */

static enum page_pin outcome_named(struct slice word)
{
	static const struct {
		const char *word;
		enum page_pin pin;
	} outcomes[] = {
		{ "right", PAGE_PIN_RIGHT },   { "wrong", PAGE_PIN_WRONG },
		{ "opened", PAGE_PIN_OPENED }, { "locked", PAGE_PIN_LOCKED },
		{ "none", PAGE_PIN_NONE },
	};

	for (size_t i = 0; i < COUNT_OF(outcomes); i++)
		if (slice_equal(word, slice_of(outcomes[i].word)))
			return outcomes[i].pin;
	return PAGE_PIN_BUSY;
}

static void count(enum page_pin pin)
{
	if (pin == PAGE_PIN_RIGHT)
		metric_add(METRIC_PIN_RIGHT, 1);
	else if (pin == PAGE_PIN_WRONG)
		metric_add(METRIC_PIN_WRONG, 1);
	else if (pin == PAGE_PIN_OPENED)
		metric_add(METRIC_PIN_LATE, 1);
	else if (pin == PAGE_PIN_LOCKED)
		metric_add(METRIC_PIN_LOCKED, 1);
}

static void on_tried(void *arg, enum db_result result, const PGresult *rows)
{
	enum { OUTCOME, TRIES, OPENED };
	struct pin_try *try = arg;
	enum page_pin pin;
	struct slice opened;

	if (result != DB_OK || PQntuples(rows) != 1) {
		metric_add(METRIC_PIN_BUSY, 1);
		if (result == DB_ERROR)
			worker_log("error", "a PIN cannot be tried: is the database migrated?");
		try->done(try->arg, PAGE_PIN_BUSY);
		return;
	}
	opened = db_text_in(rows, 0, OPENED);
	try->facts->pin_tries = (unsigned)db_i64_in(rows, 0, TRIES);
	(void)snprintf(try->facts->pin_opened, sizeof(try->facts->pin_opened), "%.*s",
		       SLICE_ARG(opened));
	pin = outcome_named(db_text_in(rows, 0, OUTCOME));
	count(pin);
	try->done(try->arg, pin);
}

static bool is_right(const struct item_facts *facts, const char typed[PIN_SIZE], bool *ret_right)
{
	struct slice serial = slice_of(facts->serial);
	char pin[PIN_SIZE];
	struct serial_key *key = NULL;
	unsigned id;

	if (serial_key_id(serial, &id) == SERIAL_OK)
		key = state_key(id);
	if (key == NULL || !pin_of(key, facts->gtin, serial, facts->pin_digits, pin))
		return false;
	*ret_right = pin_equal(pin, typed);
	OPENSSL_cleanse(pin, sizeof(pin));
	return true;
}

/* Right or wrong, the same question is asked: only its last parameter tells. */
bool pin_try_start(struct pin_try *try, uint64_t counter, const char pin[PIN_SIZE])
{
	struct db_parameters p = { .count = 0 };
	bool right;

	if (!is_right(try->facts, pin, &right))
		return false;
	db_add_i64(&p, (int64_t)try->facts->gtin);
	db_add_i64(&p, (int64_t)counter);
	db_add_text(&p, slice_of(try->facts->serial));
	db_add_i64(&p, right);
	try->query.done = on_tried;
	try->query.arg = try;
	db_send(lookup_writer(), &sql_pin_try, &p, &try->query);
	return true;
}

void pin_forget(struct pin_try *try)
{
	db_forget(&try->query);
}

/* --- the form -------------------------------------------------------------------------------- */

/*
 * A form on another site could have its visitors use up the tries of an item. Pages that send no
 * referrer, as ours, have old browsers say Origin: null.
 */
static bool comes_from_elsewhere(const struct request *r)
{
	struct slice site = request_header(r, "sec-fetch-site");
	struct slice origin = request_header(r, "origin");

	if (site.data != NULL)
		return !slice_equal(site, S("same-origin")) && !slice_equal(site, S("none"));
	if (origin.data == NULL || slice_equal(origin, S("null")))
		return false;
	return !slice_starts(origin, S("https://")) ||
	       !slice_equal_nocase(slice_from(origin, 8), request_header(r, "host"));
}

static bool is_form(const struct request *r)
{
	return slice_equal_nocase(request_media_type(r), S("application/x-www-form-urlencoded"));
}

/* Into room of its own, which is wiped, unlike a request's arena. */
static bool decode(struct slice raw, struct buf *out)
{
	for (size_t i = 0; i < raw.length; i++) {
		int high, low;

		if (raw.data[i] != '%') {
			buf_add_char(out, raw.data[i] == '+' ? ' ' : raw.data[i]);
			continue;
		}
		high = i + 2 < raw.length ? hex_value(raw.data[i + 1]) : -1;
		low = high < 0 ? -1 : hex_value(raw.data[i + 2]);
		if (low < 0)
			return false;
		buf_add_char(out, (char)(high << 4 | low));
		i += 2;
	}
	return buf_ok(out);
}

/* The one field of that name. Other fields do not matter; a second one could mean another PIN. */
static bool find_field(struct slice form, struct slice *ret_raw)
{
	struct slice pair, name;
	unsigned found = 0;

	while (slice_cut(&form, '&', &pair)) {
		(void)slice_cut(&pair, '=', &name);
		if (slice_equal(name, S("pin"))) {
			*ret_raw = pair;
			found++;
		}
	}
	return found == 1;
}

static bool read_form(const struct request *r, char ret_pin[PIN_SIZE])
{
	char room[FIELD_MOST];
	struct buf typed = { .data = room, .capacity = sizeof(room), .maximum = sizeof(room) };
	struct slice raw;
	bool ok = find_field(r->body, &raw) && decode(raw, &typed);

	/* What cannot be a PIN is no try: the customer typed something else. */
	if (ok && !pin_read(buf_slice(&typed), ret_pin))
		(void)snprintf(ret_pin, PIN_SIZE, "?");
	OPENSSL_cleanse(room, sizeof(room));
	return ok;
}

/* The bytes belong to the connection, which keeps them until the next request comes. */
static void wipe_body(const struct request *r)
{
	union {
		const char *read;
		char *write;
	} body = { .read = r->body.data };

	if (r->body.length > 0)
		OPENSSL_cleanse(body.write, r->body.length);
}

static void refuse(struct request *r, int status, const char *detail)
{
	respond_problem(r, status, status_text(status), detail);
}

void serve_pin(struct request *r);

/* POST /01/… , from the form on the item's page. A PIN in the address is not looked at. */
void serve_pin(struct request *r)
{
	char pin[PIN_SIZE] = "";

	if (comes_from_elsewhere(r))
		refuse(r, 403, "This form is not on a page of this site.");
	else if (!is_form(r))
		refuse(r, 415, "This address takes application/x-www-form-urlencoded.");
	else if (r->body.length > BODY_MOST)
		refuse(r, 413, "The form is longer than a PIN can make it.");
	else if (!read_form(r, pin))
		refuse(r, 400, "The form must have one field \"pin\".");
	else
		lookup_serve_pin(r, pin);
	OPENSSL_cleanse(pin, sizeof(pin));
	wipe_body(r);
}
