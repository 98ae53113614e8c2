/* Symbols from tables: bit for bit those of libqrencode, for texts of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "label/qr_series.h"
#include "model/serial.h"

enum { TEXT_MOST = 395 };

static const char alphanumeric[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
static const char serials[] = SERIAL_ALPHABET;

static struct qr_series series;
static char text[TEXT_MOST + 1];

/* The same in every run (xorshift64). */
static unsigned random_below(unsigned limit)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32) % limit;
}

static void randomise(size_t from, size_t to, const char *set)
{
	for (size_t i = from; i < to; i++)
		text[i] = set[random_below((unsigned)strlen(set))];
}

/* The same result, and the same symbol in every bit of the struct. */
static struct qr compare(size_t length)
{
	struct slice whole = { text, length };
	struct qr wanted, found;

	memset(&wanted, 0, sizeof(wanted));
	memset(&found, 0, sizeof(found));
	assert_int_equal(qr_make(whole, series.least, &wanted), QR_MADE);
	assert_int_equal(qr_series_make(&series, whole, &found), QR_MADE);
	assert_memory_equal(&wanted, &found, sizeof(wanted));
	return found;
}

/* Texts that differ from `from` on, until the next of this length comes from tables. */
static void warm_up(size_t from, size_t length, const char *set)
{
	for (unsigned i = 0; i < QR_SERIES_AFTER; i++) {
		randomise(from, length, set);
		(void)compare(length);
		assert_false(series.prepared);
	}
}

static size_t set_text(const char *prefix, size_t serial)
{
	size_t length = strlen(prefix);

	memcpy(text, prefix, length);
	randomise(length, length + serial, serials);
	return length + serial;
}

/* Both ways by turns, where both are possible. */
static void next_way(void)
{
	series.way = series.way == QR_MASK_PORTABLE ? qr_mask_best_way() : QR_MASK_PORTABLE;
}

/* --- tests ---------------------------------------------------------------------------------- */

static void test_every_length_at_every_level_is_as_libqrencode_draws_it(void **state)
{
	static const unsigned most[] = { 395, 311, 221, 174 };
	static bool seen[QR_VERSION_MOST + 1][4];
	unsigned drawn = 0;

	(void)state;
	for (unsigned level = QR_LEVEL_L; level <= QR_LEVEL_H; level++) {
		qr_series_init(&series, (enum qr_level)level);
		for (unsigned length = 1; length <= most[level]; length++) {
			/* more characters too than the tables have room for */
			unsigned tail = length % 25, from = length > tail ? length - tail : 0;

			randomise(0, length, alphanumeric);
			warm_up(from, length, alphanumeric);
			for (unsigned i = 0; i < 10; i++, drawn++) {
				struct qr qr;

				randomise(from, length, alphanumeric);
				qr = compare(length);
				assert_true(series.prepared);
				seen[qr.version][qr.level] = true;
				next_way();
			}
		}
		qr_series_release(&series);
	}
	assert_true(drawn > 10000);
	for (unsigned version = 1; version <= QR_VERSION_MOST; version++)
		for (unsigned level = QR_LEVEL_L; level <= QR_LEVEL_H; level++)
			assert_true(seen[version][level]);
}

/* Prefixes of odd and even length, so that a pair of characters straddles the border. */
static void test_addresses_of_batches_are_as_libqrencode_draws_them(void **state)
{
	static const char *const prefixes[] = {
		"HTTPS://ID.EXAMPLE/01/09506000134352/21/",
		"HTTPS://ID.EXAMPLES/01/09506000134352/21/",
		"HTTP://A.B/01/09506000134352/21/",
		"HTTPS://TRACE.A-LONG-NAME-OF-A-BRAND.EXAMPLE.COM:8443/01/09506000134352/21/",
		"HTTPS://TRACE.A-LONG-NAME-OF-A-BRAND.EXAMPLE.COM:8443/PATH.1/01/09506000134352/"
		"21/",
		"HTTPS://"
		"ONE-HUNDRED-AND-TWENTY-EIGHT-BYTES.OF-A-STEM.ARE-THE-MOST-THAT-SUYUAN-TAKES."
		"AND-THIS-ONE-HAS-THEM.EXAMPLE.COM:65535/PATH-/01/09506000134352/21/",
	};

	(void)state;
	for (size_t p = 0; p < COUNT_OF(prefixes); p++)
		for (unsigned serial = SERIAL_LENGTH_LEAST; serial <= SERIAL_LENGTH_MOST;
		     serial++) {
			size_t length = set_text(prefixes[p], serial);

			qr_series_init(&series, (enum qr_level)(serial % 4));
			warm_up(length - serial, length, serials);
			for (unsigned i = 0; i < 100; i++) {
				(void)compare(set_text(prefixes[p], serial));
				assert_true(series.prepared);
				next_way();
			}
			qr_series_release(&series);
		}
}

static void test_extreme_characters_stand_for_extreme_bits(void **state)
{
	static const char *const tails[] = { "00000000000000", "::::::::::::::", "0:0:0:0:0:0:0:",
					     ":0:0:0:0:0:0:0", "MYMYMYMYMYMYMY", "ZZZZZZZZZZZZZZ" };
	size_t length = set_text("HTTPS://ID.EXAMPLE/01/09506000134352/21/", 14);

	(void)state;
	qr_series_init(&series, QR_LEVEL_M);
	warm_up(length - 14, length, serials);
	for (size_t i = 0; i < COUNT_OF(tails); i++) {
		memcpy(text + length - 14, tails[i], 14);
		(void)compare(length);
		assert_true(series.prepared);
	}
	qr_series_release(&series);
}

static void test_another_prefix_of_the_same_length_is_followed(void **state)
{
	static const char *const prefixes[] = { "HTTPS://ID.EXAMPLE/01/09506000134352/21/",
						"HTTPS://ID.EXAMPLE/01/09506000164908/21/",
						"HTTPS://NO.SLASHES+01+09506000164908+21+" };

	(void)state;
	qr_series_init(&series, QR_LEVEL_M);
	warm_up(40, set_text(prefixes[0], 14), serials);
	for (unsigned i = 0; i < 30; i++) {
		(void)compare(set_text(prefixes[i / 2 % 3], 14));
		assert_true(series.prepared);
	}
	qr_series_release(&series);
}

/* What changed so far is taken for what changes: here the last digit, and then all of them. */
static void test_more_may_change_than_did_at_first(void **state)
{
	size_t length = set_text("HTTPS://ID.EXAMPLE/01/09506000134352/21/", 20);

	(void)state;
	qr_series_init(&series, QR_LEVEL_M);
	for (unsigned i = 0; i < 200; i++) {
		memcpy(text + length - 3,
		       (char[]){ (char)('0' + i / 100), (char)('0' + i / 10 % 10),
				 (char)('0' + i % 10) },
		       3);
		(void)compare(length);
		assert_true(series.prepared == (i >= QR_SERIES_AFTER));
	}
	for (unsigned from = (unsigned)length; from-- > 0;) {
		randomise(from, length, serials);
		(void)compare(length);
		assert_true(series.prepared);
	}
	qr_series_release(&series);
}

/* A small letter anywhere makes it a text of bytes; what comes behind it is drawn as before. */
static void test_other_texts_in_between_fall_back_and_do_no_harm(void **state)
{
	size_t length = set_text("HTTPS://ID.EXAMPLE/01/09506000134352/21/", 14);
	static const size_t places[] = { 0, 9, 39, 40, 52, 53 };

	(void)state;
	qr_series_init(&series, QR_LEVEL_M);
	warm_up(length - 14, length, serials);
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		char kept = text[places[i]];

		text[places[i]] = 'a';
		(void)compare(length);
		assert_false(series.prepared);
		text[places[i]] = '\0';
		(void)compare(length);
		assert_false(series.prepared);
		text[places[i]] = kept;
		(void)compare(length);
		assert_true(series.prepared);
	}
	qr_series_release(&series);
}

static void test_texts_of_bytes_are_never_prepared(void **state)
{
	(void)state;
	qr_series_init(&series, QR_LEVEL_M);
	for (unsigned i = 0; i < 3 * QR_SERIES_AFTER; i++) {
		(void)compare(set_text("HTTPS://ID.EXAMPLE/path/01/09506000134352/21/", 14));
		assert_false(series.prepared);
	}
	qr_series_release(&series);
}

static void test_another_length_starts_again(void **state)
{
	(void)state;
	qr_series_init(&series, QR_LEVEL_M);
	for (unsigned serial = 10; serial <= 12; serial++) {
		warm_up(40, set_text("HTTPS://ID.EXAMPLE/01/09506000134352/21/", serial), serials);
		(void)compare(set_text("HTTPS://ID.EXAMPLE/01/09506000134352/21/", serial));
		assert_true(series.prepared);
	}
	qr_series_release(&series);
}

static void test_what_cannot_be_drawn_is_refused_as_before(void **state)
{
	struct qr qr, before;

	(void)state;
	memset(text, 'A', sizeof(text));
	memset(&qr, 0x5a, sizeof(qr));
	before = qr;
	qr_series_init(&series, QR_LEVEL_H);
	for (unsigned i = 0; i < 2 * QR_SERIES_AFTER; i++)
		assert_int_equal(qr_series_make(&series, S(""), &qr), QR_EMPTY);
	for (unsigned i = 0; i < 2 * QR_SERIES_AFTER; i++)
		assert_int_equal(qr_series_make(&series, (struct slice){ text, 175 }, &qr),
				 QR_TOO_LONG);
	assert_memory_equal(&qr, &before, sizeof(qr));
	qr_series_release(&series);
	qr_series_release(&series);
	qr_series_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length_at_every_level_is_as_libqrencode_draws_it),
		cmocka_unit_test(test_addresses_of_batches_are_as_libqrencode_draws_them),
		cmocka_unit_test(test_extreme_characters_stand_for_extreme_bits),
		cmocka_unit_test(test_another_prefix_of_the_same_length_is_followed),
		cmocka_unit_test(test_more_may_change_than_did_at_first),
		cmocka_unit_test(test_other_texts_in_between_fall_back_and_do_no_harm),
		cmocka_unit_test(test_texts_of_bytes_are_never_prepared),
		cmocka_unit_test(test_another_length_starts_again),
		cmocka_unit_test(test_what_cannot_be_drawn_is_refused_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
