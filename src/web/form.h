/*
 * Forms of the console as data: what a form asks for stands in a table, from which come the page's
 * inputs and the check of what was sent, so that no field goes unchecked and every refusal stands
 * at its field.
 *
 *   static const struct form_field fields[] = {
 *           { "name", TEXT_team_name, .kind = FORM_TEXT, .most = 100, .required = true },
 *   };
 *   static const struct form form = { "/team", TEXT_team_add, fields, COUNT_OF(fields) };
 *
 * The handler (api_enter_form) calls form_check() first; the page calls form_show().
 */
#ifndef SUYUAN_WEB_FORM_H
#define SUYUAN_WEB_FORM_H

#include "web/pages.h"

enum form_kind {
	FORM_TEXT,   /* one line */
	FORM_LINES,  /* several; CR LF becomes LF */
	FORM_NUMBER, /* a whole number of `least` to `most` */
	FORM_DATE,   /* 2026-09-01 */
	FORM_COLOR,  /* #1a2b3c */
	FORM_SELECT, /* one of `choices` */
	FORM_CHECK,  /* "on" or absent */
	FORM_SECRET, /* a password: never shown again */
	FORM_FILE,   /* in call->files; needs .upload */
	FORM_HIDDEN, /* said by the page */
};

struct form_choice {
	const char *value;
	enum text text;
};

struct form_field {
	const char *name; /* of the input and of the API's member */
	enum text label;
	enum text hint; /* 0 or TEXT_none: none */
	enum form_kind kind;
	uint64_t least, most; /* of a number; else `most` characters, 0: 200 */
	bool required;
	bool scanned;			   /* may hold GS, FNC1 of element strings */
	const struct form_choice *choices; /* NULL for a select: any value, the page brings them */
	size_t choice_count;
	const char *autocomplete; /* NULL: "off" */
};

struct form {
	const char *action;
	enum text submit;
	const struct form_field *fields;
	size_t count;
	bool upload; /* multipart/form-data */
};

/*
 * Whether every field is as it must be, and there is no other. false: answered, with the field as
 * `member` and a code: required, too_long, control, number, date, color, choice, unknown_field.
 */
MUSTCHECK bool form_check(struct api_call *call, const struct form *form);
/* Refuses a field that the form has not. */
void form_refuse_unknown(struct api_call *call, const char *name);

/* What was sent, as text; empty where nothing was. Lives as long as the request. */
struct slice form_text(struct api_call *call, const char *name);
bool form_checked(struct api_call *call, const char *name);
/* A copy of lines as browsers send them (CR LF) with LF alone; {NULL, 0}: out of memory. */
struct slice form_lines(struct arena *memory, struct slice text);

/*
 * The form for the page: inputs with what was sent where the form was refused, else with the
 * members of `values` (may be NULL; numbers, texts and booleans). `action` NULL: the form's own. In
 * the request's arena; the caller may change it.
 */
struct view_console_form *form_show(struct page *p, const struct form *form, const char *action,
				    const json_t *values);
/*
 * The same where several forms of a page have a field of the same name: `mark` stands before the
 * ids of this one, and what was refused shows only in the form that was sent.
 */
struct view_console_form *form_show_marked(struct page *p, const struct form *form,
					   const char *mark, const json_t *values);
/* The input of that name; NULL: there is none. */
struct view_console_input *form_input(struct view_console_form *f, const char *name);
/*
 * The brand's products at the field "gtin", as trace.products_offered() gives them; there may be
 * more than it offers, so that it stays a text.
 */
void form_offer_products(struct page *p, struct view_console_form *f, const json_t *products);
/*
 * form_show() for what is a product's: of "?gtin=" of the query, or one of those that `document`
 * has as "offered" (page_show()).
 */
struct view_console_form *form_show_for_product(struct page *p, const struct form *form,
						const json_t *document);
/* Gives a select its choices: `count` options in the request's arena; the value is marked here. */
void form_options(struct view_console_input *input, struct view_console_option *options,
		  size_t count);

#endif
