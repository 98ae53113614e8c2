/* Walks the fields of a coupon code by a table: which fields, how long, which digits. */
#include "model/gs1_coupon.h"

#include "model/gs1.h"
#include "model/gs1_lint.h"

enum kind {
	GROUP, /* an optional group begins if the next digit is `digits`, else it is passed over */
	CODE,  /* one of `digits` */
	PLAIN, /* `length` digits */
	COUNTED, /* one of `digits`, then that many more plus `length` */
	COMPANY, /* as COUNTED, of a company prefix or GLN; a 9 says that there is none */
	EXPIRY,	 /* YYMMDD */
	START,	 /* YYMMDD, not after the expiry when there is one */
};

struct field {
	enum kind kind;
	const char *digits;
	size_t length;
};

static const char ANY[] = "0123456789";

static const struct field coupon[] = {
	/* primary company prefix, offer code, save value */
	{ COMPANY, "0123456", 6 },
	{ PLAIN, NULL, 6 },
	{ COUNTED, "12345", 0 },
	/* first purchase: requirement, its code, family */
	{ COUNTED, "12345", 0 },
	{ CODE, "012349", 0 },
	{ PLAIN, NULL, 3 },
	/* second purchase: rules, requirement, its code, family, company prefix */
	{ GROUP, "1", 0 },
	{ CODE, "0123", 0 },
	{ COUNTED, "12345", 0 },
	{ CODE, "012349", 0 },
	{ PLAIN, NULL, 3 },
	{ COMPANY, "01234569", 6 },
	/* third purchase */
	{ GROUP, "2", 0 },
	{ COUNTED, "12345", 0 },
	{ CODE, "012349", 0 },
	{ PLAIN, NULL, 3 },
	{ COMPANY, "01234569", 6 },
	{ GROUP, "3", 0 },
	{ EXPIRY, NULL, 6 },
	{ GROUP, "4", 0 },
	{ START, NULL, 6 },
	/* serial number */
	{ GROUP, "5", 0 },
	{ COUNTED, ANY, 6 },
	/* retailer's company prefix or GLN */
	{ GROUP, "6", 0 },
	{ COMPANY, "1234567", 6 },
	/* save value code and what it applies to, store coupon, do not multiply */
	{ GROUP, "9", 0 },
	{ CODE, "01256", 0 },
	{ CODE, "012", 0 },
	{ CODE, ANY, 0 },
	{ CODE, "01", 0 },
};

static const struct field offer[] = {
	{ CODE, "01", 0 },	   /* format */
	{ COUNTED, "0123456", 6 }, /* funder */
	{ PLAIN, NULL, 6 },	   /* offer code */
	{ COUNTED, ANY, 6 },	   /* serial number */
};

struct walk {
	struct slice rest;
	struct slice expiry; /* empty: none given */
};

static bool next_is(const struct walk *w, const char *digits)
{
	return w->rest.length > 0 && strchr(digits, w->rest.data[0]) != NULL;
}

static bool take(struct walk *w, size_t length, struct slice *ret)
{
	if (w->rest.length < length)
		return false;
	*ret = (struct slice){ w->rest.data, length };
	w->rest = slice_from(w->rest, length);
	return true;
}

/* A digit that tells the length, and what it tells of. */
static bool take_counted(struct walk *w, const struct field *f, struct slice *ret)
{
	struct slice count;
	size_t length;

	if (!next_is(w, f->digits) || !take(w, 1, &count))
		return false;
	length = (size_t)(count.data[0] - '0') + f->length;
	if (f->kind == COMPANY && count.data[0] == '9')
		length = 0;
	return take(w, length, ret);
}

static bool take_field(struct walk *w, const struct field *f)
{
	struct slice text;

	switch (f->kind) {
	case GROUP:
	case CODE:
		return next_is(w, f->digits) && take(w, 1, &text);
	case PLAIN:
		return take(w, f->length, &text);
	case COUNTED:
		return take_counted(w, f, &text);
	case COMPANY:
		return take_counted(w, f, &text) &&
		       (text.length == 0 || gs1_lint_ok(GS1_LINT_PREFIX_1, text));
	case EXPIRY:
		return take(w, f->length, &w->expiry) && gs1_lint_ok(GS1_LINT_DATE, w->expiry);
	case START:
		return take(w, f->length, &text) && gs1_lint_ok(GS1_LINT_DATE, text) &&
		       (w->expiry.length == 0 || memcmp(text.data, w->expiry.data, 6) <= 0);
	}
	return false;
}

static bool walk(struct slice text, const struct field *fields, size_t count)
{
	struct walk w = { text, { NULL, 0 } };
	bool pass_over = false;

	if (!gs1_is_digits(text))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (fields[i].kind == GROUP)
			pass_over = !next_is(&w, fields[i].digits);
		if (!pass_over && !take_field(&w, &fields[i]))
			return false;
	}
	return w.rest.length == 0;
}

bool gs1_coupon_ok(struct slice text)
{
	return walk(text, coupon, COUNT_OF(coupon));
}

bool gs1_coupon_offer_ok(struct slice text)
{
	return walk(text, offer, COUNT_OF(offer));
}
