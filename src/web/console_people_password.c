/* Passwords by Argon2id in the thread beside the loop. */
#include <openssl/crypto.h>
#include <sodium.h>

#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_people.h"
#include "web/module.h"
#include "web/thread.h"
#include "web/worker_log.h"

/*
 * Compared where there is no account or it has no password: of 24 random bytes that nobody has,
 * with the limits of the others, so that it takes as long.
 */
#define NOBODY                                                   \
	"$argon2id$v=19$m=65536,t=2,p=1$vAoWL+XY02iXXvQ4U0fScA$" \
	"cb0jAQ5E/0hDIOHxFWSqg+Ftp1bimetrot9390XXUwE"

/* What the thread sees: copies, since the request may go. */
struct password_task {
	struct thread_task task;
	struct people *people; /* of the loop alone; NULL: the request has gone */
	char password[PASSWORD_BYTES];
	size_t length;
	char hash[crypto_pwhash_STRBYTES];
	bool check, of_nobody, right, failed;
};

_Static_assert((size_t)crypto_pwhash_STRBYTES == PASSWORD_HASH_SIZE, "of console_people.h");

static void run(struct thread_task *task)
{
	struct password_task *t = (struct password_task *)task;

	if (t->check)
		t->right =
		    crypto_pwhash_str_verify(t->hash, t->password, t->length) == 0 && !t->of_nobody;
	else
		t->failed = crypto_pwhash_str(t->hash, t->password, t->length,
					      crypto_pwhash_OPSLIMIT_INTERACTIVE,
					      crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
}

static void done(struct thread_task *task)
{
	struct password_task *t = (struct password_task *)task;
	struct people *p = t->people;

	if (p != NULL) {
		p->task = NULL;
		if (t->failed) {
			worker_log("error", "no memory to hash a password");
			api_no_memory(p->call);
		} else if (t->check) {
			p->on_checked(p, t->right);
		} else {
			memcpy(p->hash, t->hash, sizeof(p->hash));
			p->on_hashed(p);
		}
	}
	OPENSSL_cleanse(t, sizeof(*t));
	free(t);
}

static void gone(struct api_call *call)
{
	struct people *p = call->own;

	if (p->task != NULL)
		p->task->people = NULL;
	OPENSSL_cleanse(p, p->size);
}

void *people_new_of(struct api_call *call, size_t size)
{
	struct people *p = api_own(call, size);

	if (p == NULL)
		return NULL;
	p->call = call;
	p->size = size;
	call->on_end = gone;
	return p;
}

struct people *people_new(struct api_call *call)
{
	return people_new_of(call, sizeof(struct people));
}

static struct password_task *task_new(struct people *p, struct slice password)
{
	struct password_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->task.run = run;
	t->task.done = done;
	t->people = p;
	t->length = password.length < sizeof(t->password) ? password.length : sizeof(t->password);
	memcpy(t->password, password.data, t->length);
	return t;
}

static void send(struct people *p, struct password_task *t)
{
	if (t != NULL && thread_send(&t->task)) {
		p->task = t;
		return;
	}
	if (t != NULL)
		OPENSSL_cleanse(t, sizeof(*t));
	free(t);
	api_problem_members(p->call, 503,
			    json_pack("{s:i,s:s}", "retry_after", 2, "code", "sign_in_busy"),
			    "Too many people sign in at this moment: try again in a moment.");
}

void people_check(struct people *p, struct slice password, struct slice hash,
		  void (*on_checked)(struct people *p, bool right))
{
	struct password_task *t = task_new(p, password);

	p->on_checked = on_checked;
	if (t != NULL) {
		t->check = true;
		/* One that is longer than any can be is wrong. */
		t->of_nobody = hash.length == 0 || hash.length >= sizeof(t->hash) ||
			       password.length > sizeof(t->password);
		if (t->of_nobody)
			hash = S(NOBODY);
		memcpy(t->hash, hash.data, hash.length);
	}
	send(p, t);
}

void people_hash(struct people *p, struct slice password, void (*on_hashed)(struct people *p))
{
	p->on_hashed = on_hashed;
	send(p, task_new(p, password));
}

static void own_checked(struct people *p, bool right)
{
	if (right)
		p->on_right(p);
	else
		message_refuse(p->call, 403, p->password_field, "wrong_current");
}

static void own_asked(struct api_call *call, const PGresult *rows)
{
	struct people *p = call->own;

	p->old_hash = arena_copy(&call->request->arena, db_text_in(rows, 0, 0));
	people_check(p, form_text(call, p->password_field), p->old_hash, own_checked);
}

void people_own_password(struct people *p, const char *field, void (*on_right)(struct people *p))
{
	struct db_parameters to = { .count = 0 };

	p->password_field = field;
	p->on_right = on_right;
	api_ask(p->call, &sql_team_ask_own_password, &to, own_asked);
}

bool people_new_password(struct api_call *call, struct slice name, struct slice *ret_password)
{
	struct slice password = form_text(call, "password");
	const char *fault = password_fault(password_judge(password, name));

	if (fault == NULL && json_object_get(call->body, "again") != NULL &&
	    !slice_equal(password, form_text(call, "again"))) {
		message_refuse(call, 400, "again", "password_again");
		return false;
	}
	if (fault != NULL) {
		message_refuse(call, 400, "password", fault);
		return false;
	}
	*ret_password = password;
	return true;
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	(void)s;
	if (sodium_init() >= 0)
		return true;
	(void)snprintf(why, why_size, "libsodium cannot be used");
	return false;
}

const struct module module_console_people_password = {
	.name = "console_people_password",
	.programs = PROGRAM_CONSOLE,
	.prepare = prepare,
};
