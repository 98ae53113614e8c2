/*
 * Languages of the page and choosing one: `?lang=` first, then Accept-Language by q-values
 * (RFC 9110 12.5.4, matching by RFC 4647 lookup), then the default. The list of languages is made
 * from lang/ at build time (generated page/texts.h); this module works on any list.
 */
#ifndef SUYUAN_MODEL_LANGUAGE_H
#define SUYUAN_MODEL_LANGUAGE_H

#include "base/slice.h"

/*
 * Index into `tags` (BCP 47, `count` > 0, tags[0] is the default) of the best language.
 * `wanted` is the value of ?lang= (may be empty), `accept` the header (may be empty or garbage).
 * "zh", "zh-Hans-CN", "zh-SG" find "zh-CN"; "en-GB" finds "en".
 */
unsigned language_choose(const char *const *tags, unsigned count, struct slice wanted,
			 struct slice accept);

/*
 * How welcome a tag is by the header alone: 0 where no range of it fits, or one of q=0; else greater
 * is better, the quality first and then how closely the range fits ("en-GB" asked for: en-GB, en).
 */
unsigned language_weigh(struct slice tag, struct slice accept);

/* What the language calls itself, "Français" of "fr" and "fr-CA"; a tag without a name as it is. */
struct slice language_own_name(struct slice tag);

#endif
