/* What is printed becomes a GTIN and a counter, or says why not; whatever comes, nothing breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

#include "model/printed_code.h"

static const uint64_t tea = 9506000134352;
static struct keyring ring;

static int set_up(void **state)
{
	static const uint8_t key[SERIAL_KEY_SIZE] = { 1, 2, 3 };

	(void)state;
	keyring_init(&ring);
	ring.present[3] = serial_key_init(&ring.keys[3], 3, key);
	return ring.present[3] ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	keyring_release(&ring);
	return 0;
}

static void serial_of(uint64_t counter, unsigned length, char ret_serial[SERIAL_LENGTH_MOST + 1])
{
	assert_int_equal(serial_encode(keyring_find(&ring, 3), tea, counter, length, ret_serial),
			 SERIAL_OK);
}

static enum printed_result read_code(const char *text, uint64_t gtin, struct printed_code *ret)
{
	printed_code_read(&ring, slice_of(text), gtin, ret);
	return ret->result;
}

static void test_a_link_and_a_serial_alone_are_the_same_code(void **state)
{
	static const uint64_t counters[] = { 0, 1, 77, SERIAL_COUNTERS - 1 };
	struct printed_code code;
	char serial[SERIAL_LENGTH_MOST + 1], link[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(counters); i++)
		for (unsigned length = SERIAL_LENGTH_LEAST; length <= SERIAL_LENGTH_MOST;
		     length++) {
			if (length == SERIAL_LENGTH_LEAST && counters[i] > 1 << 20)
				continue;
			serial_of(counters[i], length, serial);
			(void)snprintf(link, sizeof(link), " HTTPS://X.EXAMPLE/01/%014llu/21/%s\r",
				       (unsigned long long)tea, serial);
			assert_int_equal(read_code(link, 0, &code), PRINTED_COMPUTED);
			assert_int_equal(code.gtin, tea);
			assert_int_equal(code.counter, counters[i]);
			assert_int_equal(code.key_id, 3);
			assert_int_equal(code.length, length);
			assert_int_equal(read_code(serial, tea, &code), PRINTED_COMPUTED);
			assert_int_equal(code.counter, counters[i]);
			assert_string_equal(code.serial, serial);
		}
}

static void test_a_counter_that_is_never_issued_is_no_code_of_ours(void **state)
{
	struct printed_code code;
	char serial[SERIAL_LENGTH_MOST + 1];

	(void)state;
	serial_of(SERIAL_COUNTERS, 14, serial);
	assert_int_equal(read_code(serial, tea, &code), PRINTED_OTHER);
	assert_string_equal(code.serial, serial);
}

static void test_a_key_that_is_not_here_is_said_so(void **state)
{
	struct printed_code code;

	(void)state;
	assert_int_equal(read_code("5ABCDEFGHJKMNP", tea, &code), PRINTED_KEY_LATER);
	assert_int_equal(code.key_id, 5);
	assert_int_equal(code.gtin, tea);
}

static void test_serials_made_elsewhere_keep_every_character(void **state)
{
	static const char *const serials[] = {
		"1", "A\"B,C", "a", "%25", "!x*", "SHORT", "12345678901234567890"
	};
	struct printed_code code;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(serials); i++) {
		enum printed_result result = read_code(serials[i], tea, &code);

		assert_true(result == PRINTED_OTHER || result == PRINTED_KEY_LATER);
		assert_string_equal(code.serial, serials[i]);
	}
}

static void test_what_is_no_code_says_why(void **state)
{
	static const struct {
		const char *text, *reason;
		uint64_t gtin;
	} cases[] = {
		{ "", "empty", 9506000134352 },
		{ " \t\r\n", "empty", 9506000134352 },
		{ "3ABC", "neither a GS1 Digital Link nor a serial with its GTIN", 0 },
		{ "https://x.example/01/09506000134352", "the link names no single item", 0 },
		{ "https://x.example/00/095060001343520000", NULL, 0 },
		{ "https://x.example/01/09506000134353/21/A", NULL, 0 },
		{ "A B", NULL, 9506000134352 },
		{ "\xc3\xbc", NULL, 9506000134352 },
		{ "123456789012345678901", NULL, 9506000134352 },
	};
	struct printed_code code;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(read_code(cases[i].text, cases[i].gtin, &code), PRINTED_MALFORMED);
		assert_string_equal(code.serial, "");
		if (cases[i].reason != NULL)
			assert_string_equal(code.reason, cases[i].reason);
		else
			assert_true(strlen(code.reason) > 10);
	}
}

static void test_any_bytes_give_a_result(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct printed_code code;
		char text[64];
		size_t length;

		for (size_t k = 0; k < sizeof(text); k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			text[k] = (char)(seed >> 56);
		}
		length = (size_t)(seed >> 40) % sizeof(text);
		if (i % 2 == 0)
			memcpy(text, "https://x/01/", 13);
		printed_code_read(&ring, (struct slice){ text, length }, i % 3 == 0 ? 0 : tea,
				  &code);
		assert_true(code.result <= PRINTED_KEY_LATER);
		assert_true(strlen(code.serial) <= SERIAL_LENGTH_MOST);
	}
}

static void test_an_element_string_is_the_same_code(void **state)
{
	static const char *const forms[] = {
		"(01)09506000134352(21)%s",
		"(01)09506000134352(10)L(1)(21)%s",
		"010950600013435221%s",
		"]Q3010950600013435221%s\x1d"
		"10L1",
		"]d201095060001343521726013110L1\x1d"
		"21%s",
		"(01)09506000134352(17)260131(21)%s(10)L1",
		/* Weight, variant and the place it goes to have no GS behind them. */
		"0109506000134352310300125021%s",
		"01095060001343522042410950600013435221%s\x1d"
		"10L1",
	};
	struct printed_code code;
	char serial[SERIAL_LENGTH_MOST + 1], text[128];

	(void)state;
	serial_of(77, 14, serial);
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		(void)snprintf(text, sizeof(text), forms[i], serial);
		assert_int_equal(read_code(text, 0, &code), PRINTED_COMPUTED);
		assert_int_equal(code.gtin, tea);
		assert_int_equal(code.counter, 77);
	}
	assert_int_equal(read_code("(01)09506000134352(10)LOT1", 0, &code), PRINTED_MALFORMED);
	assert_int_equal(code.fault, PRINTED_NO_ITEM);
	assert_int_equal(read_code("(01)09506000134353(21)ABC", 0, &code), PRINTED_MALFORMED);
	assert_int_equal(code.fault, PRINTED_BAD_LINK);
	/* Short enough to be a serial that somebody else made. */
	assert_int_equal(read_code("(01)(21)A", tea, &code), PRINTED_OTHER);
	assert_string_equal(code.serial, "(01)(21)A");
}

/* 4 MB of the first took a worker's minute while every byte looked through all behind it. */
static void test_what_never_ends_is_read_once(void **state)
{
	enum { LONG = 4 << 20 };
	static const char *const begins[] = { "(01)", "0109506000134352",
					      "(01)09506000134352(21)" };
	static const char fills[] = { '(', '1', '(' };
	char *text = malloc(LONG);
	struct printed_code code;

	(void)state;
	assert_non_null(text);
	(void)alarm(60);
	for (size_t i = 0; i < COUNT_OF(begins); i++) {
		memset(text, fills[i], LONG);
		memcpy(text, begins[i], strlen(begins[i]));
		printed_code_read(&ring, (struct slice){ text, LONG }, 0, &code);
		assert_int_equal(code.result, PRINTED_MALFORMED);
	}
	(void)alarm(0);
	free(text);
}

static void test_a_serial_typed_in_groups_is_the_one_of_the_label(void **state)
{
	struct printed_code code;
	char serial[SERIAL_LENGTH_MOST + 1], text[64];

	(void)state;
	serial_of(77, 14, serial);
	(void)snprintf(text, sizeof(text), "%.4s-%.4s %.4s-%s", serial, serial + 4, serial + 8,
		       serial + 12);
	assert_int_equal(read_code(text, tea, &code), PRINTED_COMPUTED);
	assert_string_equal(code.serial, serial);
	/* What somebody else made keeps its dashes. */
	assert_int_equal(read_code("AB-CD-EF", tea, &code), PRINTED_OTHER);
	assert_string_equal(code.serial, "AB-CD-EF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_link_and_a_serial_alone_are_the_same_code),
		cmocka_unit_test(test_a_counter_that_is_never_issued_is_no_code_of_ours),
		cmocka_unit_test(test_a_key_that_is_not_here_is_said_so),
		cmocka_unit_test(test_serials_made_elsewhere_keep_every_character),
		cmocka_unit_test(test_what_is_no_code_says_why),
		cmocka_unit_test(test_an_element_string_is_the_same_code),
		cmocka_unit_test(test_what_never_ends_is_read_once),
		cmocka_unit_test(test_a_serial_typed_in_groups_is_the_one_of_the_label),
		cmocka_unit_test(test_any_bytes_give_a_result),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
