/* From a command's table of options and its command line to a filled struct, or to what is wrong.
 */
#include "cli/arguments.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>

#include "base/utf8.h"
#include "model/gs1.h"

/* getopt_long() answers FIRST + place in the table, which is no character. */
enum { FIRST = 256, WHY_SIZE = 160 };

/* --- values: each reader is true, or says in `why` what the option takes --- */

static bool refuse(char why[WHY_SIZE], const char *format, ...) PRINTF(2, 3);
static bool refuse(char why[WHY_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, WHY_SIZE, format, args);
	va_end(args);
	return false;
}

static bool read_number(const struct option_rule *rule, const char *text, uint64_t *ret_number,
			char why[WHY_SIZE])
{
	uint64_t number;

	if (!slice_to_u64(slice_of(text), &number) || number < rule->least || number > rule->most)
		return refuse(why, "it is a number from %llu to %llu",
			      (unsigned long long)rule->least, (unsigned long long)rule->most);
	*ret_number = number;
	return true;
}

static bool read_gtin(const char *text, uint64_t *ret_gtin, char why[WHY_SIZE])
{
	enum gtin_result result = gtin_parse(slice_of(text), ret_gtin);

	return result == GTIN_OK || refuse(why, "%s", gtin_reason(result));
}

static bool read_lot(const char *text, const char **ret_lot, char why[WHY_SIZE])
{
	if (!gs1_lot_ok(slice_of(text)))
		return refuse(why, "it is 1 to 20 characters of GS1 set 82");
	*ret_lot = text;
	return true;
}

static bool add_text(char *text, struct word_list *list, char why[WHY_SIZE])
{
	char **words = realloc(list->words, ((size_t)list->count + 1) * sizeof(*words));

	if (words == NULL)
		return refuse(why, "out of memory");
	words[list->count++] = text;
	list->words = words;
	return true;
}

/* --- values that are pairs: "--name zh-CN=茶", "--contact url=https://…" --- */

/* Looks like a language tag (BCP 47); which languages there are is not known here. */
static bool is_language_tag(struct slice tag)
{
	size_t part = 0;

	for (size_t i = 0; i < tag.length; i++) {
		char c = tag.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (c == '-' && part > 0)
			part = 0;
		else if (letter || (i > 1 && c >= '0' && c <= '9'))
			part++;
		else
			return false;
		if (part > 8)
			return false;
	}
	return part > 0 && tag.length > 1;
}

static bool is_one_of(struct slice key, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (slice_equal(key, slice_of(*keys)))
			return true;
	return false;
}

static bool add_pair(const struct option_rule *rule, const char *pair, json_t *object,
		     char why[WHY_SIZE])
{
	const char *equals = strchr(pair, '=');
	char key[64];

	if (equals == NULL || equals == pair || equals[1] == '\0')
		return refuse(why, "write %s",
			      rule->kind == OPTION_WORDS ? "LANGUAGE=TEXT" : "KEY=TEXT");
	if (!utf8_valid(slice_of(equals + 1)))
		return refuse(why, "the text is not UTF-8");
	if ((size_t)(equals - pair) >= sizeof(key))
		return refuse(why, "what stands before \"=\" is too long");
	(void)snprintf(key, sizeof(key), "%.*s", (int)(equals - pair), pair);
	if (rule->kind == OPTION_WORDS && !is_language_tag(slice_of(key)))
		return refuse(why, "\"%s\" is no language; write en=...", key);
	if (rule->kind == OPTION_PAIRS && !is_one_of(slice_of(key), rule->keys))
		return refuse(why, "there is no \"%s\"", key);
	return json_object_set_new(object, key, json_string(equals + 1)) == 0 ||
	       refuse(why, "out of memory");
}

static bool read_value(const struct option_rule *rule, char *text, void *member, char why[WHY_SIZE])
{
	switch (rule->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return true;
	case OPTION_TEXT:
		*(const char **)member = text;
		return true;
	case OPTION_TEXTS:
		return add_text(text, member, why);
	case OPTION_NUMBER:
		return read_number(rule, text, member, why);
	case OPTION_GTIN:
		return read_gtin(text, member, why);
	case OPTION_LOT:
		return read_lot(text, member, why);
	case OPTION_WORDS:
	case OPTION_PAIRS:
		return add_pair(rule, text, *(json_t **)member, why);
	case OPTION_OTHER:
		return rule->read(slice_of(text), member) || refuse(why, "it is %s", rule->wants);
	case OPTION_OPERANDS:
		break;
	}
	return refuse(why, "it is no option");
}

/* --- the command line --- */

/* The table as getopt_long(3) wants it, zeroed behind its end. */
static void list_options(const struct option_rule *rules, struct option list[OPTIONS_MOST + 1])
{
	int count = 0;

	for (int i = 0; rules[i].name != NULL; i++) {
		int has = rules[i].kind == OPTION_FLAG ? no_argument : required_argument;

		assert(i < OPTIONS_MOST);
		if (rules[i].kind != OPTION_OPERANDS)
			list[count++] = (struct option){ rules[i].name, has, NULL, FIRST + i };
	}
}

/* `answer` is getopt_long()'s, which also left the option in optopt or before optind. */
static void refuse_option(const struct command *command, char **argv, int answer)
{
	const char *word = argv[optind - 1];

	if (answer == ':')
		(void)command_usage(command, "%s: its value is missing", word);
	else if (optopt >= FIRST)
		(void)command_usage(command, "%s: it takes no value", word);
	else if (optopt != 0)
		(void)command_usage(command, "-%c: unknown option", optopt);
	else
		(void)command_usage(command, "%s: unknown option", word);
}

static bool take_operands(const struct command *command, const struct option_rule *rule, int argc,
			  char **argv, char *target)
{
	struct word_list found = { argv + optind, argc - optind };
	int most = rule == NULL ? 0 : (int)rule->most;

	if (found.count > most) {
		(void)command_usage(command, "unexpected argument: %s", found.words[most]);
		return false;
	}
	if (rule == NULL)
		return true;
	if ((uint64_t)found.count < rule->least) {
		(void)command_usage(command, "%s is missing", rule->name);
		return false;
	}
	*(struct word_list *)(void *)(target + rule->offset) = found;
	return true;
}

/* `seen` has a bit for each rule whose option was given. */
static bool finish(const struct command *command, const struct option_rule *rules, uint32_t seen,
		   const struct option_rule **ret_operands)
{
	*ret_operands = NULL;
	for (int i = 0; rules[i].name != NULL; i++) {
		if (rules[i].kind == OPTION_OPERANDS)
			*ret_operands = &rules[i];
		if (rules[i].required && (seen & 1U << i) == 0) {
			(void)command_usage(command, "--%s is missing", rules[i].name);
			return false;
		}
	}
	return true;
}

bool arguments_read(const struct command *command, const struct option_rule *rules, int argc,
		    char **argv, void *target)
{
	struct option list[OPTIONS_MOST + 1] = { { 0 } };
	const struct option_rule *operands;
	char why[WHY_SIZE];
	uint32_t seen = 0;
	int answer;

	list_options(rules, list);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((answer = getopt_long(argc, argv, ":", list, NULL)) != -1) {
		int i = answer - FIRST;

		if (i < 0) {
			refuse_option(command, argv, answer);
			return false;
		}
		if (!read_value(&rules[i], optarg, (char *)target + rules[i].offset, why)) {
			(void)command_usage(command, "--%s cannot be %s: %s", rules[i].name, optarg,
					    why);
			return false;
		}
		seen |= 1U << i;
	}
	return finish(command, rules, seen, &operands) &&
	       take_operands(command, operands, argc, argv, target);
}
