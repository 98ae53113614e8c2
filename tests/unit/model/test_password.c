/* What a new password must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/password.h"

static enum password_result judge(const char *text)
{
	return password_judge(slice_of(text), S("mei.lin@tea"));
}

static void test_takes_twelve_characters_of_any_kind(void **state)
{
	(void)state;
	assert_int_equal(judge("plum rain 17"), PASSWORD_OK);
	assert_int_equal(judge("juliwindmeer"), PASSWORD_OK);
	assert_int_equal(judge("梅雨时节家家雨青草池塘处"), PASSWORD_OK);
}

static void test_counts_characters_and_not_bytes(void **state)
{
	char text[PASSWORD_BYTES + 4];

	(void)state;
	assert_int_equal(judge("梅雨时节家家雨青草池塘"), PASSWORD_TOO_SHORT);
	assert_int_equal(judge(""), PASSWORD_TOO_SHORT);
	assert_int_equal(judge("elevenchars"), PASSWORD_TOO_SHORT);
	for (unsigned i = 0; i < PASSWORD_MOST; i++)
		text[i] = (char)('a' + (i * i + i / 7) % 26);
	assert_int_equal(password_judge((struct slice){ text, PASSWORD_MOST }, S("x")),
			 PASSWORD_OK);
	text[PASSWORD_MOST] = 'q';
	assert_int_equal(password_judge((struct slice){ text, PASSWORD_MOST + 1 }, S("x")),
			 PASSWORD_TOO_LONG);
}

static void test_refuses_what_is_tried_first(void **state)
{
	static const char *const texts[] = {
		"aaaaaaaaaaaa",		  "abcabcabcabc",
		"123456789012",		  "098765432109",
		"abcdefghijklm",	  "Passwordpassword",
		"administrator",	  "Administrator1!",
		"qwertyuiop123",	  "suyuansuyuan",
		"SuyuanSuyuan1",	  "mei.lin@tea1",
		"MEI.LIN@TEAmei.lin@tea", "correcthorsebatterystaple",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)

		assert_int_equal(judge(texts[i]), PASSWORD_COMMON);
}

static void test_a_common_word_in_a_longer_password_is_fine(void **state)
{
	(void)state;
	assert_int_equal(judge("password of the old mill"), PASSWORD_OK);
	assert_int_equal(judge("my secret garden"), PASSWORD_OK);
}

static void test_each_fault_has_a_code(void **state)
{
	(void)state;
	assert_null(password_fault(PASSWORD_OK));
	assert_string_equal(password_fault(PASSWORD_TOO_SHORT), "password_short");
	assert_string_equal(password_fault(PASSWORD_TOO_LONG), "password_long");
	assert_string_equal(password_fault(PASSWORD_COMMON), "password_common");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_twelve_characters_of_any_kind),
		cmocka_unit_test(test_counts_characters_and_not_bytes),
		cmocka_unit_test(test_refuses_what_is_tried_first),
		cmocka_unit_test(test_a_common_word_in_a_longer_password_is_fine),
		cmocka_unit_test(test_each_fault_has_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
