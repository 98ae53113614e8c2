/* `suyuan batch`: asks for codes, writes them, and gives the same bytes again at any time. */
#include "cli/command.h"

#include <errno.h>

#include "cli/arguments.h"
#include "cli/batch_life.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/out_file.h"
#include "label/code_file.h"
#include "model/gs1.h"
#include "store/batch.h"
#include "store/sql.h"

extern const struct command command_batch;

enum { BYTES_AT_ONCE = 256 << 10 };

struct batch_arguments {
	struct batch_order order;
	uint64_t length;
	const char *again; /* id of a batch there is */
	const char *out;
	const char *format;
	struct code_form form;
	bool with_pin;
	bool list;
};

/* --- the command line --- */

static const struct option_rule rules[] = {
	OPTION(GTIN, "gtin", struct batch_arguments, order.gtin),
	OPTION(NUMBER, "quantity", struct batch_arguments, order.quantity, .least = 1,
	       .most = BATCH_QUANTITY_MOST),
	OPTION(LOT, "lot", struct batch_arguments, order.lot),
	OPTION(NUMBER, "length", struct batch_arguments, length, .least = SERIAL_LENGTH_LEAST,
	       .most = SERIAL_LENGTH_MOST),
	OPTION(TEXT, "out", struct batch_arguments, out),
	OPTION(TEXT, "again", struct batch_arguments, again),
	OPTION(FLAG, "list", struct batch_arguments, list),
	OPTION(TEXT, "format", struct batch_arguments, format),
	OPTION(FLAG, "spreadsheet", struct batch_arguments, form.spreadsheet),
	OPTION(FLAG, "bom", struct batch_arguments, form.byte_order_mark),
	OPTION(FLAG, "utf16", struct batch_arguments, form.utf16),
	OPTION(FLAG, "with-pin", struct batch_arguments, with_pin),
	OPTIONS_END,
};

static bool read_form(struct batch_arguments *a)
{
	const char *fault = NULL;

	if (a->format != NULL && !code_format_read(slice_of(a->format), &a->form.format))
		fault = "--format is csv, ndjson or txt";
	if (fault == NULL)
		fault = code_form_fault(&a->form);
	if (fault == NULL && a->with_pin && a->form.format == CODES_URLS)
		fault = "--with-pin is for csv and ndjson";
	if (fault != NULL)
		(void)command_usage(&command_batch, fault);
	return fault == NULL;
}

static bool complete(const struct command_context *context, struct batch_arguments *a)
{
	bool make = !a->list && a->again == NULL;

	if (make && (a->order.gtin == 0 || a->order.quantity == 0)) {
		(void)command_usage(&command_batch, "give --gtin and --quantity");
		return false;
	}
	if (!a->list && context->json && a->out == NULL) {
		(void)command_usage(&command_batch,
				    "with --json the codes need a file of their own: --out FILE");
		return false;
	}
	if (!read_form(a))
		return false;
	a->order.length = (unsigned)a->length;
	a->order.stem = context->settings.link_stem;
	return true;
}

/* --- writing the codes --- */

static bool write_bytes(struct out_file *file, const struct code_file *codes,
			struct progress *progress)
{
	uint64_t length = code_file_length(codes);
	struct buf text;
	bool ok = true;

	buf_init(&text, BYTES_AT_ONCE);
	for (uint64_t at = 0; ok && at < length; at += text.length) {
		buf_clear(&text);
		code_file_read(codes, at, BYTES_AT_ONCE, &text);
		ok = buf_ok(&text) && out_file_write(file, buf_slice(&text));
		progress_to(progress, at + text.length);
	}
	buf_release(&text);
	return ok;
}

static bool make_file(struct code_file *codes, const struct batch_row *row,
		      const struct code_form *form)
{
	const struct code_texts texts = {
		.batch = &row->batch,
		.lot = row->lot,
		.produced = row->produced,
		.expiry = row->best_before,
		.product = row->product,
		.copies = 1,
	};

	errno = ENOMEM;
	return code_file_init(codes, form, &texts, 1, row->batch.quantity);
}

static int write_codes(struct command_context *context, struct out_file *file,
		       struct batch_row *row, const struct code_form *form)
{
	struct code_file codes;
	struct progress progress;
	char why[512];
	bool written = make_file(&codes, row, form);

	if (written) {
		progress_start(&progress, context, "bytes", code_file_length(&codes));
		written = write_bytes(file, &codes, &progress);
		progress_end(&progress);
	}
	code_file_release(&codes);
	if (!written)
		return command_fail(context, EXIT_FAILED,
				    "writing failed (%s); batch %s is made: `suyuan batch --again "
				    "%s` writes the same codes",
				    strerror(errno), row->id, row->id);
	if (!out_file_finish(file, why, sizeof(why)))
		return command_fail(context, EXIT_FAILED, "%s; batch %s is made: --again %s", why,
				    row->id, row->id);
	return EXIT_OK;
}

static void report(const struct command_context *context, const struct batch_row *row,
		   const char *path)
{
	char gtin[GTIN_TEXT_SIZE];

	gtin_format(row->batch.gtin, gtin);
	if (context->json) {
		json_line_print(json_pack(
		    "{s:s,s:s,s:s%,s:I,s:I,s:i,s:s%,s:s}", "id", row->id, "gtin", gtin, "lot",
		    row->lot.data, row->lot.length, "first", (json_int_t)row->batch.first,
		    "quantity", (json_int_t)row->batch.quantity, "length", (int)row->batch.length,
		    "made_at", row->made_at.data, row->made_at.length, "file", path));
		return;
	}
	/* Standard output may be the codes themselves. */
	fprintf(path == NULL ? stderr : stdout, "batch %s: %llu codes of %s%s%s\n", row->id,
		(unsigned long long)row->batch.quantity, gtin, path == NULL ? "" : " in ",
		path == NULL ? "" : path);
}

/* --- make, again, list --- */

static int write_batch(struct command_context *context, struct db *db, struct keyring *ring,
		       const char *id, struct out_file *file, const struct batch_arguments *a)
{
	struct batch_row row = { 0 };
	struct code_form form = a->form;
	int status;

	if (!batch_read(db, id, &row))
		return command_fail_store(context, db, id);
	row.batch.key = keyring_find(ring, row.key_id);
	form.pin_digits = a->with_pin ? row.pin_digits : 0;
	if (row.batch.key == NULL)
		status = command_fail(context, EXIT_FAILED, "batch %s: its key is missing", id);
	else if (a->with_pin && row.pin_digits == 0)
		status = command_fail(context, EXIT_FAILED,
				      "the codes of batch %s have no PINs (`suyuan pin on`)", id);
	else
		status = write_codes(context, file, &row, &form);
	if (status == EXIT_OK)
		report(context, &row, a->out);
	batch_row_release(&row);
	return status;
}

/* What PINs the next codes of the GTIN would have. */
static int look_for_pins(struct command_context *context, struct db *db, uint64_t gtin)
{
	PGresult *rows = db_query(db, &sql_pin_list, DB_VALUES(db_number((int64_t)gtin)));
	bool on = rows != NULL && PQntuples(rows) == 1 && db_number_at(rows, 0, 3) != 0;
	bool known = rows != NULL;

	PQclear(rows);
	if (!known)
		return command_fail_store(context, db, "no batch was made");
	return on ? EXIT_OK
		  : command_fail(context, EXIT_FAILED,
				 "no batch was made: codes of this GTIN have no PINs "
				 "(`suyuan pin on`)");
}

/* The keys and the file come first: a batch nobody could write would be a pity. */
static int make_or_again(struct command_context *context, struct db *db, struct batch_arguments *a)
{
	struct keyring ring;
	struct out_file file = { 0 };
	char made[BATCH_ID_SIZE], why[512];
	const char *id = a->again;
	int status;

	keyring_init(&ring);
	status = command_load_keys(context, db, &ring);
	if (status == EXIT_OK && !out_file_open(&file, a->out, why, sizeof(why)))
		status = command_fail(context, EXIT_FAILED, "%s", why);
	if (status == EXIT_OK && id == NULL && a->with_pin)
		status = look_for_pins(context, db, a->order.gtin);
	if (status == EXIT_OK && id == NULL) {
		if (batch_make(db, &a->order, made))
			id = made;
		else
			status = command_fail_store(
			    context, db,
			    db->error.in_doubt ? "the answer was lost: `suyuan batch --list` tells "
						 "whether the batch was made"
					       : "no batch was made");
	}
	if (status == EXIT_OK)
		status = write_batch(context, db, &ring, id, &file, a);
	out_file_release(&file);
	keyring_release(&ring);
	return status;
}

static void print_batch(const PGresult *rows, int i, bool json)
{
	if (json)
		json_line_print(
		    json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:s}", "id", PQgetvalue(rows, i, 0), "gtin",
			      PQgetvalue(rows, i, 1), "lot", PQgetvalue(rows, i, 2), "quantity",
			      (json_int_t)db_number_at(rows, i, 3), "first",
			      (json_int_t)db_number_at(rows, i, 4), "made_at",
			      PQgetvalue(rows, i, 5), "made_by", PQgetvalue(rows, i, 6)));
	else
		printf("%s  %s  %-20s %12s  %s\n", PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
		       PQgetvalue(rows, i, 2), PQgetvalue(rows, i, 3), PQgetvalue(rows, i, 5));
}

static int list(struct command_context *context, struct db *db, uint64_t gtin)
{
	return command_list(context, db, "the batches cannot be read", print_batch, &sql_batch_list,
			    DB_VALUES(db_number((int64_t)gtin)));
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct batch_arguments a = { .length = context->settings.serial_length };
	batch_verb *verb = batch_verb_named(argv[1]);
	struct db db = { 0 };
	int status;

	if (verb != NULL)
		return verb(context, &command_batch, argc - 1, argv + 1);
	if (!arguments_read(&command_batch, rules, argc, argv, &a) || !complete(context, &a))
		return EXIT_USAGE;
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status =
		    a.list ? list(context, &db, a.order.gtin) : make_or_again(context, &db, &a);
	db_close(&db);
	return status;
}

const struct command command_batch = {
	.name = "batch",
	.arguments = "--gtin GTIN --quantity N [--lot LOT] [--length 14] [--out FILE] [--with-pin] "
		     "| --again ID | "
		     "--list [--gtin GTIN] | reconcile ID | close ID | lot ID LOT",
	.summary = "make codes for items and write them as CSV, JSON lines or addresses",
	.help =
	    "  --quantity N    1 to 1000000000\n"
	    "  --lot LOT       the lot the items belong to\n"
	    "  --length N      characters of a serial, 10 to 20 (setting serial_length)\n"
	    "  --out FILE      written whole or not at all; without it, standard output\n"
	    "  --format NAME   csv (as it is), ndjson, or txt: only the addresses, one a line\n"
	    "  --spreadsheet   the variant for spreadsheet programs; printers want the plain one\n"
	    "  --bom           a byte order mark in front of CSV or text\n"
	    "  --utf16         UTF-16LE, columns separated by tabs (HP SmartStream, InDesign)\n"
	    "  --with-pin      a last column with the PINs under the scratch-off field (suyuan "
	    "pin)\n"
	    "  --again ID      the codes of a batch there is, the same bytes for ever\n"
	    "  --list          the batches there are: whatever happened to the file, the batch is "
	    "there\n"
	    "  reconcile ID    how many of its codes are in which state, lot by lot\n"
	    "  close ID        nothing more comes from it: what is not in use yet becomes void; "
	    "once\n"
	    "  lot ID LOT      its codes belong to this lot, said after printing\n"
	    "  --from N --to M of the last three: only these places of the batch; its first is "
	    "1\n\n"
	    "New codes are \"provisioned\"; `suyuan commission` puts them into use.\n",
	.run = run,
};
