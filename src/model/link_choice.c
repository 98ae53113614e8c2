/* Weighs links against a request. */
#include "model/link_choice.h"

#include <assert.h>

#include "model/language.h"

enum { UNWELCOME = 0, NOT_SAID = 1 };

/* A set of indexes, in order. */
struct set {
	size_t *at;
	size_t count;
};

/* --- one by one ------------------------------------------------------------------------------ */

static bool lists(struct slice list, struct slice wanted)
{
	struct slice one;

	while (slice_cut(&list, ' ', &one))
		if (slice_equal_nocase(one, wanted))
			return true;
	return false;
}

/* Greater is better; the closest range of the header decides for each of its languages. */
static unsigned language_rank(const struct link *link, struct slice accept)
{
	struct slice list = link->hreflang, tag;
	unsigned best = UNWELCOME;

	if (list.length == 0)
		return NOT_SAID;
	while (slice_cut(&list, ' ', &tag)) {
		unsigned rank = language_weigh(tag, accept);

		if (rank > best)
			best = rank;
	}
	return best == UNWELCOME ? UNWELCOME : best + NOT_SAID;
}

static unsigned context_rank(const struct link *link, struct slice wanted)
{
	if (link->context.length == 0)
		return 1;
	return wanted.length > 0 && lists(link->context, wanted) ? 2 : 0;
}

/* --- narrowing ------------------------------------------------------------------------------- */

/* Keeps those of the highest rank. */
static void keep_best(struct set *s, const unsigned *ranks)
{
	unsigned best = 0;
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (ranks[s->at[i]] > best)
			best = ranks[s->at[i]];
	for (size_t i = 0; i < s->count; i++)
		if (ranks[s->at[i]] == best)
			s->at[kept++] = s->at[i];
	s->count = kept;
}

static void narrow(const struct link *links, size_t count, const struct link_request *request,
		   struct set *s)
{
	unsigned ranks[LINKS_MOST];

	for (size_t i = 0; i < count; i++)
		ranks[i] = context_rank(&links[i], request->context);
	keep_best(s, ranks);
	if (slice_trim(request->language).length > 0) {
		for (size_t i = 0; i < s->count; i++)
			ranks[s->at[i]] = language_rank(&links[s->at[i]], request->language);
		keep_best(s, ranks);
	}
	if (request->media != NULL)
		keep_best(s, request->media);
}

static void drop_repeated(const struct link *links, struct set *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		bool is_new = true;

		for (size_t k = 0; k < kept; k++)
			is_new &= !slice_equal(links[s->at[k]].href, links[s->at[i]].href);
		if (is_new)
			s->at[kept++] = s->at[i];
	}
	s->count = kept;
}

/* --- by type --------------------------------------------------------------------------------- */

static void add_typed(const struct link *links, size_t count, enum link_level level,
		      struct slice type, struct set *s)
{
	for (size_t i = 0; i < count; i++)
		if (links[i].level == level && slice_equal(links[i].type, type))
			s->at[s->count++] = i;
}

static void add_role(const struct link *links, size_t count, enum link_level level,
		     enum link_role role, struct set *s)
{
	for (size_t i = 0; i < count; i++)
		if (links[i].level == level && links[i].role == role)
			s->at[s->count++] = i;
}

/* One of several defaults must meet each wish that it says something of, and at least one. */
static bool meets(const struct link *link, const struct link_request *request, unsigned media)
{
	bool wants_language = slice_trim(request->language).length > 0;
	unsigned language = wants_language ? language_rank(link, request->language) : NOT_SAID;
	unsigned context = context_rank(link, request->context);

	if (language == UNWELCOME || context == 0 || media == 0)
		return false;
	return language > NOT_SAID || context == 2 ||
	       (request->media != NULL && link->media_type.length > 0);
}

static void add_defaults(const struct link *links, size_t count, enum link_level level,
			 const struct link_request *request, struct set *s)
{
	size_t kept = 0;

	add_role(links, count, level, LINK_MULTI, s);
	for (size_t i = 0; i < s->count; i++) {
		size_t at = s->at[i];

		if (meets(&links[at], request, request->media == NULL ? 1 : request->media[at]))
			s->at[kept++] = at;
	}
	s->count = kept;
	if (kept == 0)
		add_role(links, count, level, LINK_DEFAULT, s);
}

size_t link_choose(const struct link *links, size_t count, const struct link_request *request,
		   size_t *ret_chosen)
{
	struct set s = { ret_chosen, 0 };

	assert(count <= LINKS_MOST);
	for (unsigned level = LINK_LEVELS; level-- > 0 && s.count == 0;) {
		if (request->type.length > 0)
			add_typed(links, count, (enum link_level)level, request->type, &s);
		else
			add_defaults(links, count, (enum link_level)level, request, &s);
	}
	if (s.count > 1)
		narrow(links, count, request, &s);
	drop_repeated(links, &s);
	return s.count;
}
