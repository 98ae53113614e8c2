/* Compares names of columns with names and synonyms of fields. */
#include "model/import_guess.h"

enum { NAME_MOST = 160 };

static const char *const records[] = {
#define IMPORT_RECORD(name) #name,
#define IMPORT_FIELD(record, name, kind, need)
#include "model/import_fields.def"
#undef IMPORT_RECORD
#undef IMPORT_FIELD
};

static const struct {
	const char *field, *word;
} synonyms[] = {
#define SYNONYM(field, word) { #field, word },
#include "model/import_synonyms.def"
#undef SYNONYM
};

static const struct {
	const char *end, *language;
} ends[] = {
	{ "zhcn", "zh-CN" }, { "chinese", "zh-CN" }, { "中文", "zh-CN" }, { "english", "en" },
	{ "英文", "en" },    { "zh", "zh-CN" },	     { "en", "en" },
};

const char *import_record_at(unsigned i)
{
	return i < COUNT_OF(records) ? records[i] : NULL;
}

char import_guess_delimiter(struct slice text)
{
	static const char signs[] = ",;\t|";
	size_t counts[sizeof(signs)] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.length; i++) {
		const char *sign;

		if (text.data[i] == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (text.data[i] == '\n' || text.data[i] == '\r')
			break;
		sign = text.data[i] == '\0' ? NULL : strchr(signs, text.data[i]);
		if (sign != NULL)
			counts[sign - signs]++;
	}
	for (size_t i = 1; i + 1 < sizeof(signs); i++)
		if (counts[i] > counts[best])
			best = i;
	return signs[best];
}

/* In small letters without blanks, signs and full-width brackets. */
static struct slice plain(struct slice name, char room[NAME_MOST])
{
	static const char *const wide[] = { "（", "）", "　", "：", "【", "】" };
	size_t length = 0;

	for (size_t i = 0; i < name.length && length < NAME_MOST; i++) {
		char c = name.data[i];
		bool skip = c != '\0' && strchr(" \t_-.:/()[]#*", c) != NULL;

		for (size_t w = 0; !skip && w < COUNT_OF(wide); w++)
			if (slice_starts(slice_from(name, i), slice_of(wide[w]))) {
				i += strlen(wide[w]) - 1;
				skip = true;
			}
		if (!skip)
			room[length++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return (struct slice){ room, length };
}

static bool names_field(const char *field, struct slice name)
{
	char room[NAME_MOST];

	if (slice_equal(name, plain(slice_of(field), room)))
		return true;
	for (size_t i = 0; i < COUNT_OF(synonyms); i++)
		if (strcmp(synonyms[i].field, field) == 0 &&
		    slice_equal(name, slice_of(synonyms[i].word)))
			return true;
	return false;
}

static const struct import_field *find(const char *record, struct slice name, bool words_only)
{
	unsigned count;
	const struct import_field *fields = import_fields(slice_of(record), &count);

	for (unsigned i = 0; fields != NULL && i < count; i++)
		if ((!words_only || fields[i].kind == KIND_WORDS) &&
		    fields[i].kind != KIND_PARAMETERS && names_field(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static bool has_other_than_ascii(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if ((unsigned char)s.data[i] >= 0x80)
			return true;
	return false;
}

const struct import_field *import_guess_field(const char *record, struct slice name,
					      const char **ret_language)
{
	char room[NAME_MOST];
	struct slice whole = plain(name, room);
	const struct import_field *field = find(record, whole, false);

	*ret_language = "";
	if (field != NULL && field->kind == KIND_WORDS && has_other_than_ascii(whole))
		*ret_language = "zh-CN";
	for (size_t i = 0; field == NULL && i < COUNT_OF(ends); i++) {
		struct slice end = slice_of(ends[i].end);

		if (whole.length <= end.length || !slice_ends(whole, end))
			continue;
		field = find(record, (struct slice){ whole.data, whole.length - end.length }, true);
		if (field != NULL)
			*ret_language = ends[i].language;
	}
	return field;
}

/* Fields named, keys doubly; a key without a column costs more than any other field brings. */
static int score(const char *record, const struct slice *names, size_t count)
{
	unsigned fields_count;
	const struct import_field *fields = import_fields(slice_of(record), &fields_count);
	bool named[IMPORT_FIELDS_MAX] = { false };
	const char *language;
	int sum = 0;

	for (size_t k = 0; k < count; k++) {
		const struct import_field *field = import_guess_field(record, names[k], &language);

		if (field != NULL)
			named[field - fields] = true;
	}
	for (unsigned i = 0; i < fields_count; i++) {
		if (named[i])
			sum += fields[i].need == NEED_FREE ? 2 : 4;
		else if (fields[i].need == NEED_KEY || fields[i].need == NEED_FILLED)
			sum -= 6;
	}
	return sum;
}

const char *import_guess_record(const struct slice *names, size_t count)
{
	const char *best = records[0];
	int most = -1000;

	for (size_t i = 0; i < COUNT_OF(records); i++) {
		int of_this = score(records[i], names, count);

		if (of_this > most) {
			most = of_this;
			best = records[i];
		}
	}
	return best;
}
