/*
 * Finds marks of robots in a User-Agent. Nearly all patterns of such lists are plain words: those
 * are found by their first three characters, all in one walk over the text; what really is a
 * regular expression is joined into one for PCRE2.
 */
#include "web/robots.h"

#include <errno.h>
#include <jansson.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"
#include "base/file.h"

enum {
	FILE_MOST = 16 << 20,
	PATTERN_MOST = 1024, /* bytes */
	LOOK_MOST = 1024,    /* bytes of a User-Agent */
	HEAD = 3,	     /* characters a word is found by */
	BUCKETS = 4096,
	MATCH_STEPS = 200000, /* of PCRE2; a pattern that needs more matches nothing */
};

/* A pattern without any special character. */
struct word {
	struct slice text;
	bool at_start;
	struct word *next; /* with the same hash of its head */
};

struct robots {
	json_t *list;	    /* owns the patterns */
	struct word *words; /* as many as patterns at most */
	size_t word_count;
	char *texts; /* the words' characters, escapes removed */
	struct word *buckets[BUCKETS];
	struct buf expression; /* all other patterns, in one */
	pcre2_code *code;      /* NULL: there are none */
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

static unsigned head_hash(const char *text)
{
	unsigned a = (unsigned char)text[0], b = (unsigned char)text[1], c = (unsigned char)text[2];

	return (a * 0x9e5u + b * 0x1f3u + c * 0x35u) % BUCKETS;
}

/* --- reading --- */

/* Takes a pattern apart into `room`, as long as it. False: it is more than a word. */
static bool word_read(const char *pattern, char *room, struct word *ret_word)
{
	size_t length = 0;
	bool at_start = pattern[0] == '^';

	for (const char *p = pattern + at_start; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0' &&
		    strchr("\\/.*+?[](){}|^$-_ :;,!@#%&'\"<>=~`", p[1]) != NULL)
			p++;
		else if (strchr("\\.*+?[](){}|^$", *p) != NULL)
			return false;
		room[length++] = *p;
	}
	if (length < HEAD)
		return false;
	*ret_word = (struct word){ .text = { room, length }, .at_start = at_start };
	return true;
}

static void add_word(struct robots *r, const struct word *word)
{
	struct word *w = &r->words[r->word_count++];
	unsigned bucket = head_hash(word->text.data);

	*w = *word;
	w->next = r->buckets[bucket];
	r->buckets[bucket] = w;
}

/* NULL: the pattern is none. */
static pcre2_code *compile(struct slice pattern, char *why, size_t why_size)
{
	char message[200];
	size_t at;
	int error;
	pcre2_code *code =
	    pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length, 0, &error, &at, NULL);

	if (code != NULL)
		return code;
	(void)pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof(message));
	(void)snprintf(why, why_size, "at character %zu: %s", at, message);
	return NULL;
}

/* A pattern by itself first, so that a wrong one is told, and cannot change its neighbours. */
static bool add_expression(struct robots *r, const char *pattern, char *why, size_t why_size)
{
	pcre2_code *alone = compile(slice_of(pattern), why, why_size);

	if (alone == NULL)
		return false;
	pcre2_code_free(alone);
	buf_add_format(&r->expression, "%s(?:%s)", r->expression.length > 0 ? "|" : "", pattern);
	return true;
}

static bool add_pattern(struct robots *r, const char *pattern, char **room, char *why,
			size_t why_size)
{
	struct word word;

	if (pattern[0] == '\0' || strlen(pattern) > PATTERN_MOST) {
		(void)snprintf(why, why_size, "it must have 1 to %d bytes", PATTERN_MOST);
		return false;
	}
	if (!word_read(pattern, *room, &word))
		return add_expression(r, pattern, why, why_size);
	add_word(r, &word);
	*room += word.text.length;
	return true;
}

static bool add_patterns(struct robots *r, char *why, size_t why_size)
{
	size_t count = json_array_size(r->list), bytes = 1;
	char reason[300], *room;

	for (size_t i = 0; i < count; i++)
		bytes += json_string_length(json_object_get(json_array_get(r->list, i), "pattern"));
	r->words = calloc(count + 1, sizeof(*r->words));
	room = r->texts = calloc(bytes, 1);
	for (size_t i = 0; i < count; i++) {
		const char *pattern =
		    json_string_value(json_object_get(json_array_get(r->list, i), "pattern"));

		(void)snprintf(reason, sizeof(reason), "it has no text \"pattern\"");
		if (r->words == NULL || r->texts == NULL)
			(void)snprintf(reason, sizeof(reason), "out of memory");
		else if (pattern != NULL && add_pattern(r, pattern, &room, reason, sizeof(reason)))
			continue;
		(void)snprintf(why, why_size, "entry %zu: %s", i + 1, reason);
		return false;
	}
	return true;
}

/* Code is made now, before the sandbox forbids it. Where nobody may, the pattern is interpreted. */
static bool finish(struct robots *r, char *why, size_t why_size)
{
	if (!buf_ok(&r->expression)) {
		(void)snprintf(why, why_size, "too many regular expressions");
		return false;
	}
	if (r->expression.length == 0)
		return true;
	r->code = compile(buf_slice(&r->expression), why, why_size);
	if (r->code == NULL)
		return false;
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	r->match = pcre2_match_data_create(1, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (r->match == NULL || r->limits == NULL) {
		(void)snprintf(why, why_size, "out of memory");
		return false;
	}
	(void)pcre2_set_match_limit(r->limits, MATCH_STEPS);
	return true;
}

struct robots *robots_parse(struct slice json, char *why, size_t why_size)
{
	struct robots *r = calloc(1, sizeof(*r));
	json_error_t error;

	if (r == NULL) {
		(void)snprintf(why, why_size, "out of memory");
		return NULL;
	}
	buf_init(&r->expression, FILE_MOST);
	r->list = json_loadb(json.data, json.length, 0, &error);
	if (r->list == NULL)
		(void)snprintf(why, why_size, "line %d: %s", error.line, error.text);
	else if (!json_is_array(r->list))
		(void)snprintf(why, why_size, "it is no list");
	else if (add_patterns(r, why, why_size) && finish(r, why, why_size))
		return r;
	robots_free(r);
	return NULL;
}

struct robots *robots_standard(void)
{
	static const char *const patterns[] = {
#define ROBOT(pattern) pattern,
#include "web/robots.def"
#undef ROBOT
	};
	json_t *list = json_array();
	char *text = NULL, why[400];
	struct robots *r = NULL;

	for (size_t i = 0; i < COUNT_OF(patterns); i++)
		(void)json_array_append_new(list, json_pack("{s:s}", "pattern", patterns[i]));
	text = json_dumps(list, JSON_COMPACT);
	if (text != NULL)
		r = robots_parse(slice_of(text), why, sizeof(why));
	free(text);
	json_decref(list);
	return r;
}

struct robots *robots_load(const char *path, char *why, size_t why_size)
{
	char reason[400];
	struct robots *r = NULL;
	struct buf text;

	buf_init(&text, FILE_MOST);
	if (file_read(path, &text))
		r = robots_parse(buf_slice(&text), reason, sizeof(reason));
	else
		(void)snprintf(reason, sizeof(reason), "%s", strerror(errno));
	if (r == NULL)
		(void)snprintf(why, why_size, "%s: %s", path, reason);
	buf_release(&text);
	return r;
}

void robots_free(struct robots *r)
{
	if (r == NULL)
		return;
	json_decref(r->list);
	pcre2_code_free(r->code);
	pcre2_match_data_free(r->match);
	pcre2_match_context_free(r->limits);
	buf_release(&r->expression);
	free(r->words);
	free(r->texts);
	free(r);
}

/* --- looking --- */

static bool has_word(const struct robots *r, struct slice text)
{
	for (size_t i = 0; i + HEAD <= text.length; i++) {
		const struct word *w = r->buckets[head_hash(text.data + i)];

		for (; w != NULL; w = w->next)
			if (w->text.length <= text.length - i && (i == 0 || !w->at_start) &&
			    memcmp(w->text.data, text.data + i, w->text.length) == 0)
				return true;
	}
	return false;
}

bool robots_match(const struct robots *r, struct slice user_agent)
{
	struct slice text = user_agent;

	if (text.length > LOOK_MOST)
		text.length = LOOK_MOST;
	if (text.length == 0 || has_word(r, text))
		return true;
	return r->code != NULL && pcre2_match(r->code, (PCRE2_SPTR)text.data, text.length, 0, 0,
					      r->match, r->limits) >= 0;
}
