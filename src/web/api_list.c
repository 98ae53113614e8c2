/* Prints pages of lists and the way to the next. */
#include "web/api_list.h"

#include "base/buf.h"

enum { LIMIT_MOST = 200, LIMIT_USUAL = 50 };

struct api_list *api_list_new(struct api_call *call, const char *name)
{
	struct api_list *list = api_own(call, sizeof(*list));

	if (list == NULL)
		return NULL;
	list->name = name;
	return api_query_number(call, "limit", 1, LIMIT_MOST, LIMIT_USUAL, &list->limit) ? list
											 : NULL;
}

void api_list_add(const struct api_list *list, struct db_parameters *p)
{
	db_add_i64(p, (int64_t)list->limit + 1);
}

static void print_next(const struct api_list *list, struct slice cursor, struct buf *b)
{
	struct slice path = list->path.length > 0 ? list->path : slice_of(list->name);

	buf_add_format(b, "\"/v1/%.*s?limit=%llu&cursor=%.*s", SLICE_ARG(path),
		       (unsigned long long)list->limit, SLICE_ARG(cursor));
	if (list->kept_name == NULL && list->kept.length > 0)
		buf_add_format(b, "&%.*s", SLICE_ARG(list->kept));
	if (list->kept_name != NULL)
		buf_add_format(b, "&%s=%.*s", list->kept_name, SLICE_ARG(list->kept));
	buf_add_char(b, '"');
}

static void print(const struct api_list *list, const PGresult *rows, struct buf *b)
{
	int count = PQntuples(rows), most = (int)list->limit;
	int shown = count > most ? most : count;

	buf_add_format(b, "{\"%s\":[", list->name);
	for (int i = 0; i < shown; i++) {
		buf_add_string(b, i == 0 ? "\n" : ",\n");
		buf_add_slice(b, db_text_in(rows, i, 0));
	}
	buf_add_string(b, "],\"next\":");
	if (shown < count)
		print_next(list, db_text_in(rows, shown - 1, 1), b);
	else
		buf_add_string(b, "null");
	buf_add_string(b, "}\n");
}

void api_list_show(struct api_call *call, const PGresult *rows)
{
	struct buf b;

	buf_init(&b, REQUEST_ARENA_MAXIMUM);
	print(call->own, rows, &b);
	if (buf_ok(&b))
		api_answer_json(call, 200, buf_slice(&b));
	else
		api_no_memory(call);
	buf_release(&b);
}
