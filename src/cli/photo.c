/* `suyuan photo`: the picture of a product, made small and stripped of everything else. */
#include "cli/command.h"

#include <errno.h>
#include <openssl/sha.h>

#include "base/file.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "job/picture.h"
#include "store/projection.h"
#include "store/sql.h"

extern const struct command command_photo;

/* As wide as a phone shows it, sharp on its screen and light on its line. */
static const struct picture_wish for_a_page = { .side = 640, .quality = 80 };

struct photo_arguments {
	uint64_t gtin;
	const char *brand; /* slug, or NULL */
	struct word_list files;
};

static const struct option_rule set_rules[] = {
	OPTION(GTIN, "gtin", struct photo_arguments, gtin, .required = true),
	OPTION(OPERANDS, "FILE", struct photo_arguments, files, .least = 1, .most = 1),
	OPTIONS_END,
};

static const struct option_rule remove_rules[] = {
	OPTION(GTIN, "gtin", struct photo_arguments, gtin, .required = true),
	OPTIONS_END,
};

static const struct option_rule list_rules[] = {
	OPTION(TEXT, "brand", struct photo_arguments, brand),
	OPTIONS_END,
};

/* --- changing --- */

/* 1: something changed, 0: nothing did, -1: an error. */
static int changes_of(struct db *db, const struct sql_query *query, unsigned count,
		      const struct db_value *values)
{
	PGresult *rows = db_query(db, query, count, values);
	int changed = rows == NULL ? -1 : PQntuples(rows);

	PQclear(rows);
	return changed;
}

static int owner_known(struct command_context *context, struct db *db, uint64_t gtin)
{
	int found = changes_of(db, &sql_gtin_brand, DB_VALUES(db_number((int64_t)gtin)));

	if (found == 0)
		return command_fail(context, EXIT_FAILED, "no brand owns this GTIN");
	return found > 0 ? EXIT_OK : command_fail_store(context, db, "photo");
}

static int project(struct command_context *context, struct db *db, uint64_t gtin)
{
	struct projection projection = { .progress = NULL };

	if (projection_run(db, &projection, &gtin, 1))
		return EXIT_OK;
	return command_fail_store(
	    context, db,
	    "the photo is recorded, but the page was not made anew; repeat, or "
	    "run `suyuan project`");
}

/* --- set --- */

static void digest_print(const unsigned char digest[SHA256_DIGEST_LENGTH], char room[65])
{
	for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++)
		(void)snprintf(room + 2 * i, 3, "%02x", digest[i]);
}

static void tell_set(const struct command_context *context, const struct picture *p,
		     const char *digest, bool changed)
{
	if (context->json)
		json_line_print(json_pack("{s:s,s:i,s:i,s:i,s:b}", "sha256", digest, "width",
					  (int)p->width, "height", (int)p->height, "bytes",
					  (int)p->length, "changed", changed));
	else
		printf("%u x %u, %zu bytes, %s%s\n", p->width, p->height, p->length, digest,
		       changed ? "" : " (as it was)");
}

static int record(struct command_context *context, struct db *db, const struct photo_arguments *a,
		  const struct picture *p)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	const struct slice bytes = { (const char *)p->bytes, p->length };
	char printed[65];
	int changed, status;

	(void)SHA256(p->bytes, p->length, digest);
	digest_print(digest, printed);
	changed =
	    changes_of(db, &sql_photo_set,
		       DB_VALUES(db_number((int64_t)a->gtin),
				 db_bytes((struct slice){ (const char *)digest, sizeof(digest) }),
				 db_bytes(bytes), db_number(p->width), db_number(p->height),
				 db_text(a->files.words[0])));
	if (changed < 0)
		return command_fail_store(context, db, "the photo was not recorded");
	status = project(context, db, a->gtin);
	if (status == EXIT_OK)
		tell_set(context, p, printed, changed > 0);
	return status;
}

static int read_photo(struct command_context *context, const char *path, struct picture *ret)
{
	enum picture_result result;
	struct buf file;
	int status = EXIT_OK;

	buf_init(&file, picture_limits.bytes);
	if (!file_read(path, &file)) {
		status =
		    command_fail(context, EXIT_FAILED, "%s: %s", path,
				 file.failed ? picture_reason(PICTURE_TOO_LARGE) : strerror(errno));
	} else {
		result = picture_shrink(buf_slice(&file), &for_a_page, &picture_limits, ret);
		if (result != PICTURE_OK)
			status = command_fail(context, EXIT_FAILED, "%s: %s", path,
					      picture_reason(result));
	}
	buf_release(&file);
	return status;
}

static int set(struct command_context *context, struct db *db, const struct photo_arguments *a)
{
	struct picture p = { .bytes = NULL };
	int status = read_photo(context, a->files.words[0], &p);

	if (status == EXIT_OK)
		status = command_open(context, db);
	if (status == EXIT_OK)
		status = owner_known(context, db, a->gtin);
	if (status == EXIT_OK)
		status = record(context, db, a, &p);
	picture_release(&p);
	return status;
}

/* --- remove --- */

static int remove_photo(struct command_context *context, struct db *db,
			const struct photo_arguments *a)
{
	int status = command_open(context, db);
	PGresult *rows;

	if (status == EXIT_OK)
		status = owner_known(context, db, a->gtin);
	if (status != EXIT_OK)
		return status;
	rows = db_query(db, &sql_photo_remove, DB_VALUES(db_number((int64_t)a->gtin)));
	if (rows == NULL)
		return command_fail_store(context, db, "the photo was not removed");
	/* Also where there was none: what an earlier try recorded may not have reached the page. */
	status = project(context, db, a->gtin);
	if (status == EXIT_OK && PQntuples(rows) == 0)
		status = command_fail(context, EXIT_FAILED, "this product has no photo");
	else if (status == EXIT_OK &&
		 !db_run(db, &sql_paper_withdrawn, DB_VALUES(db_text(PQgetvalue(rows, 0, 0)))))
		status = command_fail_store(context, db, "the photo is removed");
	PQclear(rows);
	return status;
}

/* --- list --- */

static void print_photo(const PGresult *rows, int i, bool json)
{
	if (json) {
		json_line_print(json_pack(
		    "{s:s,s:s,s:i,s:i,s:i,s:s,s:s,s:b}", "gtin", PQgetvalue(rows, i, 0), "sha256",
		    PQgetvalue(rows, i, 1), "width", (int)db_number_at(rows, i, 2), "height",
		    (int)db_number_at(rows, i, 3), "bytes", (int)db_number_at(rows, i, 4),
		    "recorded_at", PQgetvalue(rows, i, 5), "source", PQgetvalue(rows, i, 6),
		    "public", db_bool_at(rows, i, 7)));
		return;
	}
	printf("%s  %4s x %-4s  %6s bytes  %s  %-7s  ", PQgetvalue(rows, i, 0),
	       PQgetvalue(rows, i, 2), PQgetvalue(rows, i, 3), PQgetvalue(rows, i, 4),
	       PQgetvalue(rows, i, 5), db_bool_at(rows, i, 7) ? "public" : "private");
	plain_text_print(stdout, db_slice_at(rows, i, 6));
	putchar('\n');
}

static int list(struct command_context *context, struct db *db, const struct photo_arguments *a)
{
	int64_t brand;
	int status = command_open(context, db);

	if (status == EXIT_OK && a->brand != NULL)
		status = command_brand_id(context, db, a->brand, &brand);
	if (status == EXIT_OK)
		status = command_list(context, db, "the photos cannot be read", print_photo,
				      &sql_photo_list, DB_VALUES(db_text(a->brand)));
	return status;
}

/* --- the command line --- */

static const struct {
	const char *name;
	const struct option_rule *rules;
	int (*run)(struct command_context *context, struct db *db, const struct photo_arguments *a);
} verbs[] = {
	{ "set", set_rules, set },
	{ "remove", remove_rules, remove_photo },
	{ "list", list_rules, list },
};

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct photo_arguments a = { .brand = NULL };
	struct db db = { 0 };
	int status = EXIT_USAGE;

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		if (arguments_read(&command_photo, verbs[i].rules, argc - 1, argv + 1, &a))
			status = verbs[i].run(context, &db, &a);
		db_close(&db);
		return status;
	}
	return command_usage(&command_photo, "say set, remove or list");
}

const struct command command_photo = {
	.name = "photo",
	.arguments = "set --gtin GTIN FILE | remove --gtin GTIN | list [--brand SLUG]",
	.summary = "the photo of a product",
	.help =
	    "FILE is a JPEG, PNG or WebP of at most 40 million pixels. What is kept is a JPEG of "
	    "at "
	    "most 640 pixels\n"
	    "a side, upright, what is transparent on white; nothing else of the file: no place, no "
	    "time, no camera.\n\n"
	    "The public sees it once the field is shown:\n"
	    "  suyuan photo set --gtin 09506000134352 tea.jpg\n"
	    "  suyuan policy show --gtin 09506000134352 product.photo\n",
	.run = run,
};
