/* `suyuan paper`: certificates and reports that are shown with a product or a lot. */
#include "cli/command.h"

#include <errno.h>
#include <inttypes.h>

#include "base/file.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "job/paper.h"
#include "job/paper_desk.h"
#include "store/sql.h"

extern const struct command command_paper;

/* Of whoever reads the log of changes: by which way it came. */
static const char source[] = "command line";

struct paper_arguments {
	uint64_t gtin, replaces; /* 0: not given */
	const char *lot, *kind, *issuer, *issued_on, *code;
	const char *brand;
	json_t *title;
	struct word_list operands;
};

static const struct option_rule add_rules[] = {
	OPTION(GTIN, "gtin", struct paper_arguments, gtin),
	OPTION(LOT, "lot", struct paper_arguments, lot),
	OPTION(TEXT, "kind", struct paper_arguments, kind),
	OPTION(WORDS, "title", struct paper_arguments, title),
	OPTION(TEXT, "issuer", struct paper_arguments, issuer),
	OPTION(TEXT, "issued-on", struct paper_arguments, issued_on),
	OPTION(TEXT, "code", struct paper_arguments, code),
	OPTION(NUMBER, "replaces", struct paper_arguments, replaces, .least = 1, .most = INT64_MAX),
	OPTION(OPERANDS, "FILE", struct paper_arguments, operands, .least = 1, .most = 1),
	OPTIONS_END,
};

static const struct option_rule list_rules[] = {
	OPTION(TEXT, "brand", struct paper_arguments, brand),
	OPTION(GTIN, "gtin", struct paper_arguments, gtin),
	OPTIONS_END,
};

static const struct option_rule withdraw_rules[] = {
	OPTION(OPERANDS, "ID", struct paper_arguments, operands, .least = 1, .most = 1),
	OPTIONS_END,
};

struct work {
	struct command_context *context;
	struct db *db;
	const struct paper_arguments *a;
};

/* --- add --- */

static bool is_kind(const char *kind)
{
	static const char *const kinds[] = { "certificate", "report", "declaration", "manual",
					     "other" };

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static int check_arguments(const struct paper_arguments *a)
{
	if ((a->gtin == 0) == (a->replaces == 0))
		return command_usage(&command_paper, "give --gtin, or --replaces an earlier one");
	if (a->replaces != 0 && (a->lot != NULL || a->code != NULL))
		return command_usage(&command_paper, "--lot and --code are those of the paper that "
						     "is replaced");
	if (a->kind != NULL && !is_kind(a->kind))
		return command_usage(&command_paper,
				     "--kind is certificate, report, declaration, manual or other");
	return EXIT_OK;
}

static void set(json_t *target, const char *name, const char *text)
{
	if (text != NULL)
		json_object_set_new(target, name, json_string(text));
}

/* As trace.check_paper() reads it; NULL: out of memory. Freed by the caller. */
static char *target_of(const struct paper_arguments *a)
{
	json_t *target = json_object();
	const char *language;
	char name[64], *text;
	json_t *title;

	if (a->gtin != 0)
		json_object_set_new(target, "gtin", json_integer((json_int_t)a->gtin));
	if (a->replaces != 0)
		json_object_set_new(target, "replaces", json_integer((json_int_t)a->replaces));
	set(target, "lot", a->lot);
	set(target, "kind", a->kind);
	set(target, "issuer", a->issuer);
	set(target, "issued_on", a->issued_on);
	set(target, "code", a->code);
	json_object_foreach(a->title, language, title)
	{
		(void)snprintf(name, sizeof(name), "title.%s", language);
		json_object_set(target, name, title);
	}
	text = json_dumps(target, JSON_COMPACT);
	json_decref(target);
	return text;
}

static void tell_added(const struct work *w, const PGresult *rows, const struct paper *paper)
{
	if (w->context->json)
		json_line_print(json_pack(
		    "{s:I,s:s,s:s,s:s,s:s,s:I,s:s}", "id", (json_int_t)db_number_at(rows, 0, 0),
		    "gtin", PQgetvalue(rows, 0, 4), "lot", PQgetvalue(rows, 0, 2), "code",
		    PQgetvalue(rows, 0, 3), "media_type", paper->media_type, "bytes",
		    (json_int_t)paper->bytes.length, "sha256", PQgetvalue(rows, 0, 5)));
	else
		printf("%s  %zu bytes, %s, SHA-256 %s\n", PQgetvalue(rows, 0, 0),
		       paper->bytes.length, paper->media_type, PQgetvalue(rows, 0, 5));
}

static int record(const struct work *w, const char *target, const struct paper *paper)
{
	PGresult *rows = db_query(w->db, &sql_paper_add,
				  DB_VALUES(db_text(target), db_text(paper->media_type),
					    db_bytes(paper->bytes), db_text(source)));
	int status = EXIT_OK;

	if (rows == NULL)
		return command_fail_store(w->context, w->db, "nothing was recorded");
	if (!paper_project(w->db, (uint64_t)db_number_at(rows, 0, 1), PQgetvalue(rows, 0, 2)))
		status = command_fail_store(w->context, w->db,
					    "the paper is recorded, but the page was not made "
					    "anew; run `suyuan project`");
	else
		tell_added(w, rows, paper);
	PQclear(rows);
	return status;
}

static int record_paper(const struct work *w, const struct paper *paper)
{
	char *target = target_of(w->a);
	int status = target == NULL ? command_fail(w->context, EXIT_FAILED, "out of memory")
				    : command_open(w->context, w->db);

	if (status == EXIT_OK)
		status = record(w, target, paper);
	free(target);
	return status;
}

/* What the console takes (setting paper_mb), and looked at apart as there. */
static int add(const struct work *w)
{
	const char *path = w->a->operands.words[0];
	struct paper paper = { .media_type = NULL };
	enum paper_result result;
	struct buf file;
	int status = check_arguments(w->a);

	if (status != EXIT_OK)
		return status;
	buf_init(&file, (size_t)w->context->settings.paper_mb << 20);
	if (!file_read(path, &file)) {
		status =
		    command_fail(w->context, EXIT_FAILED, "%s: %s", path,
				 file.failed ? paper_reason(PAPER_TOO_LARGE) : strerror(errno));
	} else {
		result = paper_examine(buf_slice(&file), PAPER_PAGE_SIDE, &paper);
		status = result == PAPER_OK ? record_paper(w, &paper)
					    : command_fail(w->context, EXIT_FAILED, "%s: %s", path,
							   paper_reason(result));
	}
	paper_release(&paper);
	buf_release(&file);
	return status;
}

/* --- withdraw --- */

static int finish_withdrawal(const struct work *w, const PGresult *rows)
{
	const char *handle = PQgetvalue(rows, 0, 2);

	if (paper_project(w->db, (uint64_t)db_number_at(rows, 0, 0), PQgetvalue(rows, 0, 1)) &&
	    db_run(w->db, &sql_paper_withdrawn, DB_VALUES(db_text(handle))))
		return EXIT_OK;
	return command_fail_store(w->context, w->db,
				  "the paper is withdrawn, but the page was not made anew yet: "
				  "`suyuan jobs` does that");
}

static int withdraw(const struct work *w)
{
	struct slice id = slice_of(w->a->operands.words[0]);
	int status = EXIT_OK;
	PGresult *rows;
	uint64_t number;

	if (!slice_to_u64(id, &number) || number > INT64_MAX)
		return command_usage(&command_paper, "%s is no number of a paper", id.data);
	status = command_open(w->context, w->db);
	if (status != EXIT_OK)
		return status;
	rows = db_query(w->db, &sql_paper_withdraw,
			DB_VALUES(db_number((int64_t)number), db_text(source)));
	if (rows == NULL)
		status = command_fail_store(w->context, w->db, "nothing was withdrawn");
	else if (PQntuples(rows) == 0)
		status = command_fail(w->context, EXIT_FAILED,
				      "there is no paper %" PRIu64 " that counts", number);
	else
		status = finish_withdrawal(w, rows);
	PQclear(rows);
	return status;
}

/* --- list --- */

static void print_paper(const PGresult *rows, int i, bool json)
{
	if (json) {
		json_line_print(json_pack(
		    "{s:I,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:s,s:s,s:I,s:s,s:s}", "id",
		    (json_int_t)db_number_at(rows, i, 0), "gtin", PQgetvalue(rows, i, 1), "lot",
		    PQgetvalue(rows, i, 2), "code", PQgetvalue(rows, i, 3), "kind",
		    PQgetvalue(rows, i, 4), "title", json_loads(PQgetvalue(rows, i, 5), 0, NULL),
		    "issuer", json_loads(PQgetvalue(rows, i, 6), 0, NULL), "issued_on",
		    PQgetvalue(rows, i, 7), "media_type", PQgetvalue(rows, i, 8), "sha256",
		    PQgetvalue(rows, i, 9), "bytes", (json_int_t)db_number_at(rows, i, 10),
		    "recorded_at", PQgetvalue(rows, i, 11), "public", PQgetvalue(rows, i, 12)));
		return;
	}
	printf("%-6s %s  %-5s  %-11s  %10s bytes  ", PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
	       PQgetvalue(rows, i, 12), PQgetvalue(rows, i, 4), PQgetvalue(rows, i, 10));
	plain_text_print(stdout, db_slice_at(rows, i, 2));
	fputs("  ", stdout);
	plain_text_print(stdout, db_slice_at(rows, i, 5));
	putchar('\n');
}

static int list(const struct work *w)
{
	const struct paper_arguments *a = w->a;
	int status = command_open(w->context, w->db);
	int64_t brand;

	if (status == EXIT_OK && a->brand != NULL)
		status = command_brand_id(w->context, w->db, a->brand, &brand);
	if (status == EXIT_OK)
		status = command_list(w->context, w->db, "the papers cannot be read", print_paper,
				      &sql_paper_list,
				      DB_VALUES(db_text(a->brand), db_number((int64_t)a->gtin)));
	return status;
}

/* --- the command line --- */

static const struct {
	const char *name;
	const struct option_rule *rules;
	int (*run)(const struct work *w);
} verbs[] = {
	{ "add", add_rules, add },
	{ "list", list_rules, list },
	{ "withdraw", withdraw_rules, withdraw },
};

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct paper_arguments a = { .title = json_object() };
	struct db db = { 0 };
	struct work w = { context, &db, &a };
	int status = EXIT_USAGE;
	size_t i = 0;

	while (i < COUNT_OF(verbs) && strcmp(verb, verbs[i].name) != 0)
		i++;
	if (i == COUNT_OF(verbs))
		status = command_usage(&command_paper, "say add, list or withdraw");
	else if (arguments_read(&command_paper, verbs[i].rules, argc - 1, argv + 1, &a))
		status = verbs[i].run(&w);
	db_close(&db);
	json_decref(a.title);
	return status;
}

const struct command command_paper = {
	.name = "paper",
	.arguments = "add (--gtin GTIN [--lot LOT] | --replaces ID) [OPTIONS] FILE"
		     " | list [--brand SLUG] [--gtin GTIN] | withdraw ID",
	.summary = "certificates and reports of products and lots",
	.help =
	    "FILE is a PDF, or a JPEG, PNG or WebP; as large as the setting paper_mb allows. "
	    "A PDF is kept byte\n"
	    "for byte and refused if it does more than show pages: scripts, files inside, "
	    "encryption, something\n"
	    "before or behind it. A picture is written anew, without place, time or camera.\n\n"
	    "  --title LANGUAGE=TEXT  once a language; one at least\n"
	    "  --kind WORD            certificate (unless said), report, declaration, manual or "
	    "other\n"
	    "  --issuer NAME --issued-on YYYY-MM-DD   who vouches for it, since when\n"
	    "  --code TEXT            its number; one is made up without\n"
	    "  --replaces ID          a new version of that paper; what is not given stays\n\n"
	    "The public sees it once the fields are shown:\n"
	    "  suyuan paper add --gtin 09506000134352 --title en=\"Organic\" organic.pdf\n"
	    "  suyuan policy show --gtin 09506000134352 document.title document.file\n"
	    "`withdraw` keeps the record and takes the file from the public.\n",
	.run = run,
};
