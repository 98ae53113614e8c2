/* Reads designs of labels from the database, lists them, and says what of one has no room. */
#include "cli/labels_design.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "label/design_svg.h"
#include "model/gs1.h"
#include "store/sql.h"

extern const struct command command_labels;

enum { URL_MOST = 1024 };

/* --- one --- */

static int read_document(struct command_context *context, const PGresult *rows, const char *wanted,
			 json_t **ret_document)
{
	json_t *document;

	if (PQntuples(rows) == 0)
		return command_fail(context, EXIT_FAILED,
				    "the brand of this batch has no design %s (`suyuan labels "
				    "designs` lists them)",
				    wanted);
	document = json_loads(PQgetvalue(rows, 0, 0), 0, NULL);
	if (document == NULL)
		return command_fail(context, EXIT_FAILED, "out of memory");
	*ret_document = document;
	return EXIT_OK;
}

static int find_design(struct command_context *context, struct db *db, const char *batch,
		       const char *wanted, json_t **ret_document)
{
	struct batch_row row = { .rows = NULL };
	PGresult *rows = NULL;
	int status;

	/* so that an unknown batch is not told as an unknown design */
	if (batch_read(db, batch, &row))
		rows = db_query(db, &sql_labels_design, DB_VALUES(db_text(batch), db_text(wanted)));
	status = rows == NULL ? command_fail_store(context, db, batch)
			      : read_document(context, rows, wanted, ret_document);
	PQclear(rows);
	batch_row_release(&row);
	return status;
}

int labels_design_load(struct command_context *context, const char *batch, const char *wanted,
		       json_t **ret_document)
{
	struct db db = { 0 };
	int status = command_open(context, &db);

	if (status == EXIT_OK)
		status = find_design(context, &db, batch, wanted, ret_document);
	db_close(&db);
	return status;
}

/* --- whether it has room --- */

static int refuse(struct command_context *context, const struct label_setup *setup,
		  const struct design_seen *seen)
{
	char words[DESIGN_WORDS_SIZE];

	if (seen->missing != 0)
		return command_fail(context, EXIT_FAILED,
				    "the font has no character U+%04X of the label's text",
				    seen->missing);
	design_fault_words(&setup->order.design, &seen->faults[0], words);
	return command_fail(context, EXIT_FAILED, "the design has no room: %s", words);
}

static int look(struct command_context *context, const struct design_look *look)
{
	struct design_seen seen = { .fault_count = 0 };
	enum label_result result = design_look_at(look, &seen);

	if (result != LABEL_MADE)
		return command_fail(context, EXIT_FAILED, "%s", label_reason(result));
	if (seen.missing != 0 || seen.fault_count > 0)
		return refuse(context, look->setup, &seen);
	return EXIT_OK;
}

int labels_design_check(struct command_context *context, struct labels_batch *batch,
			const struct label_setup *setup)
{
	struct typeface *typeface =
	    setup->font_path == NULL ? NULL : typeface_open(setup->font_path);
	char serial[SERIAL_LENGTH_MOST], gtin[GTIN_TEXT_SIZE];
	struct label_text text = { .serial = { serial, batch->part.length },
				   .gtin = { gtin, GTIN_TEXT_SIZE - 1 },
				   .product = batch->labels.product,
				   .lot = batch->labels.lot,
				   .produced = batch->labels.produced,
				   .expiry = batch->labels.expiry };
	struct design_look at = { .setup = setup, .typeface = typeface, .text = &text };
	struct buf url;
	int status;

	batch_serials(&batch->part, 0, 1, serial);
	gtin_format(batch->part.gtin, gtin);
	buf_init(&url, URL_MOST);
	batch_uri_prefix(&batch->part, &url);
	buf_add_slice(&url, text.serial);
	at.url = buf_slice(&url);
	status = look(context, &at);
	buf_release(&url);
	typeface_close(typeface);
	return status;
}

/* --- all --- */

struct list_arguments {
	const char *brand; /* slug, or NULL */
};

static const struct option_rule list_rules[] = {
	OPTION(TEXT, "brand", struct list_arguments, brand),
	OPTIONS_END,
};

static void print_design(const PGresult *rows, int i, bool json)
{
	if (json) {
		json_line_print(json_pack(
		    "{s:s,s:s,s:s,s:i,s:s,s:s,s:s}", "id", PQgetvalue(rows, i, 0), "brand",
		    PQgetvalue(rows, i, 1), "name", PQgetvalue(rows, i, 2), "version",
		    (int)db_number_at(rows, i, 3), "paper", PQgetvalue(rows, i, 4), "made_at",
		    PQgetvalue(rows, i, 5), "made_by", PQgetvalue(rows, i, 6)));
		return;
	}
	printf("%s  %-16s version %-4s ", PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
	       PQgetvalue(rows, i, 3));
	plain_text_print(stdout, db_slice_at(rows, i, 4));
	fputs("  ", stdout);
	plain_text_print(stdout, db_slice_at(rows, i, 2));
	putchar('\n');
}

int labels_design_list(struct command_context *context, int argc, char **argv)
{
	struct list_arguments a = { .brand = NULL };
	struct db db = { 0 };
	int64_t brand;
	int status = EXIT_USAGE;

	if (!arguments_read(&command_labels, list_rules, argc, argv, &a))
		return status;
	status = command_open(context, &db);
	if (status == EXIT_OK && a.brand != NULL)
		status = command_brand_id(context, &db, a.brand, &brand);
	if (status == EXIT_OK)
		status = command_list(context, &db, "the designs cannot be read", print_design,
				      &sql_labels_designs, DB_VALUES(db_text(a.brand)));
	db_close(&db);
	return status;
}
