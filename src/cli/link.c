/* `suyuan link`: reads GS1 Digital Link URIs or codes by GB/T 33993, one a line, and writes what
 * each says as JSON lines. */
#include "cli/command.h"

#include <errno.h>
#include <jansson.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/arguments.h"
#include "model/digital_link.h"
#include "model/gbt33993.h"

extern const struct command command_link;

/* Standard input, in large pieces. */
struct input {
	char data[65536];
	size_t length;
	size_t at;
	bool failed;
};

/* A line of input, cut off where no URI can still be meant. */
struct line {
	char data[DL_URI_MAX + 1]; /* one more than allowed, so that "too long" can be told */
	size_t length;
};

/*
 * More input, or false at its end. What has been answered goes out first: whoever writes the
 * next line only after reading the last answer must not wait for ever.
 */
static bool input_more(struct input *in)
{
	ssize_t got;

	if (fflush(stdout) != 0)
		return false;
	do
		got = read(STDIN_FILENO, in->data, sizeof(in->data));
	while (got < 0 && errno == EINTR);
	in->failed = got < 0;
	in->at = 0;
	in->length = got > 0 ? (size_t)got : 0;
	return got > 0;
}

static void line_add(struct line *line, struct slice s)
{
	size_t room = sizeof(line->data) - line->length;
	size_t length = s.length < room ? s.length : room;

	memcpy(line->data + line->length, s.data, length);
	line->length += length;
}

/* The next line without its end (LF or CR LF). False at the end of the input. */
static bool read_line(struct input *in, struct line *ret)
{
	struct slice rest, part;

	if (in->at == in->length && !input_more(in))
		return false;
	ret->length = 0;
	do {
		rest = (struct slice){ in->data + in->at, in->length - in->at };
		part = (struct slice){ rest.data, slice_find(rest, '\n') };
		line_add(ret, part);
		in->at += part.length;
	} while (part.length == rest.length && input_more(in));
	in->at += in->at < in->length; /* the LF, unless the input ended without */
	if (ret->length > 0 && ret->length < sizeof(ret->data) &&
	    ret->data[ret->length - 1] == '\r')
		ret->length--;
	return true;
}

static json_t *json_slice(struct slice s)
{
	return json_stringn(s.length == 0 ? "" : s.data, s.length);
}

static json_t *ignored_parameters(const struct digital_link *dl)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < dl->ignored_count; i++)
		if (json_array_append_new(list, json_slice(dl->ignored[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* NULL when memory runs out. `scratch` is emptied and used. */
static json_t *accepted(json_t *uri, const struct digital_link *dl, struct buf scratch[2])
{
	buf_clear(&scratch[0]);
	buf_clear(&scratch[1]);
	digital_link_element_string(dl, &scratch[0]);
	digital_link_canonical(dl, &scratch[1]);
	if (!buf_ok(&scratch[0]) || !buf_ok(&scratch[1])) {
		json_decref(uri);
		return NULL;
	}
	return json_pack("{s:o, s:b, s:n, s:n, s:o, s:o, s:o}", "uri", uri, "valid", 1, "error",
			 "code", "ai", json_slice(buf_slice(&scratch[0])), "canonical",
			 json_slice(buf_slice(&scratch[1])), "ignored_query",
			 ignored_parameters(dl));
}

static json_t *refused(json_t *uri, const char *error, const char *code)
{
	return json_pack("{s:o, s:b, s:s, s:s, s:n, s:n, s:n}", "uri", uri, "valid", 0, "error",
			 error, "code", code, "ai", "canonical", "ignored_query");
}

/* What a report can repeat of a line that is far too long. */
static json_t *beginning(struct slice text)
{
	struct slice first = { text.data, text.length < 80 ? text.length : 80 };

	return json_slice((struct slice){ first.data, utf8_valid_length(first) });
}

/* What is said of each line; `stem` is of the settings. NULL: out of memory. */
typedef json_t *answer_line(const struct line *line, struct slice stem, struct buf scratch[2],
			    bool *ret_valid);

/* A line that is not UTF-8 cannot be repeated in JSON: its place among the answers names it. */
static json_t *answer_link(const struct line *line, struct slice stem UNUSED, struct buf scratch[2],
			   bool *ret_valid)
{
	struct slice text = { line->data, line->length };
	struct digital_link dl;

	*ret_valid = digital_link_parse(text, &dl) == DL_OK;
	if (*ret_valid)
		return accepted(json_slice(text), &dl, scratch);
	if (text.length > DL_URI_MAX)
		return refused(beginning(text), dl.error, digital_link_result_word(dl.result));
	if (!utf8_valid(text))
		return refused(json_null(), "the line is not UTF-8", "not_utf8");
	return refused(json_slice(text), dl.error, digital_link_result_word(dl.result));
}

/* --- GB/T 33993 --- */

static json_t *text_or_null(struct slice text)
{
	return text.length == 0 ? json_null() : json_slice(text);
}

/* The URL of the manufacturer's own that says the same, or null where the standard has no such. */
static json_t *gbt_url(struct slice stem, uint64_t gtin, struct slice lot, struct slice serial,
		       struct buf *scratch)
{
	buf_clear(scratch);
	if (!gbt_print_url(stem, gtin, lot, serial, scratch))
		return json_null();
	return buf_ok(scratch) ? json_slice(buf_slice(scratch)) : NULL;
}

/* As it stands in the text, which need not be UTF-8. */
static json_t *unchecked(const struct gbt_code *c)
{
	return c->unchecked.length == 0 ? json_null() : beginning(c->unchecked);
}

static json_t *gbt_accepted(json_t *text, struct slice stem, const struct gbt_code *c,
			    struct buf *scratch)
{
	static const char *const forms[] = {
		[GBT_ELEMENTS] = "elements", [GBT_MANUFACTURER_URL] = "manufacturer_url"
	};
	struct slice lot = slice_of(c->lot), serial = slice_of(c->serial);
	char gtin[GTIN_TEXT_SIZE];

	gtin_format(c->gtin, gtin);
	return json_pack("{s:o, s:b, s:n, s:n, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "text", text,
			 "valid", 1, "error", "code", "form", forms[c->form], "gtin", gtin, "lot",
			 text_or_null(lot), "serial", text_or_null(serial), "expiry",
			 text_or_null(slice_of(c->expiry)), "unchecked", unchecked(c),
			 "manufacturer_url", gbt_url(stem, c->gtin, lot, serial, scratch));
}

/* A GS1 Digital Link is none of the standard's forms, but there may be one that says the same. */
static json_t *gbt_refused(json_t *text, struct slice line, struct slice stem,
			   enum gbt_result result, struct buf *scratch)
{
	struct digital_link dl;
	json_t *url = json_null();

	if (digital_link_parse(line, &dl) == DL_OK && dl.has_gtin)
		url = gbt_url(stem, dl.gtin, dl.lot, dl.serial, scratch);
	return json_pack("{s:o, s:b, s:s, s:s, s:o}", "text", text, "valid", 0, "error",
			 gbt_reason(result), "code", gbt_result_word(result), "manufacturer_url",
			 url);
}

static json_t *answer_gbt(const struct line *line, struct slice stem, struct buf scratch[2],
			  bool *ret_valid)
{
	struct slice text = { line->data, line->length };
	bool whole = text.length <= GBT_TEXT_MAX && utf8_valid(text);
	json_t *shown = whole ? json_slice(text) : beginning(text);
	struct gbt_code code;
	enum gbt_result result = gbt_parse(text, &code);

	*ret_valid = result == GBT_OK;
	return *ret_valid ? gbt_accepted(shown, stem, &code, &scratch[0])
			  : gbt_refused(shown, text, stem, result, &scratch[0]);
}

/* --- line by line --- */

struct tally {
	uint64_t valid;
	uint64_t refused;
};

/* Returns what failed, or NULL. */
static const char *parse_lines(answer_line *answer, struct slice stem, struct tally *ret,
			       struct progress *progress)
{
	struct input in = { .length = 0 };
	struct buf scratch[2];
	struct line line;
	const char *failed = NULL;

	buf_init(&scratch[0], 2 * DL_CANONICAL_MAX);
	buf_init(&scratch[1], DL_CANONICAL_MAX);
	while (failed == NULL && read_line(&in, &line)) {
		bool valid;
		json_t *json = answer(&line, stem, scratch, &valid);

		ret->valid += valid;
		ret->refused += !valid;
		if (json == NULL)
			failed = "out of memory";
		else if (json_dumpf(json, stdout, JSON_COMPACT) != 0 ||
			 putchar_unlocked('\n') == EOF)
			failed = "standard output";
		json_decref(json);
		progress_to(progress, ret->valid + ret->refused);
	}
	if (failed == NULL && in.failed)
		failed = "standard input";
	if (failed == NULL && ferror(stdout))
		failed = "standard output";
	buf_release(&scratch[0]);
	buf_release(&scratch[1]);
	return failed;
}

static int parse(struct command_context *context, answer_line *answer, bool strict)
{
	struct tally tally = { 0, 0 };
	struct progress progress;
	const char *failed;

	/* On a terminal the answers themselves are the progress. */
	context->progress = context->progress && isatty(STDOUT_FILENO) == 0;
	progress_start(&progress, context, "links", 0);
	failed = parse_lines(answer, slice_of(context->settings.link_stem), &tally, &progress);
	progress_end(&progress);
	if (failed != NULL)
		return command_fail(context, EXIT_FAILED, "%s: %s", failed, strerror(errno));
	return strict && tally.refused > 0 ? EXIT_REJECTED : EXIT_OK;
}

struct link_arguments {
	bool strict;
	struct word_list verb; /* one word */
};

static const struct option_rule rules[] = {
	OPTION(FLAG, "strict", struct link_arguments, strict),
	OPTION(OPERANDS, "the word parse", struct link_arguments, verb, .least = 1, .most = 1),
	OPTIONS_END,
};

static int run(struct command_context *context, int argc, char **argv)
{
	struct link_arguments a = { 0 };

	if (!arguments_read(&command_link, rules, argc, argv, &a))
		return EXIT_USAGE;
	if (strcmp(a.verb.words[0], "parse") == 0)
		return parse(context, answer_link, a.strict);
	if (strcmp(a.verb.words[0], "check-gbt") == 0)
		return parse(context, answer_gbt, a.strict);
	return command_usage(&command_link, "say parse or check-gbt");
}

const struct command command_link = {
	.name = "link",
	.arguments = "parse | check-gbt [--strict] < URIS",
	.summary = "read GS1 Digital Link URIs and say what each means, or what is wrong with it",
	.help =
	    "Standard input has one URI a line (at most 2000 bytes); standard output gets one "
	    "JSON\n"
	    "object for each, in the same order, at the latest before it waits for more input:\n"
	    "\n"
	    "  uri            the line as read; its beginning if too long, null if not UTF-8\n"
	    "  valid          true or false\n"
	    "  error          what is wrong, in words; null when valid\n"
	    "  code           the same as one stable word, such as bad_check_digit; null when "
	    "valid\n"
	    "  ai             element string, \"(01)09780345418913(21)A1\"; null when not valid\n"
	    "  canonical      the URI at id.gs1.org; null when not valid\n"
	    "  ignored_query  query parameters that are no AIs; null when not valid\n"
	    "\n"
	    "check-gbt reads codes by GB/T 33993 instead: element strings such as (01)...(21)..., "
	    "or "
	    "a\n"
	    "manufacturer's URL, HOST/gtin/GTIN/bat/LOT/ser/SERIAL. It answers with form, gtin, "
	    "lot, "
	    "serial,\n"
	    "expiry, unchecked (the first keyword or AI that no rule is known of here) and\n"
	    "manufacturer_url, what the code is as such a URL at this server; for a GS1 Digital "
	    "Link, too.\n"
	    "The lookup server answers such a URL like the Digital Link. What of the standard "
	    "could "
	    "be\n"
	    "verified, in its edition of 2017, stands in src/model/gbt33993.h.\n"
	    "\n"
	    "  --strict       exit status 3 when any URI was refused (else 0)\n"
	    "\n"
	    "  echo https://example.com/01/09780345418913/21/A1 | suyuan link parse\n"
	    "  echo https://example.com/01/09780345418913/21/A1 | suyuan link check-gbt\n",
	.run = run,
};
