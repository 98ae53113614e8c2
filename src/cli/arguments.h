/*
 * Reading a command's options: the command lists them as data, one line an option, and every wrong
 * command line is told in the same words.
 *
 *	static const struct option_rule rules[] = {
 *		OPTION(GTIN, "gtin", struct batch_arguments, order.gtin, .required = true),
 *		OPTION(NUMBER, "copies", struct batch_arguments, copies, .least = 1, .most = 9),
 *		OPTIONS_END,
 *	};
 */
#ifndef SUYUAN_CLI_ARGUMENTS_H
#define SUYUAN_CLI_ARGUMENTS_H

#include <jansson.h>
#include <limits.h>

#include "base/slice.h"
#include "cli/command.h"

struct word_list {
	char **words;
	int count;
};

/* What an option's value is. A member whose option is not given keeps what it held before. */
enum option_kind {
	OPTION_FLAG,	 /* no value; the member becomes true */
	OPTION_TEXT,	 /* points into argv */
	OPTION_TEXTS,	 /* repeatable; `words` is freed by the caller, also after a failure */
	OPTION_NUMBER,	 /* decimal, `least` to `most` */
	OPTION_GTIN,	 /* of any length with the right check digit */
	OPTION_LOT,	 /* GS1 AI (10); points into argv */
	OPTION_WORDS,	 /* LANGUAGE=TEXT, repeatable, added to the caller's JSON object */
	OPTION_PAIRS,	 /* KEY=TEXT with KEY one of `keys`, otherwise the same */
	OPTION_OTHER,	 /* what `read` makes of it; `wants` says what that takes */
	OPTION_OPERANDS, /* not an option: the other words, `least` to `most`; points into argv */
};

/* The type of the member each kind writes; OPTION() compares it. */
#define OPTION_TYPE_FLAG     bool
#define OPTION_TYPE_TEXT     const char *
#define OPTION_TYPE_TEXTS    struct word_list
#define OPTION_TYPE_NUMBER   uint64_t
#define OPTION_TYPE_GTIN     uint64_t
#define OPTION_TYPE_LOT	     const char *
#define OPTION_TYPE_WORDS    json_t *
#define OPTION_TYPE_PAIRS    json_t *
#define OPTION_TYPE_OTHER    default
#define OPTION_TYPE_OPERANDS struct word_list

struct option_rule {
	const char *name; /* without "--"; of operands: what to call them when they are missing */
	enum option_kind kind;
	bool required;
	size_t offset;		 /* of the member in the struct that is filled */
	uint64_t least, most;	 /* of a number, or of the count of operands */
	const char *const *keys; /* NULL at the end */
	bool (*read)(struct slice text, void *member); /* false: `member` is untouched */
	const char *wants;
};

/* One line of the table; does not compile when the member is not of the kind's type. */
#define OPTION(kind_, name_, type, member, ...)                                                  \
	{                                                                                        \
		.name = (name_), .kind = OPTION_##kind_,                                         \
		.offset = offsetof(type, member) +                                               \
			  0 * sizeof(_Generic(((type *)NULL)->member, OPTION_TYPE_##kind_ : 0)), \
		__VA_ARGS__                                                                      \
	}
#define OPTIONS_END          \
	{                    \
		.name = NULL \
	}

enum { OPTIONS_MOST = 32, OPERANDS_ANY = INT_MAX };

/*
 * Fills *target, the struct the rules name members of. Words that belong to no option are refused
 * unless there is a rule for operands. argv[0] is skipped, and argv is reordered as getopt(3) does.
 * False: reported as a wrong command line; *target may be filled in part.
 */
MUSTCHECK bool arguments_read(const struct command *command, const struct option_rule *rules,
			      int argc, char **argv, void *target);

#endif
