/* Compressed links: those of another implementation, every way to write a value, and garbage. */
#include "model/digital_link_compressed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "model/digital_link.h"

static enum dl_compressed opened(const char *path, struct buf *out)
{
	buf_init(out, DL_CANONICAL_MAX);
	return digital_link_decompress(slice_of(path), out);
}

static void assert_opens(const char *path, const char *wanted)
{
	struct buf out;

	assert_int_equal(opened(path, &out), DL_OPENED);
	assert_string_equal(buf_string(&out), wanted);
	buf_release(&out);
}

static void assert_fails(const char *path, enum dl_compressed wanted)
{
	struct buf out;

	assert_int_equal(opened(path, &out), wanted);
	buf_release(&out);
}

static void test_opens_what_gs1s_own_toolkit_compressed(void **state)
{
	static const struct {
		const char *compressed, *plain;
	} vectors[] = {
		{ "/ARFKk4XBoA", "/01/09506000134352" },
		{ "/CxFKk4XBoI1XgkY", "/01/09506000134352/10/ABC123" },
		{ "/ARFKk4XBoCCNV4JG", "/01/09506000134352/10/ABC123" },
		{ "/CxFKk4XBoMZf2pC3aBGsBdAgs7MijGg",
		  "/01/09506000134352/10/L-1/21/0CNYC6BBZ2ZFGN" },
		{ "/DBFKk4XBoN2gRrAXQILOzIoxo", "/01/09506000134352/21/0CNYC6BBZ2ZFGN" },
		{ "/ARFKk4XBoELdoEawF0CCzsyKMa", "/01/09506000134352/21/0CNYC6BBZ2ZFGN" },
		{ "/ChFKk4XBoIRUIMstFv_ZCU71bfd4A",
		  "/01/09506000134352/22/2A/10/lot_7/21/deadbeef0" },
		{ "/ARFKk4XBoCDLLRb_2QlO9W33eBEhFQ",
		  "/01/09506000134352/22/2A/10/lot_7/21/deadbeef0" },
		{ "/DBFKk4XBoAowORdHGf", "/01/09506000134352/21/12345?17=291231" },
		{ "/GhFKk4XBoIVCxJao3DY", "/01/09506000134352/10/A1/21/S1?17=290331" },
		{ "/LRFKk4XBoADaw", "/01/09506000134352?3103=001750" },
		{ "/ARFKk4XBoCCHV4QwfhD5MQMADDOSJASs",
		  "/01/09506000134352/10/ABC/21/x%21y?3103=000195&3922=0299" },
		{ "/nYpUnC4NCFZssK_E", "/414/9506000134352/254/32a%2Fb" },
		{ "/IQGYAGFRuJFMbb1m", "/8006/095060001343520102/21/9" },
		{ "/JTilScLg0GNdhk", "/253/9506000134352XYZ" },
		{ "/JVilScLg0GAAew", "/255/9506000134352000123" },
		{ "/gASPctWDZgwYMWbRm1ZL24", "/8004/9506000134352%2F7" },
		{ "/mopy1YNmDBgvgwiGA", "/8010/9506000%2FAB/8011/12" },
		{ "/DBFKk4XBoJFXm94k", "/01/09506000134352/21/ABCDEF12" },
		{ "/DBFKk4XBoFFXm94k", "/01/09506000134352/21/abcdef12" },
		{ "/DBFKk4XBoMrOf3_o", "/01/09506000134352/21/Zz-_9" },
		{ "/DBFKk4XBoCYiRCHo-9MCKg", "/01/09506000134352/21/1234567890123456789" },
		{ "/CxFKk4XBoIdXniJYp5E8qXmDall8G_RRAeJDy",
		  "/01/09506000134352/10/ABC?linkType=all&foo=b%21r" },
		{ "/DhFKk4XBoFbLKxc", "/01/09506000134352?7003=2912310830" },
		{ "/DxFKk4XBoEM", "/01/09506000134352?30=12" },
		/* Qualifiers out of order, a serial of 28 characters, a value in three parts. */
		{ "/EEarwSMhC4an0V05E2gEsb6e897an8ewAMGAkftmjYEy",
		  "/8006/054123450000130201/22/AJY3095721P49/10/ABC123/21/72292641703" },
		{ "/AQnYUc1gmkax7ipGrOHDPC5YNI8hMz", "/01/05412345000013/235/8TFV883a904GH%263" },
		{ "/QUSaVjC_dHBAVlCrg", "/414/5060917510004/7040/5KFX" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++)
		assert_opens(vectors[i].compressed, vectors[i].plain);
}

static void test_opens_what_is_compressed_behind_its_key(void **state)
{
	(void)state;
	assert_opens("/01/05412345000013/EEarwSM", "/01/05412345000013/10/ABC123");
	assert_opens("/01/05412345000013/EEarwSMhC4an0V05E2gEsb6e897an8eg",
		     "/01/05412345000013/22/AJY3095721P49/10/ABC123/21/72292641703");
	assert_opens("/8010/0541234537290A41%23GH33/gBGmLt9I1",
		     "/8010/0541234537290A41%23GH33/8011/6639047221");
	assert_opens("/01/05412345000013/EEarwSM/", "/01/05412345000013/10/ABC123");
}

/* --- writing bits --------------------------------------------------------------------------- */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct bits {
	char text[400];
	unsigned held, count;
	size_t length;
};

static void put(struct bits *b, unsigned value, unsigned width)
{
	while (width-- > 0) {
		b->held = b->held << 1 | (value >> width & 1);
		if (++b->count < 6)
			continue;
		b->text[b->length++] = base64[b->held];
		b->held = b->count = 0;
	}
}

static const char *end(struct bits *b)
{
	while (b->count > 0)
		put(b, 0, 1);
	b->text[b->length] = '\0';
	return b->text;
}

static void put_gtin(struct bits *b)
{
	uint64_t gtin = UINT64_C(9506000134352);

	b->text[b->length++] = '/';
	put(b, 0x01, 8);
	/* 47 bits */
	for (unsigned i = 47; i-- > 0;)
		put(b, (unsigned)(gtin >> i) & 1, 1);
}

/* Each character of a serial in 7 bits, or by its place in an alphabet. */
static void put_serial(struct bits *b, unsigned encoding, const char *alphabet, unsigned width,
		       const char *serial)
{
	put(b, 0x21, 8);
	put(b, encoding, 3);
	put(b, (unsigned)strlen(serial), 5);
	for (const char *c = serial; *c != '\0'; c++)
		put(b,
		    alphabet == NULL ? (unsigned)*c : (unsigned)(strchr(alphabet, *c) - alphabet),
		    width);
}

static void test_every_encoding_of_a_value_comes_back(void **state)
{
	static const struct {
		unsigned encoding;
		const char *alphabet;
		unsigned width;
		const char *serial, *escaped;
	} cases[] = {
		{ 1, "0123456789abcdef", 4, "00ab9", "00ab9" },
		{ 2, "0123456789ABCDEF", 4, "FFFFFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFF" },
		{ 3, base64, 6, "aZ_-0", "aZ_-0" },
		{ 4, NULL, 7, "a/b?c&d", "a%2Fb%3Fc%26d" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bits b = { .length = 0 };
		char wanted[200];

		put_gtin(&b);
		put_serial(&b, cases[i].encoding, cases[i].alphabet, cases[i].width,
			   cases[i].serial);
		(void)snprintf(wanted, sizeof(wanted), "/01/09506000134352/21/%s",
			       cases[i].escaped);
		assert_opens(end(&b), wanted);
	}
}

static void test_keeps_the_zeros_in_front_of_a_serial_of_digits(void **state)
{
	struct bits b = { .length = 0 };

	(void)state;
	put_gtin(&b);
	put(&b, 0x21, 8);
	put(&b, 0, 3);
	put(&b, 4, 5);
	put(&b, 12, 14); /* four digits: 14 bits */
	assert_opens(end(&b), "/01/09506000134352/21/0012");
}

static void test_refuses_an_encoding_that_is_none(void **state)
{
	(void)state;
	for (unsigned encoding = 5; encoding < 8; encoding++) {
		struct bits b = { .length = 0 };

		put_gtin(&b);
		put(&b, 0x21, 8);
		put(&b, encoding, 3);
		put(&b, 2, 5);
		put(&b, 0, 32);
		assert_fails(end(&b), DL_NOT_OPENED);
	}
}

static void test_refuses_a_length_that_the_ai_does_not_allow(void **state)
{
	struct bits b = { .length = 0 };

	(void)state;
	put_gtin(&b);
	put(&b, 0x21, 8);
	put(&b, 2, 3);
	put(&b, 21, 5); /* of 20 */
	for (unsigned i = 0; i < 21; i++)
		put(&b, 1, 4);
	assert_fails(end(&b), DL_NOT_OPENED);
}

static void test_refuses_a_number_with_more_digits_than_it_may_have(void **state)
{
	struct bits b = { .length = 0 };

	(void)state;
	b.text[b.length++] = '/';
	put(&b, 0x01, 8);
	for (unsigned i = 0; i < 47; i++)
		put(&b, 1, 1); /* 2^47 - 1 has 15 digits */
	assert_fails(end(&b), DL_NOT_OPENED);
}

static void test_tells_what_is_no_compressed_link(void **state)
{
	static const char *const none[] = { "",
					    "/",
					    "favicon",
					    "/favicon.ico",
					    "/a/b/c/d",
					    "/01/09506000134352/10/L",
					    "/x/y/ARFK",
					    "/01//ARFKk4XBoA",
					    "/%41RFKk4XBoA" };
	static const char *const wrong[] = { "/robots", "/ARFKk4XBo", "/AAAA", "/________",
					     "/01/05412345000013/EEar" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_fails(none[i], DL_NOT_COMPRESSED);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_fails(wrong[i], DL_NOT_OPENED);
}

static void test_every_cut_and_every_changed_character_is_survived(void **state)
{
	static const char whole[] = "/ARFKk4XBoCDLLRb_2QlO9W33eBEhFQ";
	char text[sizeof(whole)];
	struct buf out;

	(void)state;
	for (size_t i = 1; i < sizeof(whole) - 1; i++) {
		memcpy(text, whole, sizeof(whole));
		text[i] = '\0';
		(void)opened(text, &out);
		buf_release(&out);
		for (const char *c = base64; *c != '\0'; c++) {
			memcpy(text, whole, sizeof(whole));
			text[i] = *c;
			(void)opened(text, &out);
			buf_release(&out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_what_gs1s_own_toolkit_compressed),
		cmocka_unit_test(test_opens_what_is_compressed_behind_its_key),
		cmocka_unit_test(test_every_encoding_of_a_value_comes_back),
		cmocka_unit_test(test_keeps_the_zeros_in_front_of_a_serial_of_digits),
		cmocka_unit_test(test_refuses_an_encoding_that_is_none),
		cmocka_unit_test(test_refuses_a_length_that_the_ai_does_not_allow),
		cmocka_unit_test(test_refuses_a_number_with_more_digits_than_it_may_have),
		cmocka_unit_test(test_tells_what_is_no_compressed_link),
		cmocka_unit_test(test_every_cut_and_every_changed_character_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
