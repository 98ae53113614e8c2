/*
 * Which fields exist that a brand may show to the public, and sets of them. The list is
 * visibility.def; a field that is not in it is private and cannot be made public.
 */
#ifndef SUYUAN_MODEL_VISIBILITY_H
#define SUYUAN_MODEL_VISIBILITY_H

#include "base/slice.h"

enum field {
#define FIELD(symbol, name, section, member) FIELD_##symbol,
#include "model/visibility.def"
#undef FIELD
	FIELD_COUNT
};

/* Where a field stands in the public documents. */
enum section {
	SECTION_PRODUCT,     /* the product document itself */
	SECTION_LOT,	     /* the lot document itself */
	SECTION_MATERIALS,   /* array "materials" of either document */
	SECTION_INPUTS,	     /* "inputs" of the lot document */
	SECTION_STEPS,	     /* "steps" */
	SECTION_INSPECTIONS, /* "inspections" */
	SECTION_DOCUMENTS,   /* "documents" of either document */
	SECTION_COUNT
};

/* What a brand may choose for a field. */
enum choice {
	CHOICE_HIDE,
	CHOICE_SHOW,	/* as it is */
	CHOICE_INHERIT, /* of a product: as its brand decides */
	/* Coarser forms; which field has which: coarser.def. */
	CHOICE_DATE,  /* of a time */
	CHOICE_MONTH, /* of a date or time */
	CHOICE_YEAR,
	CHOICE_PLACE, /* where somebody or something is */
	CHOICE_COUNTRY,
	CHOICE_ROUNDED, /* to the first digit */
	CHOICE_VERDICT, /* of a measured value: only whether it is as it must be */
	CHOICE_COUNT
};

/* A set of fields, one bit each. */
typedef uint64_t field_set; /* a plain number, not a struct */
_Static_assert(FIELD_COUNT <= 64, "field_set has too few bits");

static inline field_set field_bit(enum field f)
{
	return (field_set)1 << f;
}

struct field_description {
	const char *name; /* "lot.best_before": how policy and the database call it */
	enum section section;
	const char *member; /* name of the member in the public document */
	bool heading;	    /* the entry is nothing without it: hiding it hides the entry */
};

const struct field_description *field_describe(enum field f);
/* False when no such field exists. */
MUSTCHECK bool field_named(struct slice name, enum field *ret_field);
const char *choice_name(enum choice c); /* "hide": how policy and the database call it */
/* False when no such choice exists. */
MUSTCHECK bool choice_named(struct slice name, enum choice *ret_choice);
/* Whether a field may be so; `product`: the scope is a product, not the whole brand. */
bool field_may_be(enum field f, enum choice c, bool product);

/* What is recorded and can never be shown. */
struct private_description {
	const char *name; /* "step.operator" */
	enum section section;
};
const struct private_description *private_fields(size_t *ret_count);

/* The array's member name in a document: "materials"; NULL for the documents themselves. */
const char *section_member(enum section s);
/*
 * Reads the names of a PostgreSQL text[] or any list with one name per item elsewhere; an unknown
 * name in a hide list must not be dropped silently, so it hides everything: the caller gets
 * FIELD_SET_ALL.
 */
#define FIELD_SET_ALL (~(field_set)0)

#endif
