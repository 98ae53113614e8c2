/* A batch gives the same serials and addresses for ever, and refuses what must not be printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/batch.h"

static struct serial_key key;

static struct batch sample(void)
{
	struct batch b = {
		.gtin = 9506000134352,
		.key = &key,
		.first = 100,
		.quantity = 1000,
		.length = 14,
		.stem = SLICE("https://id.example.com"),
	};

	return b;
}

static int set_up(void **state)
{
	static const uint8_t bytes[SERIAL_KEY_SIZE] = { 1 };

	(void)state;
	return serial_key_init(&key, 30, bytes) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	serial_key_release(&key);
	return 0;
}

static void test_an_address_is_stem_gtin_and_serial(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1], one[SERIAL_LENGTH_MOST], wanted[128];
	struct batch b = sample();
	struct buf uri;

	(void)state;
	buf_init(&uri, 256);
	for (uint64_t i = 0; i < b.quantity; i += 333) {
		buf_clear(&uri);
		batch_uri_prefix(&b, &uri);
		batch_serials(&b, i, 1, one);
		buf_add(&uri, one, b.length);
		assert_int_equal(serial_encode(&key, b.gtin, 100 + i, 14, serial), SERIAL_OK);
		(void)snprintf(wanted, sizeof(wanted),
			       "HTTPS://ID.EXAMPLE.COM/01/09506000134352/21/%s", serial);
		assert_string_equal(buf_string(&uri), wanted);
	}
	buf_release(&uri);
}

static void test_serials_do_not_depend_on_how_they_are_sliced(void **state)
{
	static char whole[1000 * 14], part[1000 * 14];
	struct batch b = sample();

	(void)state;
	batch_serials(&b, 0, 1000, whole);
	for (uint64_t i = 0; i < 1000; i += 125)
		batch_serials(&b, i, 125, part + i * 14);
	assert_memory_equal(whole, part, sizeof(whole));
	batch_serials(&b, 1000, 0, part);
}

static void assert_printed(const char *stem, const char *printed)
{
	struct buf out;

	buf_init(&out, 256);
	assert_true(batch_stem_ok(slice_of(stem)));
	batch_print_stem(slice_of(stem), &out);
	assert_string_equal(buf_string(&out), printed);
	buf_release(&out);
}

static void test_scheme_and_host_are_printed_in_upper_case_and_a_path_as_it_is(void **state)
{
	(void)state;
	assert_printed("https://id.example.com", "HTTPS://ID.EXAMPLE.COM");
	assert_printed("HTTPS://ID.EXAMPLE.COM", "HTTPS://ID.EXAMPLE.COM");
	assert_printed("http://127.0.0.1:8443", "HTTP://127.0.0.1:8443");
	assert_printed("https://example.com/Id/v1", "HTTPS://EXAMPLE.COM/Id/v1");
}

static void test_refuses_stems_that_make_no_address(void **state)
{
	static const char *const bad[] = {
		"",
		"https://",
		"id.example.com",
		"ftp://id.example.com",
		"https://id.example.com/",
		"https://id.example.com//x",
		"https://id.example.com/x/",
		"https:///x",
		"https://:1",
		"https://a b",
		"https://a?x",
		"https://a#x",
		"https://a/../b",
		"https://a/./b",
		"https://a:0",
		"https://a:65536",
		"https://a:",
		"https://a:1x",
		"https://a@b",
		"https://.a",
		"https://-a",
		"https://a..b",
		"https://\xe5\xba\xb7.cn",
		"https://a/%41",
		"https://a/b?c",
	};
	char over[200];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(batch_stem_ok(slice_of(bad[i])));
	(void)snprintf(over, sizeof(over), "https://%0121d", 1);
	assert_false(batch_stem_ok(slice_of(over)));
	assert_true(batch_stem_ok((struct slice){ over, 128 }));
	assert_false(batch_stem_ok(S("https://a/b\0c")));
}

static void assert_result(struct batch b, enum batch_result wanted)
{
	assert_int_equal(batch_check(&b), wanted);
}

static void test_refuses_batches_that_must_not_be_printed(void **state)
{
	struct batch b;

	(void)state;
	assert_result(sample(), BATCH_OK);
	b = sample();
	b.gtin++;
	assert_result(b, BATCH_BAD_GTIN);
	b.gtin = UINT64_C(100000000000000);
	assert_result(b, BATCH_BAD_GTIN);
	b = sample();
	b.length = 9;
	assert_result(b, BATCH_BAD_LENGTH);
	b.length = 21;
	assert_result(b, BATCH_BAD_LENGTH);
	b = sample();
	b.quantity = 0;
	assert_result(b, BATCH_BAD_QUANTITY);
	b.quantity = BATCH_QUANTITY_MOST + 1;
	assert_result(b, BATCH_BAD_QUANTITY);
	b.quantity = BATCH_QUANTITY_MOST;
	assert_result(b, BATCH_OK);
	b.first = SERIAL_COUNTERS - BATCH_QUANTITY_MOST;
	assert_result(b, BATCH_OK);
	b.first++;
	assert_result(b, BATCH_NO_COUNTERS);
	b.first = UINT64_MAX;
	assert_result(b, BATCH_NO_COUNTERS);
	b = sample();
	b.length = 10;
	b.first = 351843720 - b.quantity; /* 32^9 / 100000 */
	assert_result(b, BATCH_OK);
	b.first++;
	assert_result(b, BATCH_GUESSABLE);
	b = sample();
	b.stem = S("id.example.com");
	assert_result(b, BATCH_BAD_STEM);
}

static void test_every_refusal_has_words(void **state)
{
	(void)state;
	for (int i = BATCH_OK; i <= BATCH_BAD_STEM; i++)
		assert_true(strlen(batch_reason((enum batch_result)i)) > 3);
}

static void assert_grouped(const char *serial, const char *grouped)
{
	struct buf out;

	buf_init(&out, 64);
	serial_print_grouped(slice_of(serial), &out);
	assert_string_equal(buf_string(&out), grouped);
	buf_release(&out);
}

static void test_a_serial_is_grouped_by_four_without_a_lonely_last_character(void **state)
{
	(void)state;
	assert_grouped("7K3M9Q2XTPVW", "7K3M-9Q2X-TPVW");
	assert_grouped("7K3M9Q2XTPVWH", "7K3M-9Q2X-TPVWH");
	assert_grouped("7K3M9Q2XTPVWHJ", "7K3M-9Q2X-TPVW-HJ");
	assert_grouped("7K3M9Q2XTP", "7K3M-9Q2X-TP");
	assert_grouped("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_stem_gtin_and_serial),
		cmocka_unit_test(test_serials_do_not_depend_on_how_they_are_sliced),
		cmocka_unit_test(
		    test_scheme_and_host_are_printed_in_upper_case_and_a_path_as_it_is),
		cmocka_unit_test(test_refuses_stems_that_make_no_address),
		cmocka_unit_test(test_refuses_batches_that_must_not_be_printed),
		cmocka_unit_test(test_every_refusal_has_words),
		cmocka_unit_test(test_a_serial_is_grouped_by_four_without_a_lonely_last_character),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
