/*
 * Cookies of the console. A person's holds a key of its own (model/access_key.h, ACCESS_SESSION)
 * that stands in team.pass.
 *
 * Who signed in with a line's key: a cookie that holds the key's id and an
 * end, signed with what the store keeps of the key. So there is no session to store, and a revoked
 * key ends every session at once.
 */
#ifndef SUYUAN_WEB_SESSION_H
#define SUYUAN_WEB_SESSION_H

#include "model/access_key.h"

#define SESSION_COOKIE "__Host-suyuan-line"
#define PERSON_COOKIE  "__Host-suyuan"
/*
 * The key of a session that a browser had, which lets nobody in when that has ended: it says that
 * the account signed in from here, so that its owner need not wait for what strangers try
 * (team.ask_password()). Ends with the password.
 */
#define KNOWN_COOKIE "__Host-suyuan-known"

enum { SESSION_SECONDS = 12 * 3600, KNOWN_SECONDS = 180 * 86400, SESSION_TEXT_SIZE = 128 };

struct session {
	char key_id[ACCESS_KEY_ID + 1];
	int64_t ends; /* seconds since 1970 */
	char mac[SHA256_HEX_SIZE];
};

/* The cookie's value. */
void session_print(const struct access_key *key, int64_t ends, char ret_text[SESSION_TEXT_SIZE]);
/* From the header Cookie. False: there is none, or it is none. */
MUSTCHECK bool session_read(struct slice cookies, struct session *ret_session);
/* `secret_sha256` in hexadecimal digits, as the store keeps it. */
MUSTCHECK bool session_holds(const struct session *s, struct slice secret_sha256, int64_t now);

/* The value of that name in a header Cookie; empty: it is not there. */
struct slice session_cookie(struct slice cookies, const char *name);
/* The person's key from the header Cookie. False: there is none, or it is none. */
MUSTCHECK bool session_person(struct slice cookies, struct access_key *ret_key);

/*
 * What stands in every form of the session's pages, and no other site can know. `secret_sha256` is
 * of the line's key or of the person's session.
 */
void session_form_token(struct slice secret_sha256, char ret_token[SHA256_HEX_SIZE]);

#endif
