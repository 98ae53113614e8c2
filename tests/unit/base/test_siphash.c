/* SipHash-2-4 against the vectors of its authors. */
#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct siphash_key key = { UINT64_C(0x0706050403020100),
					UINT64_C(0x0f0e0d0c0b0a0908) };
static const char bytes[] = "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16";

static void test_equals_the_published_vectors(void **state)
{
	(void)state;
	assert_int_equal(siphash(&key, S("")), UINT64_C(0x726fdb47dd0e0e31));
	assert_int_equal(siphash(&key, (struct slice){ bytes, 1 }), UINT64_C(0x74f839c593dc67fd));
	assert_int_equal(siphash(&key, (struct slice){ bytes, 15 }), UINT64_C(0xa129ca6149be45e5));
}

static void test_another_key_gives_another_hash(void **state)
{
	struct siphash_key other = { key.k0, key.k1 + 1 };

	(void)state;
	assert_int_not_equal(siphash(&key, S("text")), siphash(&other, S("text")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equals_the_published_vectors),
		cmocka_unit_test(test_another_key_gives_another_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
