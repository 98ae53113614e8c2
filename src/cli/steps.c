/* From a batch or a printed URI to the step of its codes, and what came of it in words. */
#include "cli/steps.h"

#include "cli/database.h"
#include "cli/json_line.h"
#include "model/digital_link.h"
#include "model/gs1.h"
#include "store/sql.h"

/* What happened to the codes of one batch or URI. */
struct outcome {
	uint64_t changed, refused;
	char refusing[128]; /* the states that forbid the step */
};

/* Freed by the caller; NULL where there is no reason. False: memory is out. */
static bool reason_text(const struct step_order *order, char **ret_text)
{
	*ret_text = NULL;
	if (json_object_size(order->reason) == 0)
		return true;
	*ret_text = json_dumps(order->reason, JSON_COMPACT);
	return *ret_text != NULL;
}

static void take_outcome(const PGresult *rows, struct outcome *ret)
{
	ret->changed = (uint64_t)db_number_at(rows, 0, 0);
	ret->refused = (uint64_t)db_number_at(rows, 0, 1);
	(void)snprintf(ret->refusing, sizeof(ret->refusing), "%s", PQgetvalue(rows, 0, 2));
}

static int report(struct command_context *context, const char *what, const struct step_order *order,
		  const struct outcome *o)
{
	if (context->json)
		json_line_print(json_pack("{s:s,s:s,s:I,s:I,s:s}", "code", what, "state",
					  order->state, "changed", (json_int_t)o->changed,
					  "refused", (json_int_t)o->refused, "refusing",
					  o->refusing));
	else
		printf("%s: %llu now %s\n", what, (unsigned long long)o->changed, order->state);
	if (o->refused == 0)
		return EXIT_OK;
	return command_fail(context, o->changed > 0 ? EXIT_REJECTED : EXIT_FAILED,
			    "%s: %llu cannot become %s: they are %s", what,
			    (unsigned long long)o->refused, order->state, o->refusing);
}

int steps_batch(struct command_context *context, struct db *db, const struct step_order *order,
		const char *batch_id)
{
	struct outcome outcome = { 0 };
	PGresult *rows;
	char *reason;
	int status = EXIT_OK;

	if (!reason_text(order, &reason))
		return command_fail(context, EXIT_FAILED, "out of memory");
	rows = db_query(db, &sql_change_batch,
			DB_VALUES(db_text(batch_id), db_text(order->state), db_text(reason)));
	free(reason);
	if (rows == NULL)
		return command_fail_store(context, db, batch_id);
	if (PQntuples(rows) == 0)
		status = command_fail(context, EXIT_FAILED, "there is no batch %s", batch_id);
	else
		take_outcome(rows, &outcome);
	PQclear(rows);
	return status == EXIT_OK ? report(context, batch_id, order, &outcome) : status;
}

/* --- single codes --- */

static bool was_issued(struct db *db, uint64_t gtin, uint64_t counter, unsigned key_id,
		       size_t length, bool *ret_issued)
{
	PGresult *rows = db_query(db, &sql_code_issued,
				  DB_VALUES(db_number((int64_t)gtin), db_number((int64_t)counter)));

	if (rows == NULL)
		return false;
	*ret_issued = PQntuples(rows) == 1 && db_number_at(rows, 0, 0) == (int64_t)key_id &&
		      db_number_at(rows, 0, 1) == (int64_t)length;
	PQclear(rows);
	return true;
}

/* The counter behind a printed code. EXIT_OK, or what was reported. */
static int find_code(struct command_context *context, struct db *db, struct keyring *ring,
		     const char *uri, uint64_t *ret_gtin, uint64_t *ret_counter)
{
	struct digital_link link;
	struct serial_key *key = NULL;
	uint64_t counter = 0;
	unsigned id = 0;
	bool issued = false;

	if (digital_link_parse(slice_of(uri), &link) != DL_OK)
		return command_fail(context, EXIT_FAILED, "%s: %s", uri, link.error);
	if (!link.has_gtin || link.serial.length == 0)
		return command_fail(context, EXIT_FAILED, "%s: names no single item", uri);
	if (serial_key_id(link.serial, &id) == SERIAL_OK)
		key = keyring_find(ring, id);
	if (key != NULL && serial_decode(key, link.serial, link.gtin, &counter) == SERIAL_OK &&
	    counter < SERIAL_COUNTERS &&
	    !was_issued(db, link.gtin, counter, id, link.serial.length, &issued))
		return command_fail_store(context, db, uri);
	if (!issued)
		return command_fail(context, EXIT_FAILED, "%s: this code was never issued", uri);
	*ret_gtin = link.gtin;
	*ret_counter = counter;
	return EXIT_OK;
}

static int step_uri(struct command_context *context, struct db *db, const struct step_order *order,
		    struct keyring *ring, const char *uri)
{
	uint64_t gtin = 0, counter = 0;
	struct outcome outcome = { 0 };
	char *reason;
	PGresult *rows;
	int status = find_code(context, db, ring, uri, &gtin, &counter);

	if (status != EXIT_OK)
		return status;
	if (!reason_text(order, &reason))
		return command_fail(context, EXIT_FAILED, "out of memory");
	rows = db_query(db, &sql_change_item,
			DB_VALUES(db_number((int64_t)gtin), db_number((int64_t)counter),
				  db_text(order->state), db_text(reason)));
	free(reason);
	if (rows == NULL)
		return command_fail_store(context, db, uri);
	take_outcome(rows, &outcome);
	PQclear(rows);
	return report(context, uri, order, &outcome);
}

int steps_uris(struct command_context *context, struct db *db, const struct step_order *order,
	       int count, char **uris)
{
	struct keyring ring;
	int status, failed = 0;

	keyring_init(&ring);
	status = command_load_keys(context, db, &ring);
	if (status != EXIT_OK)
		goto out;
	for (int i = 0; i < count && status != EXIT_BUSY; i++) {
		status = step_uri(context, db, order, &ring, uris[i]);
		failed += status == EXIT_FAILED;
	}
	if (status != EXIT_BUSY)
		status = failed == 0 ? EXIT_OK : failed < count ? EXIT_REJECTED : EXIT_FAILED;
out:
	keyring_release(&ring);
	return status;
}
