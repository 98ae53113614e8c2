/* `suyuan pin`: which products have a PIN under a scratch-off field, and what became of one. */
#include "cli/command.h"

#include <openssl/crypto.h>

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "model/gs1.h"
#include "model/pin.h"
#include "model/printed_code.h"
#include "store/sql.h"

extern const struct command command_pin;

struct pin_arguments {
	uint64_t gtin;
	uint64_t digits;
	bool all;
	const char *code;
};

/* --- on, off --- */

static void tell_step(const struct command_context *context, uint64_t gtin, const char *step,
		      uint64_t digits, uint64_t first)
{
	char text[GTIN_TEXT_SIZE];

	gtin_format(gtin, text);
	if (context->json)
		json_line_print(json_pack("{s:s,s:s,s:I,s:I}", "gtin", text, "pin", step, "digits",
					  (json_int_t)digits, "first", (json_int_t)first));
	else if (digits == 0)
		printf("%s: customers are not asked for a PIN\n", text);
	else
		printf("%s: PINs of %llu digits, for the codes from counter %llu on\n", text,
		       (unsigned long long)digits, (unsigned long long)first);
}

static int turn_on(struct command_context *context, struct db *db, const struct pin_arguments *a)
{
	PGresult *rows = db_query(db, &sql_pin_on,
				  DB_VALUES(db_number((int64_t)a->gtin),
					    db_number((int64_t)a->digits), db_number(a->all)));

	if (rows == NULL)
		return command_fail_store(context, db, "nothing was changed");
	tell_step(context, a->gtin, "on", (uint64_t)db_number_at(rows, 0, 0),
		  (uint64_t)db_number_at(rows, 0, 1));
	PQclear(rows);
	return EXIT_OK;
}

static int turn_off(struct command_context *context, struct db *db, const struct pin_arguments *a)
{
	if (!db_run(db, &sql_pin_off, DB_VALUES(db_number((int64_t)a->gtin))))
		return command_fail_store(context, db, "nothing was changed");
	tell_step(context, a->gtin, "off", 0, 0);
	return EXIT_OK;
}

/* --- list --- */

static void print_gtin(const PGresult *rows, int i, bool json)
{
	bool on = db_number_at(rows, i, 3) != 0;

	if (json)
		json_line_print(json_pack("{s:s,s:b,s:I,s:I,s:I}", "gtin", PQgetvalue(rows, i, 0),
					  "on", on, "digits", (json_int_t)db_number_at(rows, i, 1),
					  "first", (json_int_t)db_number_at(rows, i, 2), "opened",
					  (json_int_t)db_number_at(rows, i, 4)));
	else
		printf("%s  %-3s  %s digits  from counter %s  opened %s\n", PQgetvalue(rows, i, 0),
		       on ? "on" : "off", PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2),
		       PQgetvalue(rows, i, 4));
}

static int list(struct command_context *context, struct db *db, const struct pin_arguments *a)
{
	return command_list(context, db, "the PINs cannot be read", print_gtin, &sql_pin_list,
			    DB_VALUES(db_number((int64_t)a->gtin)));
}

/* --- one code --- */

/* The code that is meant, and how its PIN stands. */
struct pin_code {
	struct keyring ring;
	struct printed_code code;
	uint64_t digits, tries;
	char opened[sizeof("2026-09-01T00:00:00Z")];
};

static int ask_code(struct command_context *context, struct db *db, struct pin_code *p)
{
	PGresult *rows =
	    db_query(db, &sql_pin_code,
		     DB_VALUES(db_number((int64_t)p->code.gtin),
			       db_number((int64_t)p->code.counter), db_text(p->code.serial),
			       db_number(p->code.key_id), db_number(p->code.length)));
	int found = rows == NULL ? -1 : PQntuples(rows);

	if (found == 1) {
		p->digits = (uint64_t)db_number_at(rows, 0, 0);
		p->tries = (uint64_t)db_number_at(rows, 0, 1);
		(void)snprintf(p->opened, sizeof(p->opened), "%s", PQgetvalue(rows, 0, 2));
	}
	PQclear(rows);
	if (found < 0)
		return command_fail_store(context, db, "the code cannot be looked up");
	if (found == 0)
		return command_fail(context, EXIT_FAILED, "this code was never issued");
	if (p->digits == 0)
		return command_fail(context, EXIT_FAILED, "this code has no PIN");
	return EXIT_OK;
}

/* Released by keyring_release(&ret->ring), whatever comes of it. */
static int find_code(struct command_context *context, struct db *db, const struct pin_arguments *a,
		     struct pin_code *ret)
{
	int status;

	*ret = (struct pin_code){ .digits = 0 };
	keyring_init(&ret->ring);
	status = command_load_keys(context, db, &ret->ring);
	if (status != EXIT_OK)
		return status;
	printed_code_read(&ret->ring, slice_of(a->code), a->gtin, &ret->code);
	if (ret->code.result == PRINTED_MALFORMED)
		return command_fail(context, EXIT_FAILED, "%s", ret->code.reason);
	if (ret->code.result != PRINTED_COMPUTED)
		return command_fail(context, EXIT_FAILED,
				    "no key of this installation made this code: it has no PIN");
	return ask_code(context, db, ret);
}

static const char *standing(const struct pin_code *p)
{
	if (p->opened[0] != '\0')
		return "opened";
	return p->tries >= PIN_TRIES ? "locked" : "waiting";
}

static json_t *events_of(const PGresult *rows)
{
	json_t *events = json_array();

	for (int i = 0; i < PQntuples(rows); i++)
		json_array_append_new(
		    events, json_pack("{s:s,s:s,s:s}", "step", PQgetvalue(rows, i, 0), "at",
				      PQgetvalue(rows, i, 1), "by", PQgetvalue(rows, i, 2)));
	return events;
}

static void tell_status(const struct command_context *context, const struct pin_code *p,
			const PGresult *events)
{
	char gtin[GTIN_TEXT_SIZE];

	gtin_format(p->code.gtin, gtin);
	if (context->json) {
		json_line_print(json_pack(
		    "{s:s,s:s,s:s,s:I,s:s*,s:o}", "gtin", gtin, "serial", p->code.serial, "pin",
		    standing(p), "wrong", (json_int_t)p->tries, "opened_at",
		    p->opened[0] == '\0' ? NULL : p->opened, "events", events_of(events)));
		return;
	}
	printf("(01)%s(21)%s: PIN %s%s%s, %llu of %d wrong tries\n", gtin, p->code.serial,
	       standing(p), p->opened[0] == '\0' ? "" : " at ", p->opened,
	       (unsigned long long)p->tries, PIN_TRIES);
	for (int i = 0; i < PQntuples(events); i++)
		printf("  %s  %s\n", PQgetvalue(events, i, 1), PQgetvalue(events, i, 0));
}

static int status_of(struct command_context *context, struct db *db, const struct pin_arguments *a)
{
	struct pin_code p;
	PGresult *events = NULL;
	int status = find_code(context, db, a, &p);

	if (status == EXIT_OK) {
		events =
		    db_query(db, &sql_pin_events,
			     DB_VALUES(db_number((int64_t)p.code.gtin), db_text(p.code.serial)));
		if (events == NULL)
			status = command_fail_store(context, db, "its events cannot be read");
		else
			tell_status(context, &p, events);
	}
	PQclear(events);
	keyring_release(&p.ring);
	return status;
}

static int show(struct command_context *context, struct db *db, const struct pin_arguments *a)
{
	struct pin_code p;
	char pin[PIN_SIZE];
	int status = find_code(context, db, a, &p);

	if (status == EXIT_OK && !pin_of(keyring_find(&p.ring, p.code.key_id), p.code.gtin,
					 slice_of(p.code.serial), (unsigned)p.digits, pin))
		status = command_fail(context, EXIT_FAILED, "out of memory");
	if (status == EXIT_OK && context->json)
		json_line_print(json_pack("{s:s,s:s}", "serial", p.code.serial, "pin", pin));
	else if (status == EXIT_OK)
		printf("%s\n", pin);
	OPENSSL_cleanse(pin, sizeof(pin));
	keyring_release(&p.ring);
	return status;
}

static int unlock_code(struct command_context *context, struct db *db, const struct pin_code *p)
{
	PGresult *rows =
	    db_query(db, &sql_pin_unlock,
		     DB_VALUES(db_number((int64_t)p->code.gtin), db_text(p->code.serial)));
	bool changed = rows != NULL && db_number_at(rows, 0, 0) != 0;

	if (rows == NULL)
		return command_fail_store(context, db, "nothing was changed");
	PQclear(rows);
	if (context->json)
		json_line_print(
		    json_pack("{s:s,s:b}", "serial", p->code.serial, "changed", changed));
	else
		printf("%s: %s\n", p->code.serial,
		       changed ? "five tries more" : "no try was used up");
	return EXIT_OK;
}

static int unlock(struct command_context *context, struct db *db, const struct pin_arguments *a)
{
	struct pin_code p;
	int status = find_code(context, db, a, &p);

	if (status == EXIT_OK && p.opened[0] != '\0')
		status =
		    command_fail(context, EXIT_FAILED, "the PIN was given right at %s", p.opened);
	if (status == EXIT_OK)
		status = unlock_code(context, db, &p);
	keyring_release(&p.ring);
	return status;
}

/* --- the command line --- */

static const struct option_rule on_rules[] = {
	OPTION(GTIN, "gtin", struct pin_arguments, gtin, .required = true),
	OPTION(NUMBER, "digits", struct pin_arguments, digits, .least = PIN_DIGITS_LEAST,
	       .most = PIN_DIGITS_MOST),
	OPTION(FLAG, "all", struct pin_arguments, all),
	OPTIONS_END,
};

static const struct option_rule off_rules[] = {
	OPTION(GTIN, "gtin", struct pin_arguments, gtin, .required = true),
	OPTIONS_END,
};

static const struct option_rule list_rules[] = {
	OPTION(GTIN, "gtin", struct pin_arguments, gtin),
	OPTIONS_END,
};

static const struct option_rule code_rules[] = {
	OPTION(TEXT, "code", struct pin_arguments, code, .required = true),
	OPTION(GTIN, "gtin", struct pin_arguments, gtin),
	OPTIONS_END,
};

static const struct {
	const char *word;
	const struct option_rule *rules;
	int (*run)(struct command_context *context, struct db *db, const struct pin_arguments *a);
} verbs[] = {
	{ "on", on_rules, turn_on },  { "off", off_rules, turn_off },
	{ "list", list_rules, list }, { "status", code_rules, status_of },
	{ "show", code_rules, show }, { "unlock", code_rules, unlock },
};

static int run_verb(struct command_context *context, size_t verb, int argc, char **argv)
{
	struct pin_arguments a = { .digits = PIN_DIGITS };
	struct db db = { 0 };
	int status;

	if (!arguments_read(&command_pin, verbs[verb].rules, argc, argv, &a))
		return EXIT_USAGE;
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = verbs[verb].run(context, &db, &a);
	db_close(&db);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT_OF(verbs); i++)
		if (strcmp(argv[1], verbs[i].word) == 0)
			return run_verb(context, i, argc - 1, argv + 1);
	return command_usage(&command_pin, "say on, off, list, status, show or unlock");
}

const struct command command_pin = {
	.name = "pin",
	.arguments = "on --gtin GTIN [--digits 6] [--all] | off --gtin GTIN | list [--gtin GTIN] | "
		     "status --code CODE | show --code CODE | unlock --code CODE",
	.summary = "the PIN under a scratch-off field: which products have one, what became of it",
	.help = "  on             customers are asked for a PIN, of the codes made from now on\n"
		"  --digits N     4 to 8; cannot change once labels may be printed\n"
		"  --all          of the codes made before, too\n"
		"  off            customers are asked no more; `on` takes the same PINs up again\n"
		"  list           the products that have PINs, or had\n"
		"  status         whether a code's PIN was given right, and how often wrong\n"
		"  show           the PIN itself, for a customer whose field cannot be read\n"
		"  unlock         five tries more\n"
		"  --code CODE    its address, or its serial with --gtin GTIN\n\n"
		"A PIN is computed from the serial key and stored nowhere. The labels get it from\n"
		"`suyuan batch --with-pin` or GET /v1/batches/{id}/codes?pin=1. The first right "
		"one is told so;\n"
		"later visitors read on which day that was. After five wrong ones it is locked.\n",
	.run = run,
};
