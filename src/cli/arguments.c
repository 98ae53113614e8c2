/* Arguments of the form key=value, and JSON lines on standard output. */
#include "cli/arguments.h"

#include "base/utf8.h"

static bool split(const struct command *command, const char *option, const char *pair,
		  struct slice *ret_key, const char **ret_value)
{
	const char *equals = strchr(pair, '=');

	if (equals == NULL || equals == pair || equals[1] == '\0') {
		(void)command_usage(command, "%s wants KEY=VALUE, not \"%s\"", option, pair);
		return false;
	}
	if (!utf8_valid(slice_of(equals + 1))) {
		(void)command_usage(command, "%s: the text is not UTF-8", option);
		return false;
	}
	*ret_key = (struct slice){ pair, (size_t)(equals - pair) };
	*ret_value = equals + 1;
	return true;
}

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

static bool put(json_t *object, struct slice key, const char *value)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(key));
	return json_object_set_new(object, name, json_string(value)) == 0;
}

bool arguments_add_words(const struct command *command, const char *option, const char *pair,
			 json_t *object)
{
	struct slice key = { 0 };
	const char *value = NULL;

	if (!split(command, option, pair, &key, &value))
		return false;
	if (key.length < 64 && is_language_tag(key))
		return put(object, key, value);
	(void)command_usage(command, "%s: \"%.*s\" is no language; write %s en=...", option,
			    SLICE_ARG(key), option);
	return false;
}

bool arguments_add_pair(const struct command *command, const char *option, const char *pair,
			const char *const *keys, json_t *object)
{
	struct slice key = { 0 };
	const char *value = NULL;

	if (!split(command, option, pair, &key, &value))
		return false;
	for (; *keys != NULL; keys++)
		if (slice_equal(key, slice_of(*keys)))
			return put(object, key, value);
	(void)command_usage(command, "%s has no \"%.*s\"", option, SLICE_ARG(key));
	return false;
}

char *arguments_json(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT);
}

void print_json_line(json_t *taken)
{
	(void)json_dumpf(taken, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(taken);
}
