/*
 * What every address under /v1 and every page of the console stands on: who asks (a line's key, a
 * person's token or session), whether its roles are let in there (routes.def), the body, questions
 * to PostgreSQL that are one transaction each, and answers that name what was wrong.
 *
 *   void serve_things(struct request *r) { api_enter(r, API_BODY_JSON, things_post); }
 *
 * api_enter() refuses who has no valid key (401), who is of no role that the address lets in (403)
 * or asks too often (429), and a body that is
 * none (400, 415); then `handle` answers exactly once through one of the functions below, at once
 * or from the callback of api_ask().
 *
 * What SQL refuses by code.refuse(status, words, members) becomes a problem document (RFC 9457)
 * with that status and those members, without a line of C. Where the database's disk is full, that
 * is 507 with the code "no_room", at the file of an upload.
 */
#ifndef SUYUAN_WEB_API_H
#define SUYUAN_WEB_API_H

#include <jansson.h>

#include "model/access_key.h"
#include "model/multipart.h"
#include "model/role.h"
#include "web/console_db.h"
#include "web/messages.h"
#include "web/respond.h"

/* Who asks: a packaging line by its key, or … */
struct api_line {
	int64_t id, brand;
	char name[64];
	int64_t rate;				  /* requests a minute */
	int64_t remaining;			  /* that it may still make now */
	int64_t quota, quota_left, quota_seconds; /* codes a day; until the next day begins */
};

enum { API_NAME_SIZE = 101, API_TOKEN_SIZE = 65 };

/* … a person by a session or a token; id 0: it is a line. */
struct api_person {
	int64_t id;
	char name[API_NAME_SIZE];     /* to sign in with */
	char brand[API_NAME_SIZE];    /* the brand's name, cut where it is longer */
	char pass[ACCESS_KEY_ID + 1]; /* id in team.pass of what let him in */
	bool by_token;
};

enum api_body {
	API_BODY_NONE,	 /* must be empty */
	API_BODY_JSON,	 /* must be a JSON object */
	API_BODY_ANY,	 /* the handler looks at call->request->body itself */
	API_BODY_FORM,	 /* must be a form; read like a JSON object of texts and numbers */
	API_BODY_BUTTON, /* must be a form that asks for nothing: no member is left of it */
	/* The same as multipart/form-data: texts in call->body, files in call->files. The address
	 * needs a line in bodies.def, or the usual room for a body is all there is. */
	API_BODY_UPLOAD,
};

struct api_call;

/*
 * How answers look: JSON for machines (no face), pages for people (web/pages.c), so that a form
 * asks the same handler as the API.
 */
struct api_face {
	/* Instead of a problem document; `members` may be NULL and stay the caller's. */
	void (*refuse)(struct api_call *call, int status, const json_t *members,
		       const char *detail);
	/* Instead of an answer in JSON; `location` is empty where nothing was made. */
	void (*answer)(struct api_call *call, struct slice location, struct slice json);
};

/* Why a form is shown again. */
struct api_refusal {
	int status;	       /* 0: it is not */
	struct slice member;   /* the field; or empty */
	struct slice words;    /* in English, as machines are told */
	const json_t *members; /* as long as the call; may be NULL */
};

struct api_call {
	struct request *request;
	struct api_line line; /* `brand` and `name` also where a person asks */
	struct api_person person;
	unsigned roles; /* of the person; ROLE_LINE and ROLE_KEY for a line */
	/* In every form of a page: what only this session knows. */
	char form_token[API_TOKEN_SIZE];
	struct multipart_part *files; /* with API_BODY_UPLOAD: those parts that have a type */
	unsigned file_count;
	struct api_refusal refusal;
	/* Shows the page of the form once more where it is refused; NULL: a page of its own. */
	void (*again)(struct api_call *call);
	json_t *body; /* with API_BODY_JSON, an object; owned by the call */
	void *own;    /* the handler's, from request->arena; or what on_end() frees */
	/* Called once when the call has ended, answered or not; NULL: nothing to free. */
	void (*on_end)(struct api_call *call);
	/*
	 * For what takes several transactions: asked before a refusal by the database is told, so
	 * that nothing of it stays; with the one number. NULL: nothing is taken back.
	 */
	const struct sql_query *take_back;
	int64_t take_back_id;
	/* Of a form: its Idempotency-Key, where to go then, and its token. */
	struct slice form_key, back, token;
	/* private */
	const struct api_face *face;
	enum api_body wanted;
	bool read_noted, open, session_only;
	struct {
		int status;
		json_t *members;
		const char *words;
	} told; /* when that is taken back */
	void (*handle)(struct api_call *call);
	void (*on_rows)(struct api_call *call, const PGresult *rows);
	struct db_query query;
};

void api_enter(struct request *r, enum api_body body, void (*handle)(struct api_call *call));
/*
 * The same for what opens a way in or gives more rights, which a token must not do: it could make
 * what outlives it. Under /v1, too, the cookie of who signed in asks, from this site alone (header
 * Sec-Fetch-Site, or Origin), JSON being all that is read; a token is refused with 403 and the code
 * "not_by_token".
 */
void api_enter_session(struct request *r, enum api_body body,
		       void (*handle)(struct api_call *call));
/*
 * The same for a browser that signed in (web/session.h): a page, or with API_BODY_FORM a form of
 * the site itself, whose fields become the members of the body. Texts of digits become numbers.
 */
void api_enter_face(struct request *r, const struct api_face *face, enum api_body body,
		    void (*handle)(struct api_call *call));

/*
 * The same for a form that stands on a page of its own: where it is refused, again() shows that
 * page, with call->refusal and what was sent in call->body.
 */
void api_enter_form(struct request *r, const struct api_face *face, enum api_body body,
		    void (*handle)(struct api_call *call), void (*again)(struct api_call *call));

/*
 * For who is not known yet, at a route of ROLES_NONE: nobody is asked who he is, and what SQL does
 * is in nobody's name. A form must come from a page of ours, without a session's token.
 */
void api_enter_open(struct request *r, const struct api_face *face, enum api_body body,
		    void (*handle)(struct api_call *call), void (*again)(struct api_call *call));

/*
 * Asks in the name of the line or person, `sql` being listed in web/console_sql.def. `on_rows` is
 * called when the transaction is committed, and only then; every failure is answered here: a
 * refusal by SQL, 503 where the database is away or its answer was lost, 500 for a mistake of ours.
 */
void api_ask(struct api_call *call, const struct sql_query *sql, const struct db_parameters *p,
	     void (*on_rows)(struct api_call *call, const PGresult *rows));

/* --- answering; each ends the call --- */

void api_answer(struct api_call *call, struct answer *a);
/* `json` is a whole document. */
void api_answer_json(struct api_call *call, int status, struct slice json);
/* The same with Location, for 201 and 202. */
void api_answer_made(struct api_call *call, int status, struct slice location, struct slice json);
/*
 * Ends the call for an answer that the caller sends itself (web/stream.h), and adds to `a` what
 * every answer of the API carries.
 */
void api_end(struct api_call *call, struct answer *a);
/*
 * `message` says it to people, in their language, and to machines as the member "code"; `detail` to
 * machines. `member` (NULL: none) names what was wrong; `limit` (NULL: none) what it must be.
 */
void api_problem(struct api_call *call, int status, enum message message, const char *member,
		 const char *limit, const char *detail, ...) PRINTF(6, 7);

void api_no_memory(struct api_call *call); /* 503 */
/*
 * Zeroed memory of the handler's own, in the request's arena, as call->own. NULL: answered.
 */
MUSTCHECK void *api_own(struct api_call *call, size_t size);

/* --- reading; false: not so, and the problem is answered --- */

/* The body has no other members than these (the list ends with NULL). */
MUSTCHECK bool api_only(struct api_call *call, const char *const *members);
bool api_has(const struct api_call *call, const char *member); /* and it is not null */
/* A text of 1 to `most` bytes without NUL. */
MUSTCHECK bool api_text(struct api_call *call, const char *member, size_t most,
			struct slice *ret_text);
/* A whole number. */
MUSTCHECK bool api_number(struct api_call *call, const char *member, uint64_t least, uint64_t most,
			  uint64_t *ret_number);
MUSTCHECK bool api_gtin(struct api_call *call, const char *member, uint64_t *ret_gtin);
/* Absent or null: {NULL, 0}. */
MUSTCHECK bool api_lot(struct api_call *call, const char *member, struct slice *ret_lot);
bool api_is_uuid(struct slice text);
/* Capture `i` of the route as a UUID; what is none is 404, as an unknown one would be. */
MUSTCHECK bool api_uuid(struct api_call *call, unsigned i, struct slice *ret_uuid);
/* The query parameter as a whole number; `fallback` where it is absent. */
MUSTCHECK bool api_query_number(struct api_call *call, const char *name, uint64_t least,
				uint64_t most, uint64_t fallback, uint64_t *ret_number);
/* The query parameter as a GTIN; 0 where it is absent. */
MUSTCHECK bool api_query_gtin(struct api_call *call, const char *name, uint64_t *ret_gtin);
/* The header Idempotency-Key (of a form, the field idempotency_key): 1 to 255 visible ASCII
 * characters; its absence is refused. */
MUSTCHECK bool api_idempotency_key(struct api_call *call, struct slice *ret_key);

#endif
