/*
 * `/photos` and `/v1/photos`: the photos of a brand's products; `/media/{name}` of the console:
 * every file of the brand, public or not, for who may see its records.
 */
#include "base/hex.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/console_papers_upload.h"
#include "web/router.h"

void serve_photos(struct request *r);
void serve_photos_page(struct request *r);
void serve_photo_set(struct request *r);
void serve_photo_form(struct request *r);
void serve_photo_remove(struct request *r);
void serve_photo_remove_form(struct request *r);
void serve_console_media(struct request *r);

enum { ROWS = 50, DIGEST_SIZE = 32 };

static const struct form_field photo_fields[] = {
	{ "gtin", TEXT_console_gtin, .hint = TEXT_form_gtin_hint, .kind = FORM_TEXT, .most = 14,
	  .required = true },
	{ "file", TEXT_photos_file, .hint = TEXT_photos_file_hint, .kind = FORM_FILE,
	  .required = true },
};
static const struct form photo_form = { "/photos", TEXT_photos_save, photo_fields,
					COUNT_OF(photo_fields), .upload = true };

/* --- the list -------------------------------------------------------------------------------- */

static bool ask_list(struct api_call *call,
		     void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	uint64_t gtin = 0, after;

	/* "/photos?gtin=" of a product's page: from that one on, and the form is for it. */
	if (!api_query_number(call, "after", 0, 99999999999999, 0, &after) ||
	    (request_query(call->request, "gtin").length > 0 &&
	     !api_query_gtin(call, "gtin", &gtin)))
		return false;
	db_add_i64(&p, (int64_t)(gtin > 0 ? gtin - 1 : after));
	db_add_text(&p, call->face == NULL ? S("") : page_language(call->request));
	api_ask(call, &sql_console_photos_list, &p, on_rows);
	return true;
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void list(struct api_call *call)
{
	(void)ask_list(call, show_json);
}

static void print_photos(struct page *p, const json_t *document)
{
	const json_t *photos = json_object_get(document, "photos"), *photo;
	struct view_console_photo rows[ROWS];
	struct view_console_photos view = { .head = &p->head, .photos = rows };
	size_t i;

	json_array_foreach(photos, i, photo)
	{
		if (i == ROWS)
			break;
		rows[view.photos_count++] = (struct view_console_photo){
			.gtin = page_member(p, photo, "gtin"),
			.name = page_words(p, json_object_get(photo, "name")),
			.sha256 = page_member(p, photo, "sha256"),
			.width = page_member(p, photo, "width"),
			.height = page_member(p, photo, "height"),
			.recorded = page_when(p, page_member(p, photo, "recorded_at")),
			.by = page_who(p, page_member(p, photo, "recorded_by")),
			.is_public = json_is_true(json_object_get(photo, "public")),
		};
	}
	view.next = page_member(p, document, "next");
	view.may_edit = (p->call->roles & ROLES_EDIT) != 0;
	view.token = p->head.token;
	view.form = form_show_for_product(p, &photo_form, document);
	template_console_photos(&p->writer, &view);
}

static void show_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_photos, print_photos);
}

static void page(struct api_call *call)
{
	(void)ask_list(call, show_page);
}

void serve_photos(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

void serve_photos_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, page);
}

/* --- bringing one ---------------------------------------------------------------------------- */

static void set(struct api_call *call)
{
	uint64_t gtin;

	if (upload_read(call) && form_check(call, &photo_form) && api_gtin(call, "gtin", &gtin))
		upload_take(call, "photo", json_pack("{s:I}", "gtin", (json_int_t)gtin));
}

void serve_photo_set(struct request *r)
{
	api_enter(r, API_BODY_ANY, set);
}

void serve_photo_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_UPLOAD, set, page);
}

/* --- taking one away ------------------------------------------------------------------------- */

static void remove_of(struct api_call *call, uint64_t gtin)
{
	struct db_parameters p = { .count = 0 };

	db_add_i64(&p, (int64_t)gtin);
	api_ask(call, &sql_console_photos_remove, &p, upload_await);
}

static void take_away(struct api_call *call)
{
	static const char *const members[] = { "gtin", NULL };
	uint64_t gtin;

	if (call->face != NULL) {
		if (api_only(call, members) && api_gtin(call, "gtin", &gtin))
			remove_of(call, gtin);
		return;
	}
	if (!api_query_gtin(call, "gtin", &gtin))
		return;
	if (gtin == 0)
		api_problem(call, 400, MESSAGE_required, "gtin", NULL,
			    "gtin: must be given in the query.");
	else
		remove_of(call, gtin);
}

void serve_photo_remove(struct request *r)
{
	api_enter(r, API_BODY_NONE, take_away);
}

void serve_photo_remove_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, take_away, page);
}

/* --- files ----------------------------------------------------------------------------------- */

/* Of strangers' files nothing runs, whatever a browser makes of them. */
#define PAPER_POLICY "default-src 'none'; sandbox; frame-ancestors 'none'"

static void show_file(struct api_call *call, const PGresult *rows)
{
	struct answer a = { .status = 200 };
	bool is_paper;

	if (PQntuples(rows) == 0) {
		message_refuse(call, 404, NULL, "no_such_thing");
		return;
	}
	is_paper = db_i64_in(rows, 0, 2) != 0;
	a.content_type = slice_equal(db_text_in(rows, 0, 1), S("application/pdf"))
			     ? "application/pdf"
			     : "image/jpeg";
	a.body = db_text_in(rows, 0, 0);
	a.cache_control = "private, no-cache";
	a.content_security_policy = is_paper ? PAPER_POLICY : NULL;
	if (is_paper)
		answer_add_header(&a, "content-disposition", S("attachment"));
	api_answer(call, &a);
}

static bool read_digest(struct slice name, char ret_digest[DIGEST_SIZE])
{
	if (name.length != 2 * DIGEST_SIZE + 4 ||
	    !(slice_ends(name, S(".jpg")) || slice_ends(name, S(".pdf"))))
		return false;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_value(name.data[2 * i]), low = hex_value(name.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret_digest[i] = (char)(high * 16 + low);
	}
	return true;
}

static void file(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	char digest[DIGEST_SIZE];

	if (!read_digest(call->request->captures[0], digest)) {
		message_refuse(call, 404, NULL, "no_such_thing");
		return;
	}
	db_add_text(&p, (struct slice){ digest, sizeof(digest) });
	api_ask(call, &sql_console_papers_media, &p, show_file);
}

void serve_console_media(struct request *r)
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_NONE, file);
	else
		api_enter_face(r, &page_face, API_BODY_NONE, file);
}
