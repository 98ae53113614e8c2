/*
 * Files of rules of law (conf/law): which fields must be public, and which must stay secret, for
 * every product or for some categories. Plain text, a rule a block of lines:
 *
 *   rule      food-ingredients             its name: a-z, 0-9, "-" and "."
 *   field     product.ingredients          of visibility.def or private.def
 *   must      public                       or: secret
 *   category  food, 食品                   may be left out: every product; compared without case
 *   source    Regulation (EU) No 1169/2011, Article 9(1)(b)
 *   en        Why, for people …            and zh-CN, or any language; at least one
 *
 * An empty line or a line that begins with # says nothing; the next "rule" begins the next one.
 */
#ifndef SUYUAN_MODEL_LAW_H
#define SUYUAN_MODEL_LAW_H

#include "base/slice.h"

enum { LAW_RULES_MOST = 500, LAW_LANGUAGES_MOST = 8, LAW_WHY_SIZE = 200 };

struct law_rule {
	struct slice name, field, categories, source;
	bool is_public; /* else secret */
	bool has_must;
	struct slice languages[LAW_LANGUAGES_MOST], reasons[LAW_LANGUAGES_MOST];
	unsigned reason_count;
	unsigned line; /* where it begins, from 1 */
};

/*
 * Reads up to `most` rules; their slices point into `text`. False: `why` says in which line what is
 * wrong: a word that is none, a rule that lacks something, a name given twice, a field there is
 * not.
 */
MUSTCHECK bool law_read(struct slice text, struct law_rule *rules, size_t most, size_t *ret_count,
			char why[LAW_WHY_SIZE]);

#endif
