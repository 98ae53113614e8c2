/* Codes of a second factor, by the RFCs' own examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/totp.h"

static const uint8_t secret[TOTP_SECRET] = "12345678901234567890";

/* RFC 6238, appendix B: the last six of its eight digits. */
static void test_computes_the_codes_of_rfc_6238(void **state)
{
	static const struct {
		uint64_t time;
		const char *code;
	} examples[] = {
		{ 59, "287082" },	  { 1111111109, "081804" }, { 1111111111, "050471" },
		{ 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
	};
	char code[TOTP_DIGITS + 1];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(examples); i++) {
		totp_code(secret, examples[i].time / TOTP_SECONDS, code);
		assert_string_equal(code, examples[i].code);
	}
}

static void test_takes_a_code_of_one_step_around_now(void **state)
{
	uint64_t step = 0;

	(void)state;
	assert_true(totp_find(secret, S("287082"), 59, 0, &step));
	assert_int_equal(step, 1);
	assert_true(totp_find(secret, S("287082"), 29, 0, &step));
	assert_true(totp_find(secret, S("287082"), 89, 0, &step));
	assert_false(totp_find(secret, S("287082"), 90, 0, &step));
	assert_false(totp_find(secret, S("287083"), 59, 0, &step));
}

static void test_takes_each_code_once(void **state)
{
	uint64_t step = 0;

	(void)state;
	assert_false(totp_find(secret, S("287082"), 59, 1, &step));
	assert_int_equal(step, 0);
}

static void test_takes_nothing_else_for_a_code(void **state)
{
	static const struct slice texts[] = { SLICE(""), SLICE("28708"), SLICE("2870820"),
					      SLICE("287082\0"), SLICE(" 87082") };
	uint64_t step;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(totp_find(secret, texts[i], 59, 0, &step));
}

/* Checked with coreutils: printf 12345678901234567890 | base32 */
static void test_writes_the_secret_as_apps_read_it(void **state)
{
	char text[TOTP_BASE32_SIZE];
	struct buf uri;

	(void)state;
	totp_base32(secret, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	buf_init(&uri, TOTP_URI_MOST);
	totp_uri(secret, S("a+b@x"), &uri);
	assert_string_equal(buf_string(&uri), "otpauth://totp/Suyuan:a%2Bb%40x?secret="
					      "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Suyuan");
	buf_release(&uri);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_computes_the_codes_of_rfc_6238),
		cmocka_unit_test(test_takes_a_code_of_one_step_around_now),
		cmocka_unit_test(test_takes_each_code_once),
		cmocka_unit_test(test_takes_nothing_else_for_a_code),
		cmocka_unit_test(test_writes_the_secret_as_apps_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
