/* `suyuan user`: the people of a brand, what they may do, and how they come in. */
#include "cli/command.h"

#include <openssl/crypto.h>

#include "base/buf.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/new_access.h"
#include "model/role.h"
#include "store/sql.h"

extern const struct command command_user;

enum { DAYS_USUAL = 365, DAYS_MOST = 3650, ROLES_ROOM = 100, URL_ROOM = 512 };

struct user_arguments {
	struct word_list name; /* one word */
	const char *brand, *label, *end;
	struct word_list roles;
	bool forget_code;
	uint64_t days;
};

static const struct option_rule rules[] = {
	OPTION(TEXT, "brand", struct user_arguments, brand),
	OPTION(TEXTS, "role", struct user_arguments, roles),
	OPTION(TEXT, "label", struct user_arguments, label),
	OPTION(TEXT, "end", struct user_arguments, end),
	OPTION(NUMBER, "days", struct user_arguments, days, .least = 1, .most = DAYS_MOST),
	OPTION(FLAG, "forget-code", struct user_arguments, forget_code),
	OPTION(OPERANDS, "NAME", struct user_arguments, name, .least = 0, .most = 1),
	OPTIONS_END,
};

/* One invocation of the command. */
struct work {
	struct command_context *context;
	struct db *db;
	const struct user_arguments *a;
	int64_t brand, account; /* 0: not looked up */
	char roles[ROLES_ROOM]; /* "{admin,editor}", or empty: none given */
};

static const char *user_name(const struct work *w)
{
	return w->a->name.words[0];
}

static int fail_store(const struct work *w)
{
	return command_fail_store(w->context, w->db, w->a->name.count == 0 ? "user" : user_name(w));
}

/* --- what was given ------------------------------------------------------------------------ */

static int read_roles(struct work *w)
{
	unsigned roles = 0;
	size_t length = 0;

	for (int i = 0; i < w->a->roles.count; i++) {
		unsigned role = role_named(slice_of(w->a->roles.words[i]));

		if (role == 0)
			return command_usage(&command_user,
					     "--role %s: one of admin, editor, viewer, quality, "
					     "line and auditor",
					     w->a->roles.words[i]);
		roles |= role;
	}
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if ((roles & 1u << i) != 0)
			length +=
			    (size_t)snprintf(w->roles + length, sizeof(w->roles) - length, "%c%s",
					     length == 0 ? '{' : ',', role_name(1u << i));
	if (length > 0)
		(void)snprintf(w->roles + length, sizeof(w->roles) - length, "}");
	return EXIT_OK;
}

/* Functions of the team work for the brand of the session; within the transaction, so for this one.
 */
static bool for_brand(struct work *w)
{
	return db_run(w->db, &sql_user_brand, DB_VALUES(db_number(w->brand)));
}

static int find_user(struct work *w)
{
	PGresult *rows = db_query(w->db, &sql_user_find, DB_VALUES(db_text(user_name(w))));
	int found = rows == NULL ? -1 : PQntuples(rows);

	if (found == 1) {
		w->account = db_number_at(rows, 0, 0);
		w->brand = db_number_at(rows, 0, 1);
	}
	PQclear(rows);
	if (found < 0 || (found == 1 && !for_brand(w)))
		return fail_store(w);
	return found == 1
		   ? EXIT_OK
		   : command_fail(w->context, EXIT_FAILED, "there is no user %s", user_name(w));
}

/* --- secrets that are told once ------------------------------------------------------------- */

static void console_url(const struct settings *s, char ret_url[URL_ROOM])
{
	size_t length;

	if (s->console_url[0] == '\0')
		(void)snprintf(ret_url, URL_ROOM, "https://localhost:%llu",
			       (unsigned long long)s->console_port);
	else
		(void)snprintf(ret_url, URL_ROOM, "%s", s->console_url);
	length = strlen(ret_url);
	while (length > 0 && ret_url[length - 1] == '/')
		ret_url[--length] = '\0';
}

/* Commits, and only then tells. `rows` says until when it is valid. */
static int tell(struct work *w, const char *what, const struct new_access *s, PGresult *rows)
{
	char url[URL_ROOM] = "", ends[64] = "";
	bool link = strcmp(what, "link") == 0;
	struct buf b;

	if (rows != NULL)
		(void)snprintf(ends, sizeof(ends), "%s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	if (rows == NULL || !db_commit(w->db))
		return fail_store(w);
	buf_init(&b, 2 * URL_ROOM);
	if (link) {
		console_url(&w->context->settings, url);
		buf_add_format(&b, "%s/welcome/%s", url, s->text);
	} else {
		buf_add_string(&b, s->text);
	}
	if (buf_string(&b) == NULL)
		return command_fail(w->context, EXIT_FAILED, "out of memory");
	if (w->context->json)
		json_line_print(json_pack("{s:s,s:s,s:s,s:s}", "user", user_name(w), what, b.data,
					  "id", s->key.id, "ends_at", ends));
	else
		printf("%s\n", b.data);
	OPENSSL_cleanse(b.data, b.length);
	buf_release(&b);
	return EXIT_OK;
}

static int with_secret(struct work *w, enum access_kind kind,
		       PGresult *(*ask)(struct work *w, const struct new_access *s))
{
	struct new_access s;
	int status;

	if (!new_access_make(&s, kind))
		return command_fail(w->context, EXIT_FAILED, "no random bytes");
	status = tell(w, kind == ACCESS_LINK ? "link" : "token", &s, ask(w, &s));
	new_access_release(&s);
	return status;
}

static PGresult *ask_account(struct work *w, const struct new_access *s)
{
	return db_query(w->db, &sql_team_add_account,
			DB_VALUES(db_text(user_name(w)), db_text(w->roles), db_text(s->key.id),
				  db_text(s->key.sha256)));
}

static PGresult *ask_link(struct work *w, const struct new_access *s)
{
	return db_query(
	    w->db, &sql_team_make_link,
	    DB_VALUES(db_number(w->account), db_text(s->key.id), db_text(s->key.sha256)));
}

static PGresult *ask_token(struct work *w, const struct new_access *s)
{
	return db_query(w->db, &sql_user_token,
			DB_VALUES(db_number(w->account), db_text(s->key.id), db_text(s->key.sha256),
				  db_text(w->a->label == NULL ? "" : w->a->label),
				  db_number((int64_t)w->a->days)));
}

/* --- verbs --------------------------------------------------------------------------------- */

static int user_add(struct work *w)
{
	if (w->a->brand == NULL || w->roles[0] == '\0')
		return command_usage(&command_user, "add: give --brand and --role");
	if (!for_brand(w))
		return fail_store(w);
	return with_secret(w, ACCESS_LINK, ask_account);
}

static int user_link(struct work *w)
{
	return with_secret(w, ACCESS_LINK, ask_link);
}

static int user_token(struct work *w)
{
	return with_secret(w, ACCESS_TOKEN, ask_token);
}

static int commit(struct work *w, bool done)
{
	if (!done || !db_commit(w->db))
		return fail_store(w);
	if (w->context->json)
		json_line_print(json_pack("{s:s}", "user", user_name(w)));
	return EXIT_OK;
}

static int user_set(struct work *w)
{
	if (w->roles[0] == '\0')
		return command_usage(&command_user, "set: give --role");
	return commit(w, db_run(w->db, &sql_team_set_roles,
				DB_VALUES(db_number(w->account), db_text(w->roles))));
}

static int user_end(struct work *w)
{
	return commit(w, db_run(w->db, &sql_team_end_account, DB_VALUES(db_number(w->account))));
}

static int user_unlock(struct work *w)
{
	return commit(w, db_run(w->db, &sql_team_unlock,
				DB_VALUES(db_number(w->account), db_number(w->a->forget_code))));
}

static void print_pass(const PGresult *rows, int i, bool json)
{
	if (json)
		json_line_print(
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "id", PQgetvalue(rows, i, 0), "kind",
			      PQgetvalue(rows, i, 1), "label", PQgetvalue(rows, i, 2), "address",
			      PQgetvalue(rows, i, 3), "made_at", PQgetvalue(rows, i, 4), "seen_at",
			      PQgetvalue(rows, i, 5), "ends_at", PQgetvalue(rows, i, 6)));
	else
		printf("%s  %s  %s  from %s  last used %s  until %s\n", PQgetvalue(rows, i, 0),
		       PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2), PQgetvalue(rows, i, 3),
		       PQgetvalue(rows, i, 5), PQgetvalue(rows, i, 6));
}

static int user_sessions(struct work *w)
{
	if (w->a->end != NULL) {
		bool done = db_run(w->db, &sql_user_end_pass,
				   DB_VALUES(db_number(w->account), db_text(w->a->end)));
		return commit(w, done);
	}
	return command_list(w->context, w->db, "the sessions cannot be read", print_pass,
			    &sql_user_passes, DB_VALUES(db_number(w->account)));
}

static void print_user(const PGresult *rows, int i, bool json)
{
	if (json)
		json_line_print(json_pack(
		    "{s:s,s:s,s:s,s:b,s:b,s:s,s:s}", "brand", PQgetvalue(rows, i, 0), "user",
		    PQgetvalue(rows, i, 1), "roles", PQgetvalue(rows, i, 2), "has_password",
		    db_bool_at(rows, i, 3), "totp", db_bool_at(rows, i, 4), "seen_at",
		    PQgetvalue(rows, i, 5), "ended_at", PQgetvalue(rows, i, 6)));
	else
		printf("%s  %s  %s%s%s%s%s\n", PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
		       PQgetvalue(rows, i, 2), db_bool_at(rows, i, 3) ? "" : "  no password yet",
		       db_bool_at(rows, i, 4) ? "  second factor" : "",
		       PQgetvalue(rows, i, 6)[0] == '\0' ? "" : "  ended ", PQgetvalue(rows, i, 6));
}

static int user_list(struct work *w)
{
	return command_list(w->context, w->db, "the users cannot be read", print_user,
			    &sql_user_list, DB_VALUES(db_number(w->brand)));
}

/* --- the command --------------------------------------------------------------------------- */

static const struct verb {
	const char *name;
	bool named, existing;
	int (*run)(struct work *w);
} verbs[] = {
	{ "add", true, false, user_add },	   { "set", true, true, user_set },
	{ "end", true, true, user_end },	   { "link", true, true, user_link },
	{ "unlock", true, true, user_unlock },	   { "token", true, true, user_token },
	{ "sessions", true, true, user_sessions }, { "list", false, false, user_list },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int run_verb(struct work *w, const struct verb *verb)
{
	int status = EXIT_OK;

	if (w->a->brand != NULL)
		status = command_brand_id(w->context, w->db, w->a->brand, &w->brand);
	if (status == EXIT_OK && !db_begin(w->db))
		status = command_fail_store(w->context, w->db, "user");
	if (status == EXIT_OK && verb->existing)
		status = find_user(w);
	if (status == EXIT_OK)
		status = verb->run(w);
	db_rollback(w->db);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct user_arguments a = { .days = DAYS_USUAL };
	struct db db = { 0 };
	struct work w = { .context = context, .db = &db, .a = &a };
	const struct verb *verb = argc < 2 ? NULL : find_verb(argv[1]);
	int status = EXIT_USAGE;

	if (verb == NULL)
		return command_usage(&command_user,
				     "say add, list, set, end, link, unlock, token or sessions");
	if (!arguments_read(&command_user, rules, argc - 1, argv + 1, &a))
		goto out;
	if (verb->named && a.name.count != 1) {
		status = command_usage(&command_user, "%s: give NAME", verb->name);
		goto out;
	}
	status = read_roles(&w);
	if (status == EXIT_OK)
		status = command_open(context, &db);
	if (status == EXIT_OK)
		status = run_verb(&w, verb);
out:
	db_close(&db);
	free(a.roles.words);
	return status;
}

const struct command command_user = {
	.name = "user",
	.arguments = "add NAME --brand SLUG --role ROLE... | set NAME --role ROLE... | "
		     "end|link|unlock|token|sessions NAME | list [--brand SLUG]",
	.summary = "the people of a brand, and how they come in to the console",
	.help =
	    "  add NAME        make an account and print a link that sets its password: it works "
	    "once,\n"
	    "                  within 24 hours\n"
	    "  set NAME        give it these roles and no others\n"
	    "  end NAME        end the account, and all its sessions and tokens, at once\n"
	    "  link NAME       print a new link, for who lost the password\n"
	    "  unlock NAME     forget the tries that failed, so that nobody has to wait\n"
	    "  token NAME      print a token for a program: it may do what the person may\n"
	    "  sessions NAME   the sessions and tokens there are, or end one\n"
	    "  list            who there is\n"
	    "  --brand SLUG    whose people\n"
	    "  --role ROLE     admin, editor, viewer, quality, line or auditor; repeatable\n"
	    "  --label TEXT    (token) what it is for\n"
	    "  --days N        (token) how long it is valid (365)\n"
	    "  --end ID        (sessions) end this one\n"
	    "  --forget-code   (unlock) turn off its second factor, for who lost that, too\n",
	.run = run,
};
