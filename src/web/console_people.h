/*
 * What the pages of people share: passwords in the thread beside the loop, new keys, who asks from
 * where, parts of the pages.
 */
#ifndef SUYUAN_WEB_CONSOLE_PEOPLE_H
#define SUYUAN_WEB_CONSOLE_PEOPLE_H

#include <openssl/crypto.h>

#include "model/access_key.h"
#include "model/password.h"
#include "web/form.h"

enum {
	PASSWORD_HASH_SIZE = 128, /* libsodium's crypto_pwhash_STRBYTES */
	PEOPLE_ADDRESS_SIZE = 46, /* INET6_ADDRSTRLEN */
	PEOPLE_LABEL_MOST = 200,
	PEOPLE_COOKIE_SIZE = 256,
};

struct password_task;

/* One request, as call->own. */
struct people {
	struct api_call *call;
	struct access_key held;		      /* the link or ticket that it came with */
	int64_t account;		      /* of who signs in */
	struct access_key made;		      /* a new session, ticket, token or link … */
	char made_text[ACCESS_KEY_TEXT_SIZE]; /* … which is told once */
	char hash[PASSWORD_HASH_SIZE];	      /* of the password that it is about */
	struct slice old_hash;
	uint64_t step;			/* of a code that was right */
	char recovery[SHA256_HEX_SIZE]; /* or of a recovery code; else empty */
	/* private */
	size_t size;
	struct password_task *task;
	const char *password_field;
	void (*on_checked)(struct people *p, bool right);
	void (*on_hashed)(struct people *p);
	void (*on_right)(struct people *p);
};

/* NULL: answered. Wipes what is secret when the call ends. */
MUSTCHECK struct people *people_new(struct api_call *call);
/* As the first member of something larger, of `size` bytes, all of which is wiped. */
MUSTCHECK void *people_new_of(struct api_call *call, size_t size);

/*
 * Argon2id (RFC 9106) of libsodium with 64 MiB in the thread; the request is answered 503 where too
 * many wait. `hash` empty: there is no such password, which takes as long to find out.
 */
void people_check(struct people *p, struct slice password, struct slice hash,
		  void (*on_checked)(struct people *p, bool right));
/* Into p->hash. */
void people_hash(struct people *p, struct slice password, void (*on_hashed)(struct people *p));
/*
 * The password of the account that asks, in that field, before what must not be done by whoever
 * finds a browser open: counted and awaited as at signing in, verified in the same thread. Then
 * p->old_hash is what was verified, which SQL compares once more.
 */
void people_own_password(struct people *p, const char *field, void (*on_right)(struct people *p));
/*
 * The new password of a form in the field "password", said again in "again" where that is there.
 * False: answered.
 */
MUSTCHECK bool people_new_password(struct api_call *call, struct slice name,
				   struct slice *ret_password);

/* Into p->made and p->made_text. */
void people_make_key(struct people *p, enum access_kind kind);
/* For the query's parameters: id and SHA-256 of p->made. */
void people_add_made(struct people *p, struct db_parameters *to);
/* The client's address; the browser's name, cut and without control characters. */
struct slice people_address(struct api_call *call);
struct slice people_label(struct api_call *call);
/* How long a session lasts at most, and without being used; in seconds. */
int64_t people_session_seconds(void);
int64_t people_idle_seconds(void);

/*
 * A code of six digits or a recovery code, against the secret as it is kept for `account` and the
 * step used last. False: answered.
 */
MUSTCHECK bool people_code(struct people *p, struct slice code, int64_t account,
			   struct slice stored, uint64_t used);
/* Where the secret stands in the clear, from before: sealed, in hexadecimal digits; else empty. */
enum { PEOPLE_SEALED_SIZE = 2 * 49 + 1 };
void people_seal(int64_t account, struct slice stored, char ret_hex[PEOPLE_SEALED_SIZE]);

/* The page of the account that asks. */
void people_account_page(struct api_call *call);
/* The page to sign in at, with what was refused; also for who asked for another page. */
void people_sign_in_page(struct api_call *call);
/* 303 to `path` with the cookie of the session just made; without one, `text` is NULL, it is taken
 * away. */
void people_go_signed(struct api_call *call, const char *path, const char *text);
/* Who gave the right password and has still to give a code: the page that asks for it. */
void people_ask_code(struct api_call *call, const char *ticket);

/* A moment of the document as page_minute() tells it; empty: there is none. */
struct slice people_time(struct page *p, const json_t *object, const char *member);
/* Names of roles in the reader's language, from a list. */
struct slice people_roles(struct page *p, const json_t *list);
/* Sessions ("sessions") or tokens ("tokens") of a document; how many. */
size_t people_passes(struct page *p, const json_t *list, const char *kind,
		     const struct view_console_people_pass **ret_passes);
/* Done: back to a page that says so, or JSON. `path` has no query. */
void people_done(struct api_call *call, const char *path, const char *code);
/* By its pattern: a page whose form is shown again, or JSON; `body` is that of the API. */
void people_enter(struct request *r, enum api_body body, void (*handle)(struct api_call *call),
		  void (*again)(struct api_call *call));
/* For what a token must not do (api_enter_session()). */
void people_enter_session(struct request *r, enum api_body body,
			  void (*handle)(struct api_call *call),
			  void (*again)(struct api_call *call));
/*
 * Shows or answers what is told once: a token or a link that p->made_text is of. A link begins with
 * the setting console_url and with nothing that the request says, or whoever can send a Host of his
 * own would read it; where the setting is empty only its path is told.
 */
void people_tell_token(struct people *p, struct slice ends);
void people_tell_link(struct people *p, struct slice ends);

#endif
