/* Files inside the program: shortened, typed and tagged. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "page/assets.h"

static char folder[] = "/tmp/suyuan-test-assetc-XXXXXX";
static struct buf made;

/* What assetc writes for a file of this name and content; NULL when it refuses. */
static const char *embedded(const char *name, const char *content)
{
	char path[300], command[1000];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_true(file_write(path, slice_of(content)));
	(void)snprintf(command, sizeof(command), "build/tool/assetc %s/out %s 2>%s/err", folder,
		       path, folder);
	if (system(command) != 0)
		return NULL;
	(void)snprintf(path, sizeof(path), "%s/out.c", folder);
	buf_clear(&made);
	assert_true(file_read(path, &made));
	assert_non_null(buf_string(&made));
	return made.data;
}

static void has(const char *text, const char *part)
{
	assert_non_null(text);
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void test_style_sheets_lose_remarks_and_blanks_but_no_meaning(void **state)
{
	(void)state;
	has(embedded("a.css",
		     "/* x { } */\na > b ,\n c:hover {\n\tmargin: 0 1px;\n\tcolor: red;\n}\n"),
	    "SLICE(\"a > b,c:hover{margin:0 1px;color:red}\")");
	has(embedded("a.css",
		     "@media (min-width: 1px) and (x) {\n a { width: calc(1px + 2px) }\n}"),
	    "SLICE(\"@media (min-width:1px) and (x){a{width:calc(1px + 2px)}}\")");
	has(embedded("a.css", "/* never closed"), "SLICE(\"\")");
}

static void test_each_kind_of_file_has_its_type(void **state)
{
	(void)state;
	has(embedded("a.css", ""), "{ \"a.css\", \"text/css; charset=utf-8\"");
	has(embedded("b.svg", "<svg>\n <g/>\n</svg>"), "\"image/svg+xml\"");
	has(made.data, "SLICE(\"<svg><g/></svg>\")");
	has(embedded("c.js", "a  b"), "\"text/javascript; charset=utf-8\"");
	has(made.data, "SLICE(\"a  b\")");
	assert_null(embedded("d.exe", "x"));
	assert_null(embedded("e", "x"));
}

static void test_the_tag_changes_with_the_content(void **state)
{
	char *before;

	(void)state;
	has(embedded("a.js", "1"), "a.js");
	before = strdup(made.data);
	assert_string_equal(embedded("a.js", "1"), before);
	assert_string_not_equal(embedded("a.js", "2"), before);
	free(before);
}

static void test_the_programs_own_assets_are_whole(void **state)
{
	(void)state;
	assert_string_equal(assets[ASSET_page_css].name, "page.css");
	assert_string_equal(assets[ASSET_icon_svg].content_type, "image/svg+xml");
	for (size_t i = 0; i < ASSET_COUNT; i++) {
		assert_true(assets[i].content.length > 100);
		assert_int_equal(assets[i].etag[0], '"');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_style_sheets_lose_remarks_and_blanks_but_no_meaning),
		cmocka_unit_test(test_each_kind_of_file_has_its_type),
		cmocka_unit_test(test_the_tag_changes_with_the_content),
		cmocka_unit_test(test_the_programs_own_assets_are_whole),
	};
	char command[100];
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	buf_init(&made, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&made);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? failed : 1;
}
