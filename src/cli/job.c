/* `suyuan job`: ordering long work, watching and stopping it, and fetching the files it made. */
#include "cli/command.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/installed.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/fetch.h"
#include "cli/json_line.h"
#include "cli/out_file.h"
#include "cli/plain_text.h"
#include "store/batch.h"
#include "store/job.h"
#include "store/label_shelf.h"
#include "store/sql.h"

extern const struct command command_job;

enum { LIST_MOST = 1000 };

struct job_arguments {
	uint64_t first, count, before; /* 0: not given */
	const char *batch, *out;
	struct word_list words;
	int64_t id;
};

/* One verb: what it may be told, and what it does. */
struct verb {
	const char *name;
	const struct option_rule *rules;
	int (*run)(struct command_context *context, struct db *db, struct job_arguments *a);
};

/* --- ordering --- */

static int refuse(const struct command_context *context, const struct label_refusal *refusal)
{
	return command_fail(context, EXIT_USAGE, "%s%s%s", refusal->member,
			    refusal->member[0] == '\0' ? "" : " ", refusal->limit);
}

/* As the member wants it: "3474" is a number of dots, but the name of a sheet. */
static json_t *value_of(const char *member, size_t length, const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	json_t *object = json_pack("{s%:O?}", member, length, value);
	struct label_refusal refusal;
	struct label_order order;

	label_order_init(&order);
	if (value == NULL || !label_order_read(&order, object, &refusal)) {
		json_decref(value);
		value = json_string(text);
	}
	json_decref(object);
	return value;
}

static int add_member(const struct command_context *context, json_t *label, const char *word)
{
	struct slice rest = slice_of(word), member;
	struct label_refusal refusal;
	struct label_order order;

	if (strchr(word, '=') == NULL)
		return command_usage(&command_job, "%s: say MEMBER=VALUE", word);
	(void)slice_cut(&rest, '=', &member);
	label_order_init(&order);
	if (!label_order_set(&order, member, rest, &refusal))
		return refuse(context, &refusal);
	if (json_object_setn_new(label, member.data, member.length,
				 value_of(member.data, member.length, rest.data)) != 0)
		return command_fail(context, EXIT_FAILED, "out of memory");
	return EXIT_OK;
}

/* The words as a JSON object; only what was said, because a printer's settings fill the rest. */
static json_t *read_label(const struct command_context *context, const struct job_arguments *a,
			  int *ret_status)
{
	json_t *label = json_object();
	int status = EXIT_OK;

	for (int i = 0; i < a->words.count && status == EXIT_OK; i++)
		status = add_member(context, label, a->words.words[i]);
	*ret_status = status;
	return label;
}

/* As the API checks it: what is wrong with an order is told at the door, not by the job. */
static int check_label(const struct command_context *context, const struct label_shelf *shelf,
		       const struct batch *batch, const json_t *label)
{
	struct label_refusal refusal;
	struct label_setup setup;

	if (label_shelf_setup(shelf, label, NULL, &setup, &refusal) &&
	    label_shelf_fits(&setup, batch, &refusal))
		return EXIT_OK;
	return refuse(context, &refusal);
}

static int check_order(const struct command_context *context, struct db *db, const char *batch,
		       const json_t *label)
{
	char sheets[4096], printers[4096], why[512];
	struct label_shelf shelf = { .sheets = { .count = 0 } };
	struct batch_row row = { .rows = NULL };
	int status;

	installed_path("conf/sheets", "/usr/share/suyuan/sheets", sheets, sizeof(sheets));
	installed_path("conf/printers", "/usr/share/suyuan/printers", printers, sizeof(printers));
	if (!label_shelf_load(&shelf, sheets, printers, why, sizeof(why)))
		status = command_fail(context, EXIT_FAILED, "%s", why);
	else if (!batch_read(db, batch, &row))
		status = command_fail_store(context, db, batch);
	else
		status = check_label(context, &shelf, &row.batch, label);
	batch_row_release(&row);
	label_shelf_release(&shelf);
	return status;
}

/* What job.order_labels() takes: how it looks, and which codes. NULL: out of memory. */
static char *write_order(json_t *label, const struct job_arguments *a)
{
	if ((a->first != 0 &&
	     json_object_set_new(label, "first", json_integer((json_int_t)a->first)) != 0) ||
	    (a->count != 0 &&
	     json_object_set_new(label, "count", json_integer((json_int_t)a->count)) != 0))
		return NULL;
	return json_dumps(label, JSON_COMPACT);
}

static int tell_made(const struct command_context *context, const PGresult *rows)
{
	long long id = (long long)db_number_at(rows, 0, 0);

	if (context->json)
		printf("{\"id\":%lld}\n", id);
	else
		printf("job %lld: `suyuan job show %lld` says how far it is\n", id, id);
	return EXIT_OK;
}

static int send_order(const struct command_context *context, struct db *db, const char *batch,
		      const char *order)
{
	PGresult *rows;
	int status;

	if (order == NULL)
		return command_fail(context, EXIT_FAILED, "out of memory");
	rows = db_query(db, &sql_job_order_labels, DB_VALUES(db_text(batch), db_text(order)));
	status = rows == NULL ? command_fail_store(context, db, "no job was made")
			      : tell_made(context, rows);
	PQclear(rows);
	return status;
}

static int order_labels(struct command_context *context, struct db *db, struct job_arguments *a)
{
	int status;
	json_t *label = read_label(context, a, &status);
	char *order = NULL;

	if (status == EXIT_OK)
		status = check_order(context, db, a->batch, label);
	if (status == EXIT_OK) {
		order = write_order(label, a);
		status = send_order(context, db, a->batch, order);
	}
	free(order);
	json_decref(label);
	return status;
}

/* --- watching and stopping --- */

static void print_job(const PGresult *rows, int i, bool json)
{
	if (json) {
		json_line_print(json_loads(PQgetvalue(rows, i, 1), 0, NULL));
		return;
	}
	printf("%8s  %-9s  %-8s %12s of %-12s  %s  %s\n", PQgetvalue(rows, i, 0),
	       PQgetvalue(rows, i, 2), PQgetvalue(rows, i, 3), PQgetvalue(rows, i, 5),
	       PQgetvalue(rows, i, 6), PQgetvalue(rows, i, 7), PQgetvalue(rows, i, 4));
}

static int list(struct command_context *context, struct db *db, struct job_arguments *a)
{
	return command_list(context, db, "the jobs cannot be read", print_job, &sql_job_list,
			    DB_VALUES(db_number((int64_t)a->before), db_number(LIST_MOST)));
}

/* The one text a query about this job gives, or NULL, reported. Freed by PQclear(). */
static PGresult *ask(const struct command_context *context, struct db *db,
		     const struct sql_query *query, int64_t job, int *ret_status)
{
	PGresult *rows = db_query(db, query, DB_VALUES(db_number(job)));

	*ret_status = EXIT_OK;
	if (rows == NULL)
		*ret_status = command_fail_store(context, db, "the job");
	else if (PQntuples(rows) == 0)
		*ret_status =
		    command_fail(context, EXIT_FAILED, "there is no job %lld", (long long)job);
	if (*ret_status == EXIT_OK)
		return rows;
	PQclear(rows);
	return NULL;
}

static int show(struct command_context *context, struct db *db, struct job_arguments *a)
{
	int status;
	PGresult *rows = ask(context, db, &sql_job_show, a->id, &status);
	json_t *job;

	if (rows == NULL)
		return status;
	job = json_loads(PQgetvalue(rows, 0, 0), 0, NULL);
	PQclear(rows);
	if (context->json) {
		json_line_print(job);
	} else {
		char *text = json_dumps(job, JSON_INDENT(2));

		plain_text_print(stdout, slice_of(text));
		putchar('\n');
		free(text);
		json_decref(job);
	}
	return EXIT_OK;
}

static int cancel(struct command_context *context, struct db *db, struct job_arguments *a)
{
	int status;
	PGresult *rows = ask(context, db, &sql_job_cancel, a->id, &status);
	bool at_work = rows != NULL && strcmp(PQgetvalue(rows, 0, 0), "cancelled") != 0;

	PQclear(rows);
	if (status == EXIT_OK && context->json)
		printf("{\"id\":%lld,\"state\":\"%s\"}\n", (long long)a->id,
		       at_work ? "running" : "cancelled");
	else if (status == EXIT_OK)
		puts(at_work ? "its worker stops within a second" : "cancelled");
	return status;
}

/* --- fetching --- */

static int make_folder(const struct command_context *context, const char *folder)
{
	if (mkdir(folder, 0700) == 0 || errno == EEXIST)
		return EXIT_OK;
	return command_fail(context, EXIT_FAILED, "%s: %s", folder, strerror(errno));
}

static int fetch_row(struct command_context *context, struct db *db, const PGresult *rows, int i,
		     const struct job_arguments *a)
{
	const struct fetch_file file = {
		.job = a->id,
		.position = db_number_at(rows, i, 0),
		.name = PQgetvalue(rows, i, 1),
		.size = (uint64_t)db_number_at(rows, i, 3),
		.sha256 = PQgetvalue(rows, i, 4),
	};
	char why[512];

	switch (fetch_file(db, &file, a->out, why, sizeof(why))) {
	case FETCH_DATABASE:
		return command_fail_store(context, db, file.name);
	case FETCH_FAILED:
		return command_fail(context, EXIT_FAILED, "%s", why);
	default:
		return EXIT_OK;
	}
}

static int fetch_files(struct command_context *context, struct db *db,
		       const struct job_arguments *a, int *ret_count)
{
	PGresult *rows = db_query(db, &sql_job_files, DB_VALUES(db_number(a->id)));
	int status = EXIT_OK;
	struct progress progress;

	if (rows == NULL)
		return command_fail_store(context, db, "the job's files");
	*ret_count = PQntuples(rows);
	progress_start(&progress, context, "files", (uint64_t)*ret_count);
	for (int i = 0; i < *ret_count && status == EXIT_OK; i++) {
		status = fetch_row(context, db, rows, i, a);
		progress_to(&progress, (uint64_t)i + 1);
	}
	progress_end(&progress);
	PQclear(rows);
	return status;
}

static int write_manifest(const struct command_context *context, const char *folder,
			  struct slice text)
{
	char path[4096], why[512];
	struct out_file file = { 0 };
	int status = EXIT_OK;

	(void)snprintf(path, sizeof(path), "%s/manifest.json", folder);
	if (!out_file_open(&file, path, why, sizeof(why)))
		status = command_fail(context, EXIT_FAILED, "%s", why);
	else if (!out_file_write(&file, text) || !out_file_write(&file, S("\n")))
		status = command_fail(context, EXIT_FAILED, "%s: %s", path, strerror(errno));
	else if (!out_file_finish(&file, why, sizeof(why)))
		status = command_fail(context, EXIT_FAILED, "%s", why);
	out_file_release(&file);
	return status;
}

/* Without a manifest it is not all there: the job goes on, or was stopped, or its files are gone.
 */
static int tell_unfinished(const struct command_context *context, struct db *db, int64_t job,
			   int files)
{
	int status;
	PGresult *rows = ask(context, db, &sql_job_show, job, &status);
	json_t *shown = rows == NULL ? NULL : json_loads(PQgetvalue(rows, 0, 0), 0, NULL);
	const char *state = json_string_value(json_object_get(shown, "state"));
	bool open =
	    state != NULL && (strcmp(state, "waiting") == 0 || strcmp(state, "running") == 0);

	if (open)
		status = command_fail(context, EXIT_BUSY,
				      "the job is %s: %d files are fetched; fetch again later",
				      state, files);
	else if (state != NULL)
		status = command_fail(context, EXIT_FAILED, "the job is %s: it has no files%s",
				      state, strcmp(state, "done") == 0 ? " any more" : "");
	json_decref(shown);
	PQclear(rows);
	return status;
}

static int conclude(struct command_context *context, struct db *db, const struct job_arguments *a,
		    int files)
{
	PGresult *rows = db_query(db, &sql_job_manifest, DB_VALUES(db_number(a->id)));
	int status;

	if (rows == NULL)
		return command_fail_store(context, db, "the manifest");
	if (PQntuples(rows) == 0)
		status = tell_unfinished(context, db, a->id, files);
	else
		status = write_manifest(context, a->out, db_slice_at(rows, 0, 0));
	PQclear(rows);
	if (status == EXIT_OK && context->json)
		printf("{\"id\":%lld,\"files\":%d}\n", (long long)a->id, files);
	else if (status == EXIT_OK)
		printf("%d file%s in %s (manifest.json)\n", files, files == 1 ? "" : "s", a->out);
	return status;
}

static int fetch(struct command_context *context, struct db *db, struct job_arguments *a)
{
	int files = 0, status = make_folder(context, a->out);

	if (status == EXIT_OK)
		status = fetch_files(context, db, a, &files);
	return status == EXIT_OK ? conclude(context, db, a, files) : status;
}

/* --- the command --- */

static bool read_id(struct slice text, void *ret_id)
{
	uint64_t id;

	if (!slice_to_u64(text, &id) || id == 0 || id > INT64_MAX)
		return false;
	*(int64_t *)ret_id = (int64_t)id;
	return true;
}

static const struct option_rule list_rules[] = {
	OPTION(NUMBER, "before", struct job_arguments, before, .least = 1, .most = INT64_MAX),
	OPTIONS_END,
};
static const struct option_rule id_rules[] = {
	OPTION(OPERANDS, "ID", struct job_arguments, words, .least = 1, .most = 1),
	OPTIONS_END,
};
static const struct option_rule fetch_rules[] = {
	OPTION(OPERANDS, "ID", struct job_arguments, words, .least = 1, .most = 1),
	OPTION(TEXT, "out", struct job_arguments, out, .required = true),
	OPTIONS_END,
};
static const struct option_rule labels_rules[] = {
	OPTION(TEXT, "batch", struct job_arguments, batch, .required = true),
	OPTION(NUMBER, "first", struct job_arguments, first, .least = 1, .most = INT64_MAX),
	OPTION(NUMBER, "count", struct job_arguments, count, .least = 1, .most = INT64_MAX),
	OPTION(OPERANDS, "MEMBER=VALUE", struct job_arguments, words, .most = OPERANDS_ANY),
	OPTIONS_END,
};

static const struct verb verbs[] = {
	{ "labels", labels_rules, order_labels },
	{ "list", list_rules, list },
	{ "show", id_rules, show },
	{ "cancel", id_rules, cancel },
	{ "fetch", fetch_rules, fetch },
};

static const struct verb *verb_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static bool wants_id(const struct verb *verb)
{
	return verb->rules == id_rules || verb->rules == fetch_rules;
}

static int run(struct command_context *context, int argc, char **argv)
{
	const struct verb *verb = verb_named(argc > 1 ? argv[1] : "");
	struct job_arguments a = { 0 };
	struct db db = { 0 };
	int status;

	if (verb == NULL)
		return command_usage(&command_job, "say labels, list, show, cancel or fetch");
	if (!arguments_read(&command_job, verb->rules, argc - 1, argv + 1, &a))
		return EXIT_USAGE;
	if (wants_id(verb) && !read_id(slice_of(a.words.words[0]), &a.id))
		return command_usage(&command_job, "%s is no job's number", a.words.words[0]);
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = verb->run(context, &db, &a);
	db_close(&db);
	return status;
}

const struct command command_job = {
	.name = "job",
	.arguments = "labels --batch ID [MEMBER=VALUE]... | list | show ID | cancel ID | "
		     "fetch ID --out FOLDER",
	.summary = "order long work, watch it, stop it, fetch its files",
	.help =
	    "  labels          orders label files of a batch: format=pdf sheet=L7160 copies=2 …, "
	    "the\n"
	    "                  members of a label order; `suyuan jobs` makes them\n"
	    "  --first N       begin with the batch's Nth code     --count N    so many codes\n"
	    "  list            the newest 1000; --before ID: those before that\n"
	    "  fetch           into FOLDER, with manifest.json; goes on where an earlier fetch "
	    "ended,\n"
	    "                  and checks every SHA-256. Exit status 4: the job is not done yet\n",
	.run = run,
};
