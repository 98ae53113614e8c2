/*
 * The console's pages, whole without JavaScript. Each form asks the handler of the API that
 * machines ask (web/api.h, api_face); what comes of it is a page or a way to one, and a form that
 * is refused stands there again with the reason at its field (web/form.h).
 */
#ifndef SUYUAN_WEB_PAGES_H
#define SUYUAN_WEB_PAGES_H

#include "page/templates.h"
#include "web/api.h"

extern const struct api_face page_face;

enum { PAGE_KEY_SIZE = 33 };
/* An Idempotency-Key for a form: sent twice, it asks once. */
void page_new_key(char ret_key[PAGE_KEY_SIZE]);

/* A page being made: what its views point to lives in the request's arena. */
struct page {
	struct api_call *call;
	struct request *request;
	struct buf out;
	struct writer writer;
	struct view_console_head head;
	struct slice retry_after;  /* seconds, for the header; or empty */
	struct slice allowed;	   /* methods, for the header of a 405; or empty */
	struct slice set_language; /* a cookie for the header; or empty */
	const json_t *names;	   /* of products, by GTIN: their texts by language; or NULL */
	bool framed;		   /* may stand in a frame of our own pages: a preview */
};

/* The tag of the language that a page for this request is in, before there is one: "en". */
struct slice page_language(struct request *r);
void page_init(struct page *p, struct api_call *call, struct request *r, enum text title);
/* A member of a JSON object as text: strings as they are, numbers in digits, else empty. */
struct slice page_member(struct page *p, const json_t *object, const char *name);
/* What is said in the reader's language, or in the first there is, of {"en": …, "zh-CN": …}. */
struct slice page_words(struct page *p, const json_t *words);
/* The name of the product with this GTIN of 14 digits; empty when it has none. */
struct slice page_product(struct page *p, struct slice gtin);
/* A member's name, or a state, in the reader's language where there is a word for it. */
struct slice page_name(struct page *p, const char *name);
struct slice page_state(struct page *p, struct slice state);
/* "2026-09-01 08:30:05" of a local time with its offset, "2026-09-01T08:30:05+08:00"; what is UTC
 * says so. */
struct slice page_when(struct page *p, struct slice at);
/* The same to the minute, where no more depends on it: "2026-09-01 08:30". */
struct slice page_minute(struct page *p, struct slice at);
/* Somebody's name as people know it: "user:anna" is anna; who signed in to the machine itself is
 * the operator. */
struct slice page_who(struct page *p, struct slice who);
/*
 * Refuses what nobody has looked at yet, and so without a menu, for nobody knows who asks: on a
 * page in the reader's language, under /v1 as a problem document.
 */
void page_problem(struct request *r, int status, enum message message);
/* 405 on such a page; `allowed` are the methods that the address takes, "POST, OPTIONS". */
void page_wrong_method(struct request *r, struct slice allowed);
/*
 * Sends it with this status and releases everything; 503 where memory did not suffice for a part of
 * it, so that who fills a page leaves out what has no room, and is done.
 */
void page_send(struct page *p, int status);
/*
 * The page that fill() makes of the JSON text in the first row; no row: there is no such thing. A
 * second column is no part of the document that machines get: it becomes the member "offered"; a
 * third holds the names of the products that the document speaks of, for page_product().
 */
void page_show(struct api_call *call, const PGresult *rows, enum text title,
	       void (*fill)(struct page *p, const json_t *document));

/* Refuses with a code of messages.def and its words; `member` may be NULL. */
void message_refuse(struct api_call *call, int status, const char *member, const char *code);
/* The JSON in the first row; no row: 404 with that code of messages.def. */
void message_answer(struct api_call *call, const PGresult *rows, const char *missing);
/* 303 to a path of ours; ends the call. */
void page_go_to(struct api_call *call, struct slice path);

#endif
