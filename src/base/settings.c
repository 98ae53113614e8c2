/* Reads suyuan.conf against the list of known settings and prints it back with every key explained.
 */
#include "base/settings.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

enum kind { KIND_TEXT, KIND_SECRET, KIND_NUMBER };

struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *text;	      /* default of a text */
	uint64_t number, least, most; /* default and bounds of a number */
	const char *why;
};

static const struct setting table[] = {
#define SETTING_TEXT(name, standard, why) \
	{ #name, KIND_TEXT, offsetof(struct settings, name), standard, 0, 0, 0, why },
#define SETTING_SECRET(name, standard, why) \
	{ #name, KIND_SECRET, offsetof(struct settings, name), standard, 0, 0, 0, why },
#define SETTING_NUMBER(name, standard, least, most, why) \
	{ #name, KIND_NUMBER, offsetof(struct settings, name), NULL, standard, least, most, why },
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_SECRET
#undef SETTING_NUMBER
};

_Static_assert(COUNT_OF(table) <= 96, "struct settings has too few owned slots");

static const char **text_of(struct settings *s, const struct setting *t)
{
	return (const char **)(void *)((char *)s + t->offset);
}

static uint64_t *number_of(struct settings *s, const struct setting *t)
{
	return (uint64_t *)(void *)((char *)s + t->offset);
}

void settings_init(struct settings *s)
{
	*s = (struct settings){ .owned_count = 0 };
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (table[i].kind == KIND_NUMBER)
			*number_of(s, &table[i]) = table[i].number;
		else
			*text_of(s, &table[i]) = table[i].text;
	}
}

void settings_release(struct settings *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->owned_count; i++) {
		explicit_bzero(s->owned[i], strlen(s->owned[i]));
		free(s->owned[i]);
	}
	settings_init(s);
}

void settings_forget(struct settings *s, const char **text)
{
	for (unsigned i = 0; i < s->owned_count; i++)
		if (s->owned[i] == *text)
			explicit_bzero(s->owned[i], strlen(s->owned[i]));
	*text = "";
}

static const struct setting *setting_named(struct slice name)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (slice_equal(name, slice_of(table[i].name)))
			return &table[i];
	return NULL;
}

PRINTF(5, 6)
static bool refuse(char *why, size_t size, const char *file, unsigned line, const char *format, ...)
{
	va_list args;
	int used = snprintf(why, size, "%s:%u: ", file, line);

	if (used >= 0 && (size_t)used < size) {
		va_start(args, format);
		(void)vsnprintf(why + used, size - (size_t)used, format, args);
		va_end(args);
	}
	return false;
}

static bool set_text(struct settings *s, const struct setting *t, struct slice value)
{
	char *copy = strndup(value.data == NULL ? "" : value.data, value.length);

	if (copy == NULL)
		return false;
	s->owned[s->owned_count++] = copy;
	*text_of(s, t) = copy;
	return true;
}

bool settings_parse(struct settings *s, struct slice text, const char *name, char *why,
		    size_t why_size)
{
	bool seen[COUNT_OF(table)] = { false };
	struct slice line;
	unsigned number = 0;

	while (slice_cut(&text, '\n', &line)) {
		const struct setting *t;
		struct slice key, value;
		uint64_t n;

		number++;
		line = slice_trim(line);
		if (line.length == 0 || line.data[0] == '#')
			continue;
		value = line;
		if (slice_find(line, '=') == line.length)
			return refuse(why, why_size, name, number, "expected \"key = value\"");
		(void)slice_cut(&value, '=', &key);
		key = slice_trim(key);
		value = slice_trim(value);
		t = setting_named(key);
		if (t == NULL)
			return refuse(why, why_size, name, number,
				      "unknown setting \"%.*s\" (`suyuan config` lists them)",
				      SLICE_ARG(key));
		if (seen[t - table])
			return refuse(why, why_size, name, number, "%s is set twice", t->name);
		seen[t - table] = true;
		if (memchr(line.data, '\0', line.length) != NULL)
			return refuse(why, why_size, name, number, "the line holds a NUL byte");
		if (t->kind != KIND_NUMBER) {
			if (s->owned_count == COUNT_OF(s->owned) || !set_text(s, t, value))
				return refuse(why, why_size, name, number, "out of memory");
			continue;
		}
		if (!slice_to_u64(value, &n) || n < t->least || n > t->most)
			return refuse(why, why_size, name, number,
				      "%s must be a whole number from %llu to %llu, not \"%.*s\"",
				      t->name, (unsigned long long)t->least,
				      (unsigned long long)t->most, SLICE_ARG(value));
		*number_of(s, t) = n;
	}
	return true;
}

bool settings_load(struct settings *s, const char *path, char *why, size_t why_size)
{
	enum { LARGEST_FILE = 256 * 1024 };
	char *text = malloc(LARGEST_FILE + 1);
	FILE *file = fopen(path, "re");
	bool ok = false;
	size_t length;

	if (file == NULL || text == NULL) {
		(void)snprintf(why, why_size, "%s: %s", path, strerror(errno));
		goto out;
	}
	length = fread(text, 1, LARGEST_FILE + 1, file);
	if (ferror(file))
		(void)snprintf(why, why_size, "%s: %s", path, strerror(errno));
	else if (length > LARGEST_FILE)
		(void)snprintf(why, why_size, "%s: larger than %d bytes", path, LARGEST_FILE);
	else
		ok = settings_parse(s, (struct slice){ text, length }, path, why, why_size);
	explicit_bzero(text, LARGEST_FILE + 1);
out:
	if (file != NULL)
		(void)fclose(file);
	free(text);
	return ok;
}

static void print_explanation(const char *why, FILE *out)
{
	struct slice rest = slice_of(why), line;

	while (slice_cut(&rest, '\n', &line))
		fprintf(out, "# %.*s\n", SLICE_ARG(line));
}

void settings_print(const struct settings *s, FILE *out)
{
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct setting *t = &table[i];
		const char *field = (const char *)s + t->offset;

		print_explanation(t->why, out);
		if (t->kind == KIND_NUMBER)
			fprintf(out, "# (%llu to %llu, default %llu)\n%s = %llu\n\n",
				(unsigned long long)t->least, (unsigned long long)t->most,
				(unsigned long long)t->number, t->name,
				(unsigned long long)*(const uint64_t *)(const void *)field);
		else if (t->kind == KIND_SECRET &&
			 strcmp(*(const char *const *)(const void *)field, t->text) != 0)
			fprintf(out, "# %s = (set)\n\n", t->name);
		else
			fprintf(out, "%s = %s\n\n", t->name,
				*(const char *const *)(const void *)field);
	}
}

const char *settings_default_path(char *room, size_t size)
{
	const char *named = getenv("SUYUAN_CONFIG"), *var = getenv("SUYUAN_VAR");
	char program[4096];
	ssize_t length;
	char *slash;

	if (named != NULL && named[0] != '\0')
		return named;
	if (var != NULL && var[0] != '\0') {
		(void)snprintf(room, size, "%s/suyuan.conf", var);
		return room;
	}
	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (length > 0) {
		program[length] = '\0';
		slash = strrchr(program, '/');
		*slash = '\0';
		(void)snprintf(room, size, "%s/../var/suyuan.conf", program);
		if (access(room, R_OK) == 0)
			return room;
	}
	(void)snprintf(room, size, "/etc/suyuan/suyuan.conf");
	return access(room, R_OK) == 0 ? room : NULL;
}
