/* From a raw path to a route and its captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/router.h"

static const struct route routes[] = {
	{ PROGRAM_LOOKUP, METHOD_GET, "/", "root", NULL, 0 },
	{ PROGRAM_LOOKUP, METHOD_GET, "/a/{x}", "one", NULL, 0 },
	{ PROGRAM_LOOKUP, METHOD_POST, "/a/{x}", "one", NULL, 0 },
	{ PROGRAM_LOOKUP, METHOD_GET, "/a/{x}/b/{y}", "two", NULL, 0 },
	{ PROGRAM_LOOKUP, METHOD_GET, "/files/{rest...}", "rest", NULL, 0 },
	{ PROGRAM_CONSOLE, METHOD_GET, "/console", "console", NULL, 0 },
};

static enum route_result find(struct request *r, const char *path, unsigned *ret_allowed)
{
	if (r->method == 0)
		r->method = METHOD_GET;
	r->path = slice_of(path);
	arena_init(&r->arena, 1 << 20);
	return route_find(routes, COUNT_OF(routes), PROGRAM_LOOKUP, r, ret_allowed);
}

/* Finds `path`; its route must be `name` and its captures, joined by '|', `captures`. */
static void assert_route(const char *path, const char *name, const char *captures)
{
	struct request r = { .method = METHOD_GET };
	char joined[2048] = "";
	unsigned allowed;

	assert_int_equal(find(&r, path, &allowed), ROUTE_FOUND);
	assert_string_equal(r.route->name, name);
	for (unsigned i = 0; i < r.capture_count; i++)
		(void)snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%.*s",
			       i == 0 ? "" : "|", SLICE_ARG(r.captures[i]));
	assert_string_equal(joined, captures);
	arena_release(&r.arena);
}

static void assert_result(const char *path, enum route_result wanted)
{
	struct request r = { .method = METHOD_GET };
	unsigned allowed;

	assert_int_equal(find(&r, path, &allowed), wanted);
	assert_null(r.route);
	arena_release(&r.arena);
}

static void test_finds_literal_and_named_segments(void **state)
{
	(void)state;
	assert_route("/", "root", "");
	assert_route("/a/1", "one", "1");
	assert_route("/a/1/b/2", "two", "1|2");
	assert_route("/a/", "one", "");
}

static void test_decodes_each_segment_once_and_keeps_it_a_segment(void **state)
{
	(void)state;
	assert_route("/a/x%2Fy", "one", "x/y");
	assert_route("/a/%252F", "one", "%2F");
	assert_route("/a/a+b", "one", "a+b");
	assert_route("/a/%e6%BA%af", "one", "\xe6\xba\xaf");
	assert_route("/%61/1", "one", "1");
}

static void test_gives_the_rest_undecoded(void **state)
{
	(void)state;
	assert_route("/files/a%2Fb/c", "rest", "a%2Fb/c");
	assert_route("/files/", "rest", "");
	assert_route("/files", "rest", "");
}

static void test_refuses_bad_paths(void **state)
{
	(void)state;
	assert_result("/%", ROUTE_BAD_ESCAPE);
	assert_result("/a/%4", ROUTE_BAD_ESCAPE);
	assert_result("/a/%g0", ROUTE_BAD_ESCAPE);
	assert_result("/a/%00", ROUTE_BAD_NUL);
	assert_result("/a/%ff", ROUTE_BAD_UTF8);
	assert_result("/a/%c0%af", ROUTE_BAD_UTF8);
	assert_result("/..", ROUTE_BAD_DOTS);
	assert_result("/files/%2e%2E/x", ROUTE_BAD_DOTS);
	assert_result("/nowhere/.", ROUTE_BAD_DOTS);
}

static void test_does_not_find_what_is_not_there(void **state)
{
	(void)state;
	assert_result("/b", ROUTE_NOT_FOUND);
	assert_result("/a", ROUTE_NOT_FOUND);
	assert_result("//a/1", ROUTE_NOT_FOUND);
	assert_result("/a/1/b/2/", ROUTE_NOT_FOUND);
	assert_result("/console", ROUTE_NOT_FOUND);
}

static void test_survives_more_segments_than_it_keeps(void **state)
{
	char path[1024];

	(void)state;
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_result(path, ROUTE_NOT_FOUND);
	memcpy(path, "/files", 6);
	assert_route(path, "rest", path + 7);
}

static void test_tells_the_methods_of_all_routes_of_a_path(void **state)
{
	struct request r = { .method = METHOD_DELETE };
	unsigned allowed = 0;
	char text[64];

	(void)state;
	assert_int_equal(find(&r, "/a/1", &allowed), ROUTE_METHOD_NOT_ALLOWED);
	methods_print(allowed, text, sizeof(text));
	assert_string_equal(text, "GET, HEAD, POST, OPTIONS");
	arena_release(&r.arena);
	r.method = METHOD_OPTIONS;
	assert_int_equal(find(&r, "/files/x", &allowed), ROUTE_OPTIONS);
	methods_print(allowed, text, sizeof(text));
	assert_string_equal(text, "GET, HEAD, OPTIONS");
	arena_release(&r.arena);
}

static void test_gives_head_to_get(void **state)
{
	struct request r = { .method = METHOD_HEAD };
	unsigned allowed;

	(void)state;
	assert_int_equal(find(&r, "/a/1", &allowed), ROUTE_FOUND);
	arena_release(&r.arena);
}

static void test_decodes_forms(void **state)
{
	struct slice text;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 16);
	assert_int_equal(percent_decode(&a, S("a+b%2Bc%0A"), true, &text), ROUTE_FOUND);
	assert_true(slice_equal(text, S("a b+c\n")));
	assert_int_equal(percent_decode(&a, S(""), true, &text), ROUTE_FOUND);
	assert_int_equal(text.length, 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_literal_and_named_segments),
		cmocka_unit_test(test_decodes_each_segment_once_and_keeps_it_a_segment),
		cmocka_unit_test(test_gives_the_rest_undecoded),
		cmocka_unit_test(test_refuses_bad_paths),
		cmocka_unit_test(test_does_not_find_what_is_not_there),
		cmocka_unit_test(test_survives_more_segments_than_it_keeps),
		cmocka_unit_test(test_tells_the_methods_of_all_routes_of_a_path),
		cmocka_unit_test(test_gives_head_to_get),
		cmocka_unit_test(test_decodes_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
