/* The template compiler: what it refuses, naming file and line, and what it makes. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/suyuan-test-templc-XXXXXX";
static struct buf said;

static const char views[] =
    "# remark\n"
    "view part\n\twords name\n\tnumber share\n"
    "view page\n\ttext title   # of the page\n\turl link\n\tflag open\n"
    "\tcss rules\n\tjson data\n\tnumber n\n\tlist part parts\n\tone part first\n";

static void write_file(const char *name, const char *content)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_true(file_write(path, slice_of(content)));
}

static bool run(const char *command)
{
	char line[1000];
	FILE *pipe = popen(command, "re");
	size_t n;
	int status;

	assert_non_null(pipe);
	buf_clear(&said);
	while ((n = fread(line, 1, sizeof(line), pipe)) > 0)
		buf_add(&said, line, n);
	status = pclose(pipe);
	assert_non_null(buf_string(&said));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return status == 0;
}

static bool compiles_views(const char *definitions, const char *html)
{
	char command[1000];

	write_file("views.def", definitions);
	write_file("x.html", html);
	(void)snprintf(command, sizeof(command),
		       "build/tool/templc %s/out %s/views.def %s/x.html 2>&1", folder, folder,
		       folder);
	return run(command);
}

static bool compiles(const char *body)
{
	char html[2000];

	(void)snprintf(html, sizeof(html), "{view page}\n%s", body);
	return compiles_views(views, html);
}

static void refuses(const char *body, const char *reason)
{
	if (compiles(body))
		fail_msg("%s was compiled", body);
	if (strstr(said.data, reason) == NULL)
		fail_msg("%s: \"%s\" instead of \"%s\"", body, said.data, reason);
}

static void accepts(const char *body)
{
	if (!compiles(body))
		fail_msg("%s: %s", body, said.data);
}

static void test_an_unknown_field_stops_the_build_with_file_and_line(void **state)
{
	(void)state;
	refuses("<p>\n\n{titel}</p>", "x.html:4: \"titel\": there is no \"titel\" in the view");
	refuses("{for p in parts}{p.nam}{end}", "x.html:2: \"p.nam\"");
	refuses("{for p in part}{end}", "there is no \"part\"");
	refuses("{if opn}{end}", "there is no \"opn\"");
	refuses("{first.nam}", "there is no \"nam\"");
	refuses("{title.x}", "there is no \"x\"");
	refuses("{for p in parts}{end}{p.name}", "there is no \"p\"");
	refuses("{parts.name}", "a list has no fields");
	refuses("{parts}", "cannot be printed");
	refuses("{open}", "cannot be printed");
}

static void test_an_unknown_view_or_type_stops_the_build(void **state)
{
	(void)state;
	assert_false(compiles_views(views, "{view pge}"));
	assert_non_null(strstr(said.data, "x.html:1: there is no view \"pge\""));
	assert_false(compiles_views(views, "<p>"));
	assert_non_null(strstr(said.data, "begins with {view NAME}"));
	assert_false(compiles_views("view a\n\tstring x\n", "{view a}"));
	assert_non_null(strstr(said.data, "views.def:2: \"string\" is not a type"));
	assert_false(compiles_views("view a\n\tlist b bs\n", "{view a}"));
	assert_non_null(strstr(said.data, "views.def:2: there is no view \"b\""));
	assert_false(compiles_views("view a\n\ttext x\n\ttext x\n", "{view a}"));
	assert_non_null(strstr(said.data, "views.def:3: \"x\" is there twice"));
	assert_false(compiles_views("text x\n", "{view a}"));
}

static void test_data_stands_only_where_it_can_be_escaped(void **state)
{
	(void)state;
	refuses("<{title}>", "begins no tag");
	refuses("<p on{if open}click=\"{title}\"{end} {title}>", "inside a tag");
	refuses("<p {title}>", "inside a tag");
	refuses("<p {title}=\"x\">", "inside a tag");
	refuses("<p class={title}>", "inside a tag");
	refuses("<p class=x>", "not in double quotes");
	refuses("<p class='{title}'>", "not in double quotes");
	refuses("<a onclick=\"{title}\">", "no data may stand in onclick");
	refuses("<a OnClick=\"{n}\">", "no data may stand in onclick");
	refuses("<p style=\"color:{title}\">", "no data may stand in style");
	refuses("<iframe srcdoc=\"{title}\">", "no data may stand in srcdoc");
	refuses("<script>{title}</script>", "no JSON data block");
	refuses("<script type=\"text/javascript\">{data}</script>", "no JSON data block");
	refuses("<style>{title}</style>", "only a field of type css");
	refuses("<p>{rules}</p>", "a field of type css may not stand here");
	refuses("<p>{data}</p>", "a field of type json may not stand here");
	refuses("<p title=\"{data}\">", "a field of type json may not stand here");
	refuses("<!-- {title} -->", "an HTML comment");
}

static void test_a_link_wants_a_url_or_a_literal_beginning(void **state)
{
	(void)state;
	refuses("<a href=\"{title}\">", "href wants a field of type url");
	refuses("<img src=\"{t:key}\">", "src wants a field of type url");
	refuses("<form action=\"{title}\">", "action wants a field of type url");
	refuses("<a href=\"javascript:x('{title}')\">", "does not begin as a harmless one");
	refuses("<img src=\"data:text/html,{title}\">", "does not begin as a harmless one");
	refuses("<a href=\" javascript:{n}\">", "does not begin as a harmless one");
	accepts("<a href=\"tel:{title}\">{n}</a>");
	accepts("<a href=\"{link}\">x</a>");
	assert_true(compiles("<a href=\"/x?y={title}\">x</a>"));
}

static void test_blocks_end_where_they_began(void **state)
{
	(void)state;
	refuses("{if open}<p class=\"{end}\">", "does not end where it began");
	refuses("{if open}<p{else}<b>{end}", "does not end where it began");
	refuses("{for p in parts}<p {end}", "does not end where it began");
	refuses("\n\n{if open}", "x.html:4: this block has no {end}");
	refuses("{end}", "{end} without");
	refuses("{else}", "{else} without");
	refuses("{if open}{else}{else}{end}", "{else} without");
	refuses("{for p in parts}{else}{end}", "{else} without");
	refuses("<p class=\"", "ends inside a tag");
	refuses("<p", "ends inside a tag");
	refuses("a < b", "begins no tag");
	refuses("{title", "not closed");
	refuses("{title x}", "not understood");
	accepts("<p{if open} hidden{end}>{if title}<b>{title}</b>{else}x{end}</p>");
}

static void test_slots_and_includes_stand_in_text(void **state)
{
	(void)state;
	refuses("<p title=\"{slot a}\">", "{slot} belongs in text");
	refuses("<p {include y}>", "{include} belongs in text");
	refuses("{include y title}", "is not a view");
	refuses("{include y parts}", "is not a view");
	accepts("{slot a}<script type=\"application/ld+json\">{slot b}{data}</script>");
}

static const char *made(void)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/out.c", folder);
	buf_clear(&said);
	assert_true(file_read(path, &said));
	assert_non_null(buf_string(&said));
	return said.data;
}

static void makes(const char *body, const char *code)
{
	accepts(body);
	if (strstr(made(), code) == NULL)
		fail_msg("%s: no \"%s\" in\n%s", body, code, said.data);
}

static void test_the_context_chooses_the_escaping(void **state)
{
	(void)state;
	makes("<p>{title}</p>", "print(w, IN_TEXT, v->title);");
	makes("<title>{title}</title>", "print(w, IN_ATTRIBUTE, v->title);");
	makes("<p title=\"a {title}\">", "print(w, IN_ATTRIBUTE, v->title);");
	makes("<a href=\"{link}\">", "print(w, IN_URL, v->link);");
	makes("<a href=\"/x/{title}\">", "print(w, IN_URL_PART, v->title);");
	makes("<a href=\"{link}{title}\">", "print(w, IN_URL_PART, v->title);");
	makes("<script type=\"application/ld+json\">{title}</script>",
	      "print(w, IN_JSON, v->title);");
	makes("<style>{rules}</style>", "buf_add_slice(w->out, v->rules);");
	makes("{for p in parts}{p.name}{end}", "print_words(w, IN_TEXT, p->name);");
	makes("{first.share}", "buf_add_u64(w->out, v->first->share);");
}

static void test_texts_are_checked_against_their_names(void **state)
{
	(void)state;
	makes("<p>{t:a.key n=n who=title}</p>",
	      "_Static_assert(TEXT_WANTS_a_key == (0 | TEXT_NAMES_n | TEXT_NAMES_who)");
	makes("<p>{t:key}</p>", "print_text(w, IN_TEXT, TEXT_key, NULL, 0);");
	makes("<p title=\"{t:key}\">", "print_text(w, IN_ATTRIBUTE, TEXT_key, NULL, 0);");
	refuses("{t:ke-y}", "is not a key");
	refuses("{t:key n}", "is not name=path");
	refuses("{t:key n=nothing}", "there is no \"nothing\"");
	refuses("{t:key n=open}", "cannot stand in a text");
}

static void test_line_ends_print_nothing_but_keep_attributes_apart(void **state)
{
	(void)state;
	makes("<p\n\tclass=\"a\"\n\tid=\"b\">\n\t\tx y\n</p>\n",
	      "\"<p class=\\042a\\042 id=\\042b\\042>x y</p>\"");
	makes("{# a remark\n of two lines }a", "\"a\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_unknown_field_stops_the_build_with_file_and_line),
		cmocka_unit_test(test_an_unknown_view_or_type_stops_the_build),
		cmocka_unit_test(test_data_stands_only_where_it_can_be_escaped),
		cmocka_unit_test(test_a_link_wants_a_url_or_a_literal_beginning),
		cmocka_unit_test(test_blocks_end_where_they_began),
		cmocka_unit_test(test_slots_and_includes_stand_in_text),
		cmocka_unit_test(test_the_context_chooses_the_escaping),
		cmocka_unit_test(test_texts_are_checked_against_their_names),
		cmocka_unit_test(test_line_ends_print_nothing_but_keep_attributes_apart),
	};
	char command[100];
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	buf_init(&said, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&said);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? failed : 1;
}
