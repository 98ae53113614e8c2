/* What a profile makes of a file: it finds its columns, and takes a field's text off a record. */
#include "model/profile.h"

/* --- binding to a file's columns --- */

static bool bind_part(struct profile_part *part, const struct slice *names, size_t count, char *why,
		      size_t why_size)
{
	size_t found = count;

	if (part->text.data == NULL) {
		if (part->column < count)
			return true;
		(void)snprintf(why, why_size, "there is no column #%zu, only %zu", part->column + 1,
			       count);
		return false;
	}
	for (size_t i = 0; names != NULL && i < count; i++) {
		if (!slice_equal(names[i], part->text))
			continue;
		if (found < count) {
			(void)snprintf(why, why_size, "column \"%.*s\" is there twice",
				       SLICE_ARG(part->text));
			return false;
		}
		found = i;
	}
	part->column = found;
	if (found == count)
		(void)snprintf(why, why_size, "there is no column \"%.*s\"%s",
			       SLICE_ARG(part->text),
			       names == NULL ? ": the file has no header" : "");
	return found < count;
}

bool profile_bind(struct profile *p, const struct slice *names, size_t count, char *why,
		  size_t why_size)
{
	for (unsigned i = 0; i < p->count; i++)
		for (struct profile_part *part = p->fields[i].source; part; part = part->next)
			if (part->kind == PART_COLUMN &&
			    !bind_part(part, names, count, why, why_size))
				return false;
	if (profile_has_each(p) && p->each_last >= count) {
		(void)snprintf(why, why_size, "there is no column #%zu, only %zu", p->each_last + 1,
			       count);
		return false;
	}
	return true;
}

/* --- a field's text --- */

static struct slice part_text(const struct profile_part *part, const struct profile_cells *cells)
{
	switch (part->kind) {
	case PART_COLUMN:
		return cells->cell(cells->user, part->column);
	case PART_EACH_VALUE:
		return cells->cell(cells->user, cells->each);
	case PART_EACH_NAME:
		return cells->name(cells->user, cells->each);
	default:
		return part->text;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice trimmed(struct slice text)
{
	while (text.length > 0 && is_blank(text.data[0]))
		text = slice_from(text, 1);
	while (text.length > 0 && is_blank(text.data[text.length - 1]))
		text.length--;
	return text;
}

/* The parts one after the other; nothing when one that varies is blank. */
static void join_parts(const struct profile *p, const struct profile_field *f,
		       const struct profile_cells *cells, struct buf *out)
{
	size_t start = out->length;

	for (const struct profile_part *part = f->source; part != NULL; part = part->next) {
		struct slice text;

		if (part->kind == PART_RECORD) {
			buf_add_u64(out, cells->record - 1 + p->count_from);
			continue;
		}
		text = part_text(part, cells);
		if (part->kind == PART_EACH_NUMBER ||
		    (part->kind == PART_EACH_NAME && value_is_blank(text))) {
			buf_add_u64(out, cells->each + 1);
			continue;
		}
		if (value_is_blank(text) && part->kind != PART_TEXT) {
			out->length = start;
			return;
		}
		buf_add_slice(out, f->trim || p->trim ? trimmed(text) : text);
	}
}

bool profile_text(const struct profile *p, const struct profile_field *f,
		  const struct profile_cells *cells, struct buf *out)
{
	const struct profile_pair *pair, *any = NULL;
	size_t start = out->length;
	struct slice text;

	join_parts(p, f, cells, out);
	if (f->map == NULL || !buf_ok(out))
		return true;
	text = S(""); /* the buffer may hold nothing at all yet */
	if (out->length > start)
		text = (struct slice){ out->data + start, out->length - start };
	for (pair = f->map; pair != NULL; pair = pair->next) {
		if (pair->any)
			any = pair;
		else if (slice_equal(pair->from, text))
			break;
	}
	if (pair == NULL && text.length == 0)
		return true; /* a blank value is none unless the map says otherwise */
	if (pair == NULL)
		pair = any;
	if (pair == NULL)
		return false;
	out->length = start;
	buf_add_slice(out, pair->to);
	return true;
}

size_t profile_column(const struct profile_field *f, size_t each)
{
	for (const struct profile_part *part = f->source; part != NULL; part = part->next) {
		if (part->kind == PART_COLUMN)
			return part->column;
		if (part->kind == PART_EACH_VALUE || part->kind == PART_EACH_NAME)
			return each;
	}
	return SIZE_MAX;
}
