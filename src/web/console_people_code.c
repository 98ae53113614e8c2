/* The second factor: codes checked, a secret on offer with its QR code, recovery codes made. */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <time.h>

#include "model/totp.h"
#include "store/sql.h"
#include "web/batch_keys.h"
#include "web/console_people.h"
#include "web/qr_picture.h"

void serve_totp_offer(struct request *r);
void serve_totp_page(struct request *r);
void serve_totp_picture(struct request *r);
void serve_totp_on(struct request *r);
void serve_totp_off(struct request *r);

enum {
	RECOVERY_CODES = 10,
	RECOVERY_CHARACTERS = 16,		     /* of 5 bits: nobody finds one from its hash */
	RECOVERY_SIZE = RECOVERY_CHARACTERS + 3 + 1, /* in groups of four */
	RECOVERY_LIST = RECOVERY_CODES * SHA256_HEX_SIZE + 2,
};

#define OWN_PASSWORD                                                                               \
	{                                                                                          \
		"password", TEXT_people_current_password, .kind = FORM_SECRET,                     \
							  .most = PASSWORD_MOST, .required = true, \
							  .autocomplete = "current-password"       \
	}
static const struct form_field off_fields[] = {
	OWN_PASSWORD,
	{ "code", TEXT_people_code, TEXT_people_code_hint, .kind = FORM_TEXT, .most = 40,
	  .required = true, .autocomplete = "one-time-code" },
};
static const struct form_field on_fields[] = {
	OWN_PASSWORD,
	{ "code", TEXT_people_code, TEXT_people_code_on_hint, .kind = FORM_TEXT, .most = 40,
	  .required = true, .autocomplete = "one-time-code" },
};
static const struct form on_form = { "/account/totp/on", TEXT_people_totp_confirm, on_fields,
				     COUNT_OF(on_fields), .upload = false };
/* Sent from the account's page. */
static const struct form off_form = { "/account/totp/off", TEXT_people_totp_off, off_fields,
				      COUNT_OF(off_fields), .upload = false };

/* --- checking ------------------------------------------------------------------------------ */

/* Without blanks and hyphens, in capitals; what is too long is cut and so is none. */
static size_t plain_code(struct slice code, char ret_text[RECOVERY_CHARACTERS + 1])
{
	size_t length = 0;

	for (size_t i = 0; i < code.length && length <= RECOVERY_CHARACTERS; i++) {
		char c = code.data[i];

		if (c != ' ' && c != '-')
			ret_text[length++] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
	}
	return length;
}

static bool is_right(int64_t account, struct slice stored, struct slice code, uint64_t used,
		     uint64_t *ret_step)
{
	uint8_t secret[TOTP_SECRET];
	bool right;

	/* What does not open was logged; recovery codes still let in. */
	if (!batch_keys_open_totp(account, stored, secret))
		return false;
	right = totp_find(secret, code, (uint64_t)time(NULL), used, ret_step);
	OPENSSL_cleanse(secret, sizeof(secret));
	return right;
}

bool people_code(struct people *p, struct slice code, int64_t account, struct slice stored,
		 uint64_t used)
{
	char text[RECOVERY_CHARACTERS + 1];
	size_t length = plain_code(code, text);
	struct slice plain = { text, length };

	p->recovery[0] = '\0';
	p->step = 0;
	if (length == RECOVERY_CHARACTERS) {
		sha256_hex(plain, p->recovery);
		return true; /* SQL knows */
	}
	if (is_right(account, stored, plain, used, &p->step))
		return true;
	message_refuse(p->call, 403, "code", "wrong_code");
	return false;
}

static void add_hex(struct slice bytes, char *to)
{
	*to = '\0';
	for (size_t i = 0; i < bytes.length; i++)
		(void)snprintf(to + 2 * i, 3, "%02x", (unsigned char)bytes.data[i]);
}

void people_seal(int64_t account, struct slice stored, char ret_hex[PEOPLE_SEALED_SIZE])
{
	uint8_t sealed[TOTP_SEALED];

	_Static_assert((size_t)PEOPLE_SEALED_SIZE == 2 * TOTP_SEALED + 1, "of console_people.h");
	ret_hex[0] = '\0';
	if (stored.length == TOTP_SECRET &&
	    batch_keys_seal_totp(account, (const uint8_t *)stored.data, sealed))
		add_hex((struct slice){ (const char *)sealed, sizeof(sealed) }, ret_hex);
}

/* --- on offer ------------------------------------------------------------------------------ */

/* The caller wipes it. False: answered. */
static bool offered_secret(struct api_call *call, const PGresult *rows,
			   uint8_t ret_secret[TOTP_SECRET])
{
	if (batch_keys_open_totp(call->person.id, db_text_in(rows, 0, 0), ret_secret))
		return true;
	message_refuse(call, 503, NULL, "totp_no_key");
	return false;
}

static void show_offer(struct api_call *call, const PGresult *rows)
{
	struct view_console_people_totp view = { .secret = S("") };
	char text[TOTP_BASE32_SIZE];
	uint8_t secret[TOTP_SECRET];
	struct page p;

	if (!offered_secret(call, rows, secret))
		return;
	totp_base32(secret, text);
	OPENSSL_cleanse(secret, sizeof(secret));
	page_init(&p, call, call->request, TEXT_people_totp);
	view.head = &p.head;
	view.secret = slice_of(text);
	view.form = form_show(&p, &on_form, NULL, NULL);
	template_console_people_totp(&p.writer, &view);
	OPENSSL_cleanse(text, sizeof(text));
	page_send(&p, 200);
}

static void ask_offer(struct api_call *call, void (*on_rows)(struct api_call *, const PGresult *))
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_team_offered_totp, &p, on_rows);
}

static void offer_page(struct api_call *call)
{
	ask_offer(call, show_offer);
}

static void show_picture(struct api_call *call, const PGresult *rows)
{
	uint8_t secret[TOTP_SECRET];
	struct buf uri;

	if (!offered_secret(call, rows, secret))
		return;
	buf_init(&uri, TOTP_URI_MOST);
	totp_uri(secret, db_text_in(rows, 0, 1), &uri);
	OPENSSL_cleanse(secret, sizeof(secret));
	qr_picture_answer(call, buf_slice(&uri));
	buf_release(&uri);
}

static void picture(struct api_call *call)
{
	ask_offer(call, show_picture);
}

static void tell_offer(struct api_call *call, const PGresult *rows)
{
	uint8_t secret[TOTP_SECRET];
	char text[TOTP_BASE32_SIZE];
	struct buf uri, json;

	if (!offered_secret(call, rows, secret))
		return;
	buf_init(&uri, TOTP_URI_MOST);
	buf_init(&json, 2 * TOTP_URI_MOST);
	totp_base32(secret, text);
	totp_uri(secret, db_text_in(rows, 0, 1), &uri);
	OPENSSL_cleanse(secret, sizeof(secret));
	/* Of characters that need no escaping. */
	buf_add_format(&json, "{\"secret\":\"%s\",\"uri\":\"%.*s\"}", text,
		       SLICE_ARG(buf_slice(&uri)));
	api_answer_json(call, 201, buf_slice(&json));
	buf_release(&uri);
	buf_release(&json);
}

static void offered(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	if (call->face != NULL)
		page_go_to(call, S("/account/totp"));
	else
		ask_offer(call, tell_offer);
}

static void offer(struct api_call *call)
{
	static const struct form nothing = { .action = "" };
	uint8_t secret[TOTP_SECRET];
	char hex[PEOPLE_SEALED_SIZE];
	struct db_parameters p = { .count = 0 };

	if (call->body != NULL && !form_check(call, &nothing))
		return;
	if (RAND_bytes(secret, sizeof(secret)) != 1)
		abort();
	people_seal(call->person.id, (struct slice){ (const char *)secret, sizeof(secret) }, hex);
	OPENSSL_cleanse(secret, sizeof(secret));
	if (hex[0] == '\0') {
		message_refuse(call, 503, NULL, "totp_no_key");
		return;
	}
	db_add_text(&p, slice_of(hex));
	api_ask(call, &sql_team_offer_totp, &p, offered);
}

/* --- on ------------------------------------------------------------------------------------ */

/* Recovery codes of one account, between making them and telling them. */
struct recovery {
	struct people people; /* first: call->own is it */
	char codes[RECOVERY_CODES][RECOVERY_SIZE];
	char hashes[RECOVERY_LIST]; /* "{…,…}" for PostgreSQL */
};

static void make_recovery(struct recovery *r)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char *list = r->hashes;

	for (unsigned i = 0; i < RECOVERY_CODES; i++) {
		char plain[RECOVERY_CHARACTERS], *to = r->codes[i];
		uint8_t random[RECOVERY_CHARACTERS];

		if (RAND_bytes(random, sizeof(random)) != 1)
			abort();
		for (unsigned k = 0; k < RECOVERY_CHARACTERS; k++) {
			if (k > 0 && k % 4 == 0)
				*to++ = '-';
			*to++ = plain[k] = alphabet[random[k] & 31];
		}
		*to = '\0';
		*list++ = i == 0 ? '{' : ',';
		sha256_hex((struct slice){ plain, sizeof(plain) }, list);
		list += SHA256_HEX_SIZE - 1;
	}
	*list++ = '}';
	*list = '\0';
}

static void tell_recovery(struct api_call *call, const PGresult *rows)
{
	struct recovery *r = call->own;
	struct view_console_field codes[RECOVERY_CODES];
	struct view_console_people_recovery view = { .codes = codes,
						     .codes_count = RECOVERY_CODES };
	struct page p;
	struct buf json;

	(void)rows;
	if (call->face != NULL) {
		page_init(&p, call, call->request, TEXT_people_recovery);
		for (unsigned i = 0; i < RECOVERY_CODES; i++)
			codes[i] = (struct view_console_field){ .value = slice_of(r->codes[i]) };
		view.head = &p.head;
		template_console_people_recovery(&p.writer, &view);
		page_send(&p, 200);
		return;
	}
	buf_init(&json, 1024);
	buf_add_string(&json, "{\"recovery_codes\":[");
	for (unsigned i = 0; i < RECOVERY_CODES; i++)
		buf_add_format(&json, "%s\"%s\"", i == 0 ? "" : ",", r->codes[i]);
	buf_add_string(&json, "]}");
	api_answer_json(call, 200, buf_slice(&json));
	buf_release(&json);
}

static void start(struct api_call *call, const PGresult *rows)
{
	struct recovery *r = call->own;
	struct slice stored = db_text_in(rows, 0, 0);
	struct db_parameters p = { .count = 0 };
	char hex[PEOPLE_SEALED_SIZE];

	if (form_text(call, "code").length > TOTP_DIGITS + 2) {
		message_refuse(call, 403, "code", "wrong_code"); /* no recovery code, yet */
		return;
	}
	if (!people_code(&r->people, form_text(call, "code"), call->person.id, stored, 0))
		return;
	/* Opened as it was, so it is of that length. */
	add_hex(stored, hex);
	make_recovery(r);
	db_add_text(&p, r->people.old_hash);
	db_add_text(&p, slice_of(hex));
	db_add_i64(&p, (int64_t)r->people.step);
	db_add_text(&p, slice_of(r->hashes));
	api_ask(call, &sql_team_start_totp, &p, tell_recovery);
}

static void on_allowed(struct people *p)
{
	ask_offer(p->call, start);
}

static void turn_on(struct api_call *call)
{
	struct recovery *r;

	if (!form_check(call, &on_form))
		return;
	r = people_new_of(call, sizeof(*r));
	if (r != NULL)
		people_own_password(&r->people, "password", on_allowed);
}

/* --- off ----------------------------------------------------------------------------------- */

static void stopped(struct api_call *call, const PGresult *rows)
{
	(void)rows;
	people_done(call, "/account", "totp_stopped");
}

static void stop(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;
	struct db_parameters to = { .count = 0 };

	if (!people_code(p, form_text(call, "code"), call->person.id, db_text_in(rows, 0, 0),
			 (uint64_t)db_i64_in(rows, 0, 1)))
		return;
	db_add_text(&to, p->old_hash);
	db_add_i64(&to, (int64_t)p->step);
	db_add_text(&to, slice_of(p->recovery));
	api_ask(call, &sql_team_stop_totp, &to, stopped);
}

static void off_allowed(struct people *p)
{
	struct db_parameters to = { .count = 0 };

	api_ask(p->call, &sql_team_ask_own_code, &to, stop);
}

static void turn_off(struct api_call *call)
{
	struct people *p;

	if (!form_check(call, &off_form))
		return;
	p = people_new(call);
	if (p != NULL)
		people_own_password(p, "password", off_allowed);
}

/* --- */

void serve_totp_offer(struct request *r)
{
	people_enter_session(r, API_BODY_NONE, offer, people_account_page);
}

void serve_totp_page(struct request *r)
{
	people_enter(r, API_BODY_NONE, offer_page, NULL);
}

void serve_totp_picture(struct request *r)
{
	people_enter(r, API_BODY_NONE, picture, NULL);
}

void serve_totp_on(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, turn_on, offer_page);
}

void serve_totp_off(struct request *r)
{
	people_enter_session(r, API_BODY_JSON, turn_off, people_account_page);
}
