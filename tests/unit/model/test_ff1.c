/* FF1 against the nine samples of NIST SP 800-38G, three of our own, and its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "model/ff1.h"

#define KEY_128 "\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c"
#define KEY_192 KEY_128 "\xef\x43\x59\xd8\xd5\x80\xaa\x4f"
#define KEY_256 KEY_192 "\x7f\x03\x6d\x6f\x04\xfc\x6a\x94"

static const struct sample {
	const char *key;
	size_t key_size;
	unsigned radix;
	const char *tweak, *plain, *cipher;
} samples[] = {
	{ KEY_128, 16, 10, "", "0123456789", "2433477484" },
	{ KEY_128, 16, 10, "9876543210", "0123456789", "6124200773" },
	{ KEY_128, 16, 36, "7777pqrs777", "0123456789abcdefghi", "a9tv40mll9kdu509eum" },
	{ KEY_192, 24, 10, "", "0123456789", "2830668132" },
	{ KEY_192, 24, 10, "9876543210", "0123456789", "2496655549" },
	{ KEY_192, 24, 36, "7777pqrs777", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr" },
	{ KEY_256, 32, 10, "", "0123456789", "6657667009" },
	{ KEY_256, 32, 10, "9876543210", "0123456789", "1001623463" },
	{ KEY_256, 32, 36, "7777pqrs777", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd" },
	/* halves of eight bytes, which NIST's samples do not have: from another implementation */
	{ KEY_256, 32, 10, "9876543210", "012345678901234567890123456789012345",
	  "909466625771508078132886935568486822" },
	{ KEY_256, 32, 16, "9876543210", "0123456789abcdef0123456789abc",
	  "50a477f83810732921230c77704a8" },
	{ KEY_256, 32, 32, "9876543210", "0123456789abcdefghijklmn", "0aolpln776ii4club2gre2qj" },
};

static uint64_t number_of(const char *digits, unsigned count, unsigned radix)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++) {
		char c = digits[i];

		value = value * radix + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return value;
}

static struct ff1_halves halves_of(const char *digits, unsigned radix)
{
	unsigned length = (unsigned)strlen(digits), left = ff1_left_length(length);
	struct ff1_halves row = {
		number_of(digits, left, radix),
		number_of(digits + left, length - left, radix),
	};

	return row;
}

static void assert_rows_equal(struct ff1_halves a, struct ff1_halves b)
{
	assert_int_equal(a.left, b.left);
	assert_int_equal(a.right, b.right);
}

static void prepare(struct ff1 *f, struct ff1_aes *aes, const struct sample *s)
{
	assert_true(ff1_aes_init(aes, (const uint8_t *)s->key, s->key_size));
	assert_true(ff1_init(f, aes, s->radix, (unsigned)strlen(s->plain),
			     (const uint8_t *)s->tweak, strlen(s->tweak)));
}

static void test_agrees_with_every_sample(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		const struct sample *s = &samples[i];
		struct ff1_halves plain = halves_of(s->plain, s->radix), row = plain;
		struct ff1_aes aes;
		struct ff1 f;

		prepare(&f, &aes, s);
		ff1_encrypt(&f, &row);
		assert_rows_equal(row, halves_of(s->cipher, s->radix));
		ff1_decrypt(&f, &row);
		assert_rows_equal(row, plain);
		ff1_aes_release(&aes);
	}
}

/* Halves below any modulus of the samples; more than two chunks and a rest. */
static void test_many_rows_come_out_as_one_by_one(void **state)
{
	enum { ROWS = 777 };
	static struct ff1_halves many[ROWS];

	(void)state;
	for (size_t s = 0; s < COUNT_OF(samples); s++) {
		struct ff1_aes aes;
		struct ff1 f;

		prepare(&f, &aes, &samples[s]);
		for (uint64_t i = 0; i < ROWS; i++)
			many[i] = (struct ff1_halves){ i, i * 100 };
		ff1_encrypt_many(&f, many, ROWS);
		for (uint64_t i = 0; i < ROWS; i++) {
			struct ff1_halves row = { i, i * 100 };

			ff1_encrypt(&f, &row);
			assert_rows_equal(row, many[i]);
		}
		ff1_aes_release(&aes);
	}
}

static void test_no_two_rows_become_the_same_row(void **state)
{
	enum { HALF = 1000 };
	static bool seen[HALF * HALF];
	struct ff1_aes aes;
	struct ff1 f;

	(void)state;
	assert_true(ff1_aes_init(&aes, (const uint8_t *)KEY_256, 32));
	assert_true(ff1_init(&f, &aes, 10, 6, NULL, 0));
	for (uint64_t left = 0; left < HALF; left += 37)
		for (uint64_t right = 0; right < HALF; right++) {
			struct ff1_halves row = { left, right };

			ff1_encrypt(&f, &row);
			assert_true(row.left < HALF && row.right < HALF);
			assert_false(seen[row.left * HALF + row.right]);
			seen[row.left * HALF + row.right] = true;
		}
	ff1_aes_release(&aes);
}

/* A tweak that reaches from one AES block into the next, and one that fills blocks exactly. */
static void test_every_tweak_length_makes_another_permutation_and_back(void **state)
{
	uint8_t tweak[FF1_TWEAK_MAXIMUM] = { 0 };
	uint64_t last = UINT64_MAX;
	struct ff1_aes aes;
	struct ff1 f;

	(void)state;
	assert_true(ff1_aes_init(&aes, (const uint8_t *)KEY_256, 32));
	for (size_t size = 0; size <= sizeof(tweak); size++) {
		struct ff1_halves row = { 1, 2 };

		assert_true(ff1_init(&f, &aes, 32, 13, tweak, size));
		ff1_encrypt(&f, &row);
		assert_true(row.left != last);
		last = row.left;
		ff1_decrypt(&f, &row);
		assert_rows_equal(row, (struct ff1_halves){ 1, 2 });
	}
	ff1_aes_release(&aes);
}

static void test_refuses_what_the_standard_does_not_define(void **state)
{
	uint8_t tweak[FF1_TWEAK_MAXIMUM + 1] = { 0 };
	struct ff1_aes aes;
	struct ff1 f;

	(void)state;
	assert_false(ff1_aes_init(&aes, (const uint8_t *)KEY_256, 31));
	assert_false(ff1_aes_init(&aes, (const uint8_t *)KEY_256, 0));
	assert_true(ff1_aes_init(&aes, (const uint8_t *)KEY_256, 32));
	assert_false(ff1_init(&f, &aes, 1, 10, NULL, 0));
	assert_false(ff1_init(&f, &aes, 65537, 10, NULL, 0));
	assert_false(ff1_init(&f, &aes, 65536, 1, NULL, 0));
	assert_false(ff1_init(&f, &aes, 10, 5, NULL, 0));  /* fewer than a million rows */
	assert_true(ff1_init(&f, &aes, 10, 6, NULL, 0));   /* a million */
	assert_false(ff1_init(&f, &aes, 32, 25, NULL, 0)); /* a half of 65 bits */
	assert_true(ff1_init(&f, &aes, 32, 24, NULL, 0));  /* 60 bits */
	assert_false(ff1_init(&f, &aes, 32, 13, tweak, sizeof(tweak)));
	ff1_aes_release(&aes);
	ff1_aes_release(&aes);
	ff1_aes_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_every_sample),
		cmocka_unit_test(test_many_rows_come_out_as_one_by_one),
		cmocka_unit_test(test_no_two_rows_become_the_same_row),
		cmocka_unit_test(test_every_tweak_length_makes_another_permutation_and_back),
		cmocka_unit_test(test_refuses_what_the_standard_does_not_define),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
