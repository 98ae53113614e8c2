/* Codes typed by hand: read as people write them, and found where they slipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/mistype.h"

static const uint8_t master_bytes[SERIAL_KEY_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const uint64_t gtin = UINT64_C(9506000134352);
static struct keyring ring;

enum { ISSUED = 1000, LENGTH = 14 };

static int set_up(void **state)
{
	(void)state;
	keyring_init(&ring);
	for (unsigned id = 6; id < 8; id++)
		if (!(ring.present[id] = serial_key_init(&ring.keys[id], id, master_bytes)))
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	keyring_release(&ring);
	return 0;
}

static void make(uint64_t counter, unsigned length, char serial[SERIAL_LENGTH_MOST + 1])
{
	assert_int_equal(serial_encode(&ring.keys[7], gtin, counter, length, serial), SERIAL_OK);
}

/* --- reading --- */

static void test_reads_a_code_however_it_is_written(void **state)
{
	static const char *const typed[] = {
		"https://id.example.com/01/09506000134352/21/7TXYT5GHGAWJPG",
		"HTTPS://ID.EXAMPLE.COM/01/09506000134352/21/7TXYT5GHGAWJPG?17=301231",
		"id.example.com/01/09506000134352/10/LOT/21/7TXYT5GHGAWJPG#top",
		"  id.example.com/01/09506000134352/21/7txyt5ghgawjpg/  ",
		"(01)09506000134352(21)7TXYT5GHGAWJPG",
		"(01) 0950 6000 134352 (10) LOT (21) 7TXY-T5GH-GAWJPG (17)301231",
		"010950600013435221"
		"7TXYT5GHGAWJPG",
		"]Q3"
		"010950600013435221"
		"7TXYT5GHGAWJPG",
		"\xef\xbc\x88"
		"01"
		"\xef\xbc\x89"
		"09506000134352(21)7TXYT5GHGAWJPG",
		"https://id.example.com/gtin/09506000134352/bat/A1/ser/7TXYT5GHGAWJPG",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(typed); i++) {
		struct typed_code code;

		assert_int_equal(typed_code_read(slice_of(typed[i]), &code), TYPED_OK);
		assert_true(code.has_gtin);
		assert_int_equal(code.gtin, gtin);
		assert_string_equal(code.serial, "7TXYT5GHGAWJPG");
		assert_int_equal(code.bad, 0);
	}
}

static void test_reads_a_serial_alone_as_one_of_ours(void **state)
{
	static const struct {
		const char *typed, *serial;
	} known[] = {
		{ "7TXY-T5GH-GAWJPG", "7TXYT5GHGAWJPG" },
		{ "7txy t5gh gawjpg", "7TXYT5GHGAWJPG" },
		{ "OoiIlL2345", "0011112345" },
		/* "7TXY" and blanks in full width */
		{ "\xef\xbc\x97\xef\xbc\xb4\xef\xbc\xb8\xef\xbc\xb9\xe3\x80\x80T5GHGAWJPG",
		  "7TXYT5GHGAWJPG" },
		{ "7TXY\xe2\x80\x93T5GH", "7TXYT5GH" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		struct typed_code code;

		assert_int_equal(typed_code_read(slice_of(known[i].typed), &code), TYPED_OK);
		assert_false(code.has_gtin);
		assert_string_equal(code.serial, known[i].serial);
		assert_int_equal(code.length, strlen(known[i].serial));
	}
}

static void test_tells_where_a_character_is_in_no_code(void **state)
{
	static const struct {
		const char *typed;
		unsigned bad;
	} known[] = {
		{ "7TXYU5GHGAWJPG", 5 },
		{ "  7TX-U5", 7 },
		{ "7TX\xe6\xba\xaf"
		  "5",
		  4 },
		{ "\xe3\x80\x80\xef\xbc\x97U", 3 },
		{ "0123456789ABCDEFGHJKM", 21 },
		{ "(01)09506000134352(21)7TX_", 26 },
		{ "x.example/01/09506000134352/21/7TXU", 35 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		struct typed_code code;

		assert_int_equal(typed_code_read(slice_of(known[i].typed), &code), TYPED_OK);
		assert_int_equal(code.bad, known[i].bad);
	}
}

static void test_keeps_a_serial_made_elsewhere_as_it_is(void **state)
{
	static const struct {
		const char *typed, *exact;
	} known[] = {
		{ "a-B_c", "a-B_c" },
		{ " a b ", "ab" },
		{ "https://x.example/01/09506000134352/21/a%2FB%28", "a/B(" },
		{ "(01)09506000134352(21)a(1)(10)L", "a(1)" },
		{ "x(12)y", "x(12)y" },
		{ "100%41", "100%41" },
		{ "\xe6\xba\xaf", "" },
		{ "123456789012345678901", "" },
		{ "a/01/b/21/c", "a/01/b/21/c" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		struct typed_code code;

		assert_int_equal(typed_code_read(slice_of(known[i].typed), &code), TYPED_OK);
		assert_string_equal(code.exact, known[i].exact);
	}
}

static void test_refuses_what_is_no_code(void **state)
{
	static char long_text[TYPED_MOST + 2];
	static const struct {
		const char *typed;
		enum typed_result result;
	} known[] = {
		{ "", TYPED_EMPTY },
		{ " \xe3\x80\x80\r\n", TYPED_EMPTY },
		{ "https://www.example.com/", TYPED_UNREADABLE },
		{ "https://example.com/01/09506000134352", TYPED_UNREADABLE },
		{ "https://example.com/01/09506000134352/21/", TYPED_UNREADABLE },
		{ "7TXY\xff", TYPED_UNREADABLE },
		{ long_text, TYPED_UNREADABLE },
		{ "(01)09506000134353(21)7TXYT5GHGAWJPG", TYPED_BAD_GTIN },
		{ "(01)123(21)7TXYT5GHGAWJPGXX", TYPED_BAD_GTIN },
		{ "https://x.example/01/09506000134325/21/7T", TYPED_BAD_GTIN },
	};

	(void)state;
	memset(long_text, '7', sizeof(long_text) - 1);
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		struct typed_code code;

		assert_int_equal(typed_code_read(slice_of(known[i].typed), &code), known[i].result);
	}
}

static void test_reads_a_gtin_as_people_type_it(void **state)
{
	uint64_t found = 0;

	(void)state;
	assert_int_equal(typed_gtin_read(S(" 9-506OOO I34352"), &found), GTIN_OK);
	assert_int_equal(found, gtin);
	assert_int_equal(typed_gtin_read(S("9506000134353"), &found), GTIN_BAD_CHECK_DIGIT);
	assert_int_equal(typed_gtin_read(S("950600013435"), &found), GTIN_BAD_CHECK_DIGIT);
	assert_int_equal(typed_gtin_read(S("95060001343"), &found), GTIN_BAD_LENGTH);
	assert_int_equal(typed_gtin_read(S("95060001X4352"), &found), GTIN_NOT_DIGITS);
	assert_int_equal(typed_gtin_read(S(""), &found), GTIN_BAD_LENGTH);
}

/* --- slips --- */

static bool find(const char *serial, unsigned length, unsigned *ret_at)
{
	return mistype_find(&ring, gtin, ISSUED, serial, length, LENGTH, ret_at);
}

static void test_finds_every_wrong_character(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];

	(void)state;
	make(ISSUED - 1, LENGTH, serial);
	for (unsigned place = 0; place < LENGTH; place++)
		for (unsigned digit = 0; digit < 32; digit += 3) {
			char right = serial[place];
			unsigned at = 99;

			serial[place] = serial_character(digit);
			if (serial[place] != right) {
				assert_true(find(serial, LENGTH, &at));
				assert_int_equal(at, place);
			}
			serial[place] = right;
		}
}

static void test_finds_neighbours_that_changed_places(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];

	(void)state;
	make(3, LENGTH, serial);
	for (unsigned place = 0; place + 1 < LENGTH; place++) {
		char first = serial[place];
		unsigned at = 99;

		if (first == serial[place + 1])
			continue;
		serial[place] = serial[place + 1];
		serial[place + 1] = first;
		assert_true(find(serial, LENGTH, &at));
		assert_int_equal(at, place);
		serial[place + 1] = serial[place];
		serial[place] = first;
	}
}

static void test_finds_one_left_out_and_one_too_many(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1], typed[SERIAL_LENGTH_MOST + 2];

	(void)state;
	make(500, LENGTH, serial);
	for (unsigned place = 0; place < LENGTH; place++) {
		unsigned at = 99;

		memcpy(typed, serial, place);
		memcpy(typed + place, serial + place + 1, LENGTH - place);
		assert_true(find(typed, LENGTH - 1, &at));
		assert_in_range(at, place > 3 ? place - 3 : 0, place);
		memcpy(typed, serial, place);
		typed[place] = 'X';
		memcpy(typed + place + 1, serial + place, LENGTH - place);
		assert_true(find(typed, LENGTH + 1, &at));
		assert_in_range(at, place > 3 ? place - 3 : 0, place);
	}
}

static void test_tells_nothing_of_forged_codes(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];
	unsigned at = 99;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		make(UINT64_C(1) << 40 | i, LENGTH, serial); /* decodes, but was never issued */
		assert_false(find(serial, LENGTH, &at));
		assert_int_equal(at, 99);
	}
	make(3, LENGTH, serial);
	serial[4] = serial[4] == 'A' ? 'B' : 'A';
	serial[9] = serial[9] == 'A' ? 'B' : 'A';
	assert_false(find(serial, LENGTH, &at)); /* two slips */
}

/* 2^45 serials of 10 characters: with a million of them issued a search would hit one in 50,000. */
static void test_does_not_help_to_guess_short_serials(void **state)
{
	char serial[SERIAL_LENGTH_MOST + 1];
	unsigned at;

	(void)state;
	make(3, 10, serial);
	serial[4] = serial[4] == 'A' ? 'B' : 'A';
	assert_true(mistype_find(&ring, gtin, 500000, serial, 10, 10, &at));
	assert_false(mistype_find(&ring, gtin, 1000000, serial, 10, 10, &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_code_however_it_is_written),
		cmocka_unit_test(test_reads_a_serial_alone_as_one_of_ours),
		cmocka_unit_test(test_tells_where_a_character_is_in_no_code),
		cmocka_unit_test(test_keeps_a_serial_made_elsewhere_as_it_is),
		cmocka_unit_test(test_refuses_what_is_no_code),
		cmocka_unit_test(test_reads_a_gtin_as_people_type_it),
		cmocka_unit_test(test_finds_every_wrong_character),
		cmocka_unit_test(test_finds_neighbours_that_changed_places),
		cmocka_unit_test(test_finds_one_left_out_and_one_too_many),
		cmocka_unit_test(test_tells_nothing_of_forged_codes),
		cmocka_unit_test(test_does_not_help_to_guess_short_serials),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
