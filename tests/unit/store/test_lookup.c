/* Rows of the lookup's queries as structs, from results as libpq gives them. */
#include "store/lookup.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A result of one row whose columns are all NULL. */
static PGresult *row_of(int columns)
{
	static char name[] = "c";
	PGresAttDesc attributes[16];
	PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	for (int i = 0; i < columns; i++)
		attributes[i] = (PGresAttDesc){ .name = name, .format = 1 };
	assert_true(PQsetResultAttrs(rows, columns, attributes));
	for (int i = 0; i < columns; i++)
		assert_true(PQsetvalue(rows, 0, i, NULL, -1));
	return rows;
}

static void set_number(PGresult *rows, int column, uint64_t number)
{
	uint64_t wire = htobe64(number);

	assert_true(PQsetvalue(rows, 0, column, (char *)&wire, 8));
}

static void set_text(PGresult *rows, int column, const char *text)
{
	char room[64];

	(void)snprintf(room, sizeof(room), "%s", text);
	assert_true(PQsetvalue(rows, 0, column, room, (int)strlen(room)));
}

static void test_no_row_is_no_such_gtin(void **state)
{
	PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	struct lookup_item item;
	struct lookup_documents documents;

	(void)state;
	assert_false(lookup_foreign_read(rows, &item));
	assert_false(lookup_documents_read(rows, &documents));
	PQclear(rows);
}

static void test_a_counter_outside_every_run_was_not_issued(void **state)
{
	PGresult *rows = row_of(15);
	struct lookup_item item;

	(void)state;
	set_number(rows, 0, 7);
	set_number(rows, 1, 500);
	set_number(rows, 2, 3);
	set_number(rows, 9, 1);
	assert_int_equal(lookup_item_read(rows, 0, &item), 7);
	assert_int_equal(item.issued, 500);
	assert_true(item.has_foreign);
	assert_int_equal(item.epoch, 3);
	assert_false(item.found);
	PQclear(rows);
}

/* As PostgreSQL's timestamptz. */
static void set_time(PGresult *rows, int column, int64_t seconds_since_1970)
{
	set_number(rows, column, (uint64_t)((seconds_since_1970 - 946684800) * 1000000));
}

static void test_reads_an_item(void **state)
{
	PGresult *rows = row_of(15);
	struct lookup_item item;

	(void)state;
	set_number(rows, 0, 1);
	set_number(rows, 1, 500);
	set_number(rows, 2, 3);
	set_number(rows, 3, 31);
	set_number(rows, 4, 14);
	set_text(rows, 5, "L1");
	set_text(rows, 6, "commissioned");
	set_time(rows, 7, 20697 * 86400);
	set_number(rows, 9, 0);
	set_number(rows, 10, 6);
	set_number(rows, 11, 3);
	set_time(rows, 12, 20698 * 86400 - 1);
	set_number(rows, 13, 1);
	assert_int_equal(lookup_item_read(rows, 0, &item), 1);
	assert_true(item.found);
	assert_int_equal(item.key_id, 31);
	assert_int_equal(item.serial_length, 14);
	assert_true(slice_equal(item.lot_handle, S("L1")));
	assert_int_equal(item.state, ITEM_COMMISSIONED);
	assert_int_equal(item.since_day, 20697);
	assert_int_equal(item.reason.length, 0);
	assert_false(item.has_foreign);
	assert_int_equal(item.seen.visits, 3);
	assert_int_equal(item.seen.first_day, 20697);
	assert_int_equal(item.seen.pin_tries, 1);
	assert_int_equal(item.seen.pin_opened_day, 0);
	set_text(rows, 6, "a state of tomorrow");
	assert_int_equal(lookup_item_read(rows, 0, &item), 1);
	assert_int_equal(item.state, ITEM_UNKNOWN);
	PQclear(rows);
}

static void test_days_begin_at_midnight_whenever_it_was(void **state)
{
	static const struct {
		int64_t seconds;
		uint32_t day;
	} times[] = { { 86400, 1 },
		      { 2 * 86400 - 1, 1 },
		      { 10956 * 86400, 10956 },
		      { 10957 * 86400 - 1, 10956 },
		      { 10957 * 86400, 10957 },
		      { -1, 0 } };
	PGresult *rows = row_of(15);
	struct lookup_item item;

	(void)state;
	for (int column = 0; column <= 13; column++)
		if (column < 5 || column > 8)
			set_number(rows, column, 1);
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		set_time(rows, 7, times[i].seconds);
		assert_int_equal(lookup_item_read(rows, 0, &item), 1);
		assert_int_equal(item.since_day, times[i].day);
	}
	set_number(rows, 7, INT64_MAX); /* infinity */
	assert_int_equal(lookup_item_read(rows, 0, &item), 1);
	assert_int_equal(item.since_day, 0);
	PQclear(rows);
}

static void test_reads_a_serial_made_elsewhere(void **state)
{
	PGresult *rows = row_of(11);
	struct lookup_item item;

	(void)state;
	assert_true(rows != NULL);
	set_number(rows, 0, 0);
	set_number(rows, 1, 3);
	set_number(rows, 2, 1);
	set_number(rows, 7, 2);
	set_number(rows, 9, 0);
	assert_true(lookup_foreign_read(rows, &item));
	assert_true(item.has_foreign);
	assert_false(item.found);
	set_text(rows, 3, "L1");
	set_text(rows, 4, "blocked");
	set_text(rows, 6, "{\"en\":\"x\"}");
	assert_true(lookup_foreign_read(rows, &item));
	assert_true(item.found);
	assert_int_equal(item.state, ITEM_BLOCKED);
	assert_true(slice_equal(item.lot_handle, S("L1")));
	assert_int_equal(item.reason.length, 10);
	PQclear(rows);
}

static void test_a_hidden_name_nobody_knows_hides_everything(void **state)
{
	(void)state;
	assert_int_equal(lookup_hidden_read((struct slice){ NULL, 0 }), 0);
	assert_int_equal(lookup_hidden_read(S("lot.number")), field_bit(FIELD_LOT_NUMBER));
	assert_int_equal(lookup_hidden_read(S("lot.number\nlot.colour")), FIELD_SET_ALL);
	assert_int_equal(lookup_hidden_read(S("")), FIELD_SET_ALL);
}

static void test_a_recall_shows_by_its_date_whatever_its_reason(void **state)
{
	PGresult *rows = row_of(8);
	struct lookup_documents d;

	(void)state;
	set_number(rows, 0, 9);
	set_text(rows, 2, "{}");
	assert_true(lookup_documents_read(rows, &d));
	assert_false(d.recalled);
	assert_null(d.source.brand.data);
	set_text(rows, 6, "2026-09-01");
	assert_true(lookup_documents_read(rows, &d));
	assert_true(d.recalled);
	assert_int_equal(d.epoch, 9);
	PQclear(rows);
}

static void test_a_lot_without_a_best_before_date_is_good_for_ever(void **state)
{
	PGresult *rows = row_of(8);
	struct lookup_documents d;

	(void)state;
	set_number(rows, 0, 9);
	assert_true(lookup_documents_read(rows, &d));
	assert_true(d.best_until == BEST_FOREVER);
	set_number(rows, 7, (uint64_t)INT64_C(-86400));
	assert_true(lookup_documents_read(rows, &d));
	assert_true(d.best_until == -86400);
	PQclear(rows);
}

static void test_a_change_without_a_gtin_tells_the_watermark(void **state)
{
	PGresult *rows = row_of(6);
	struct lookup_gtin gtin;

	(void)state;
	set_number(rows, 0, 777);
	assert_int_equal(lookup_change_watermark(rows), 777);
	assert_false(lookup_change_read(rows, 0, &gtin));
	set_number(rows, 1, 9506000134352);
	set_number(rows, 2, 10);
	set_number(rows, 3, 2);
	set_number(rows, 4, 1);
	set_number(rows, 5, 1);
	assert_true(lookup_change_read(rows, 0, &gtin));
	assert_int_equal(gtin.gtin, 9506000134352);
	assert_int_equal(gtin.epoch, 2);
	assert_true(gtin.has_foreign);
	assert_true(gtin.redirects);
	PQclear(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_row_is_no_such_gtin),
		cmocka_unit_test(test_a_counter_outside_every_run_was_not_issued),
		cmocka_unit_test(test_reads_an_item),
		cmocka_unit_test(test_days_begin_at_midnight_whenever_it_was),
		cmocka_unit_test(test_reads_a_serial_made_elsewhere),
		cmocka_unit_test(test_a_hidden_name_nobody_knows_hides_everything),
		cmocka_unit_test(test_a_recall_shows_by_its_date_whatever_its_reason),
		cmocka_unit_test(test_a_lot_without_a_best_before_date_is_good_for_ever),
		cmocka_unit_test(test_a_change_without_a_gtin_tells_the_watermark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
