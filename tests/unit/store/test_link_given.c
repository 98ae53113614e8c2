/* Links as they are given: every member, its usual value, and what is refused by name. */
#include "store/link_given.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static json_t *object_of(const char *text)
{
	json_t *object = json_loads(text, 0, NULL);

	assert_non_null(object);
	return object;
}

static void assert_reads(const char *given, const char *wanted)
{
	json_t *object = object_of(given), *expected = object_of(wanted);
	struct link_fault fault;
	json_t *row = link_given_read(object, &fault);

	assert_non_null(row);
	if (!json_equal(row, expected))
		fail_msg("%s", json_dumps(row, 0));
	json_decref(row);
	json_decref(object);
	json_decref(expected);
}

static void assert_refuses(const char *given, const char *member)
{
	json_t *object = object_of(given);
	struct link_fault fault = { NULL, "" };

	assert_null(link_given_read(object, &fault));
	assert_string_equal(fault.member, member);
	assert_true(fault.reason[0] != '\0');
	json_decref(object);
}

#define LEAST "\"link_type\":\"gs1:pip\",\"href\":\"https://a.example/\",\"title\":\"T\""
#define READ                                                                          \
	"\"link_type\":\"https://ref.gs1.org/voc/pip\",\"href\":\"https://a.example/" \
	"\",\"title\":\"T\""
#define NO_ENDS "\"valid_from\":null,\"valid_until\":null,\"from_day\":null,\"until_day\":null"

static void test_what_is_not_said_has_its_usual_value(void **state)
{
	(void)state;
	assert_reads("{" LEAST "}",
		     "{" READ
		     ",\"hreflang\":\"\",\"media_type\":\"\",\"context\":\"\",\"role\":\"\","
		     "\"forward_query\":true,\"public\":true," NO_ENDS "}");
	assert_reads("{" LEAST ",\"hreflang\":null,\"default\":\"no\",\"public\":\"\"}",
		     "{" READ
		     ",\"hreflang\":\"\",\"media_type\":\"\",\"context\":\"\",\"role\":\"\","
		     "\"forward_query\":true,\"public\":true," NO_ENDS "}");
}

static void test_every_member_is_read(void **state)
{
	(void)state;
	assert_reads(
	    "{" LEAST
	    ",\"hreflang\":[\"zh-cn\",\"EN\"],\"media_type\":\"Text/HTML\",\"context\":\"LK,CN\","
	    "\"default\":\"multi\",\"forward_query\":false,\"public\":\"no\","
	    "\"valid_from\":\"2026-09-01\",\"valid_until\":\"2026-09-01T08:00:00+08:00\"}",
	    "{" READ
	    ",\"hreflang\":\"en zh-CN\",\"media_type\":\"text/html\",\"context\":\"CN LK\","
	    "\"role\":\"multi\",\"forward_query\":false,\"public\":false,"
	    "\"from_day\":\"2026-09-01\",\"valid_from\":null,\"until_day\":null,"
	    "\"valid_until\":\"2026-09-01 08:00:00+08:00\"}");
}

static void test_a_day_stays_a_day_and_a_time_exact(void **state)
{
	(void)state;
	assert_reads("{" LEAST ",\"valid_from\":\"2028-02-29T23:59:59.250-08:00\","
		     "\"valid_until\":\"2028-02-29\"}",
		     "{" READ
		     ",\"hreflang\":\"\",\"media_type\":\"\",\"context\":\"\",\"role\":\"\","
		     "\"forward_query\":true,\"public\":true,"
		     "\"valid_from\":\"2028-02-29 23:59:59.250-08:00\",\"from_day\":null,"
		     "\"valid_until\":null,\"until_day\":\"2028-02-29\"}");
	assert_refuses("{" LEAST ",\"valid_until\":\"2027-02-29\"}", "valid_until");
	assert_refuses("{" LEAST ",\"valid_until\":\"2027-02-2x\"}", "valid_until");
	assert_refuses("{" LEAST ",\"valid_from\":\"1000-01-01\"}", "valid_from");
}

static void test_what_is_wrong_is_named(void **state)
{
	(void)state;
	assert_refuses("[]", "links");
	assert_refuses("{}", "link_type");
	assert_refuses("{" LEAST ",\"colour\":1}", "links");
	assert_refuses("{\"link_type\":\"gs1:pip\",\"href\":\"x\",\"title\":\"T\"}", "href");
	assert_refuses("{\"link_type\":\"gs1:pip\",\"href\":\"https://a.example/\"}", "title");
	assert_refuses(
	    "{\"link_type\":\"gs1:defaultLink\",\"href\":\"https://a.example/\",\"title\":"
	    "\"T\"}",
	    "link_type");
	assert_refuses("{" LEAST ",\"hreflang\":[1]}", "hreflang");
	assert_refuses("{" LEAST ",\"hreflang\":\"e\"}", "hreflang");
	assert_refuses("{" LEAST ",\"context\":{}}", "context");
	assert_refuses("{" LEAST ",\"media_type\":\"html\"}", "media_type");
	assert_refuses("{" LEAST ",\"default\":true}", "default");
	assert_refuses("{" LEAST ",\"public\":1}", "public");
	assert_refuses("{" LEAST ",\"valid_from\":\"2026-13-01\"}", "valid_from");
	assert_refuses("{" LEAST ",\"valid_until\":\"soon\"}", "valid_until");
	assert_refuses("{" LEAST ",\"valid_until\":\"9999-12-31\"}", "valid_until");
}

static void test_a_type_is_short_where_it_is_gs1_s(void **state)
{
	(void)state;
	assert_string_equal(link_type_short("https://ref.gs1.org/voc/pip").text, "gs1:pip");
	assert_string_equal(link_type_short("https://schema.org/x").text, "https://schema.org/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_said_has_its_usual_value),
		cmocka_unit_test(test_every_member_is_read),
		cmocka_unit_test(test_a_day_stays_a_day_and_a_time_exact),
		cmocka_unit_test(test_what_is_wrong_is_named),
		cmocka_unit_test(test_a_type_is_short_where_it_is_gs1_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
