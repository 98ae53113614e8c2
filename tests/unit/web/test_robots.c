/* Robots are known by lists of others' making; people's phones are not taken for them. */
#include "web/robots.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

/* What phones in China and elsewhere say of themselves, in-app browsers included. */
static const char *const people[] = {
	"Mozilla/5.0 (Linux; Android 14; V2309A Build/UP1A.231005.007; wv) AppleWebKit/537.36 "
	"(KHTML, "
	"like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 "
	"MMWEBSDK/20240404 "
	"MMWEBID/1234 MicroMessenger/8.0.49.2600(0x2800313D) WeChat/arm64 Weixin NetType/WIFI "
	"Language/zh_CN ABI/arm64",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
	"like "
	"Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/4G Language/zh_CN",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
	"Gecko) "
	"Mobile/15E148 Ariver/1.1.0 AliApp(AP/10.5.96.6000) Nebula WK RVKType(0) "
	"AlipayDefined(nt:WIFI,ws:390|780|3.0) AlipayClient/10.5.96.6000 Language/zh-Hans "
	"Region/CN",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
	"Gecko) "
	"Version/17.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/126.0.0.0 "
	"Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; U; Android 13; zh-CN; M2102K1C Build/TKQ1.220829.002) "
	"AppleWebKit/537.36 "
	"(KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/16.6.5.1299 Mobile "
	"Safari/537.36",
	"Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00; HMSCore 6.13.0.302) "
	"AppleWebKit/537.36 "
	"(KHTML, like Gecko) Chrome/99.0.4844.88 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36",
	"Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/114.0.0.0 "
	"Safari/537.36 ArkWeb/4.1.6.1 Mobile",
	"Mozilla/5.0 (Linux; U; Android 14; zh-cn; 23127PN0CC Build/UKQ1.230804.001) "
	"AppleWebKit/537.36 "
	"(KHTML, like Gecko) Version/4.0 Chrome/109.0.5414.118 Mobile Safari/537.36 "
	"XiaoMi/MiuiBrowser/18.6.110610",
	"Mozilla/5.0 (Linux; U; Android 13; zh-cn; PGEM10 Build/TP1A.220905.001) "
	"AppleWebKit/537.36 "
	"(KHTML, like Gecko) Version/4.0 Chrome/70.0.3538.80 Mobile Safari/537.36 "
	"HeyTapBrowser/40.8.6.1",
	"Mozilla/5.0 (Linux; Android 13; V2145A; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Version/4.0 "
	"Chrome/87.0.4280.141 Mobile Safari/537.36 VivoBrowser/16.0.11.1",
	"Mozilla/5.0 (Linux; Android 12; SM-G9910 Build/SP1A.210812.016; wv) AppleWebKit/537.36 "
	"(KHTML, "
	"like Gecko) Version/4.0 Chrome/97.0.4692.98 Mobile Safari/537.36 T7/13.50 "
	"baiduboxapp/13.50.0.10 (Baidu; P1 12)",
	"Mozilla/5.0 (Linux; Android 11; CUBOT X30 Build/RP1A.200720.011) AppleWebKit/537.36 "
	"(KHTML, "
	"like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; Android 10; Cubot Note 20) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/106.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) "
	"SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
	"Gecko) "
	"Mobile/15E148 [FBAN/FBIOS;FBAV/458.0.0.32.110;FBBV/582345987;FBDV/iPhone14,5;FBMD/iPhone]",
	"Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Version/4.0 Chrome/120.0.6099.144 Mobile Safari/537.36 Instagram 312.1.0.34.111 Android",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
	"Gecko) "
	"Mobile/15E148 DingTalk/7.5.20 com.laiwang.DingTalk/36131313 Channel/201200 "
	"language/zh-Hans-CN",
	"Mozilla/5.0 (Linux; Android 12; M2007J22C; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Version/4.0 Chrome/96.0.4664.104 Mobile Safari/537.36 Weibo "
	"(Xiaomi-M2007J22C__weibo__14.6.1)",
	"Mozilla/5.0 (Linux; Android 13; 22101317C; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Version/4.0 Chrome/111.0.5563.116 Mobile Safari/537.36 aweme_300200 JsSdk/1.0 "
	"NetType/WIFI",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
	"Gecko) "
	"Mobile/15E148 QQ/9.0.60.614 V1_IPH_SQ_9.0.60_1_APP_A Pixel/1170 MiniAppEnable/1",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
	"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	"Version/17.5 Safari/605.1.15",
};

static const char *const machines[] = {
	"",
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
	"Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile "
	"Safari/537.36 "
	"(compatible; Bytespider; spider-feedback@bytedance.com)",
	"Sogou web spider/4.0",
	"facebookexternalhit/1.1",
	"WhatsApp/2.23.20.0 A",
	"Twitterbot/1.0",
	"TelegramBot (like TwitterBot)",
	"Slackbot-LinkExpanding 1.0",
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	"HeadlessChrome/120.0.0.0 "
	"Safari/537.36",
	"curl/7.88.1",
	"Wget/1.21.3",
	"python-requests/2.31.0",
	"Go-http-client/2.0",
	"okhttp/4.12.0",
};

static struct robots *ours(void)
{
	struct robots *r = robots_standard();

	assert_non_null(r);
	return r;
}

static struct robots *of(const char *json)
{
	char why[400] = "";
	struct robots *r = robots_parse(slice_of(json), why, sizeof(why));

	if (r == NULL)
		fail_msg("%s", why);
	return r;
}

static void test_our_list_knows_machines_from_people(void **state)
{
	struct robots *r = ours();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(machines); i++)
		if (!robots_match(r, slice_of(machines[i])))
			fail_msg("taken for a person: %s", machines[i]);
	for (size_t i = 0; i < COUNT_OF(people); i++)
		if (robots_match(r, slice_of(people[i])))
			fail_msg("taken for a robot: %s", people[i]);
	robots_free(r);
}

static json_t *shared_list(char *path, size_t size)
{
	const char *folder = getenv("SUYUAN_SHARED_DATA");

	(void)snprintf(path, size, "%s/crawler-user-agents/crawler-user-agents.json",
		       folder == NULL ? "../shared/data" : folder);
	return json_load_file(path, 0, NULL);
}

static void test_the_list_in_use_knows_every_example_of_its_own_and_no_phone(void **state)
{
	char path[4096], why[400] = "";
	json_t *list = shared_list(path, sizeof(path)), *entry, *text;
	struct robots *r;
	size_t i, j, examples = 0;

	(void)state;
	if (list == NULL)
		skip();
	r = robots_load(path, why, sizeof(why));
	if (r == NULL)
		fail_msg("%s", why);
	json_array_foreach(list, i, entry)
	{
		json_array_foreach(json_object_get(entry, "instances"), j, text)
		{
			examples++;
			if (!robots_match(r, slice_of(json_string_value(text))))
				fail_msg("not known: %s", json_string_value(text));
		}
	}
	assert_true(examples > 2000);
	for (i = 0; i < COUNT_OF(people); i++)
		if (robots_match(r, slice_of(people[i])))
			fail_msg("taken for a robot: %s", people[i]);
	robots_free(r);
	json_decref(list);
}

static void test_our_list_knows_most_of_theirs(void **state)
{
	char path[4096];
	json_t *list = shared_list(path, sizeof(path)), *entry, *text;
	struct robots *r = ours();
	size_t i, j, known = 0, all = 0;

	(void)state;
	if (list == NULL) {
		robots_free(r);
		skip();
	}
	json_array_foreach(list, i, entry)
	{
		json_array_foreach(json_object_get(entry, "instances"), j, text)
		{
			all++;
			known += robots_match(r, slice_of(json_string_value(text)));
		}
	}
	assert_true(known * 10 > all * 9);
	robots_free(r);
	json_decref(list);
}

static void test_a_pattern_is_found_where_it_may_be(void **state)
{
	struct robots *r = of("[{\"pattern\": \"^Begin\\\\/\"}, {\"pattern\": \"mid.dle\"},"
			      " {\"pattern\": \"x\"}, {\"pattern\": \"end$\"}]");

	(void)state;
	assert_true(robots_match(r, S("Begin/1")));
	assert_false(robots_match(r, S("a Begin/1")));
	assert_false(robots_match(r, S("Begin")));
	assert_true(robots_match(r, S("a mid-dle b")));
	assert_false(robots_match(r, S("middle")));
	assert_true(robots_match(r, S("the end")));
	assert_false(robots_match(r, S("the end.")));
	assert_true(robots_match(r, S("Yx")));
	assert_true(robots_match(r, S("x")));
	assert_false(robots_match(r, S("Mozilla")));
	robots_free(r);
}

static void test_only_the_beginning_of_a_long_text_is_looked_at(void **state)
{
	struct robots *r = of("[{\"pattern\": \"robot\"}, {\"pattern\": \"(a+)+b\"}]");
	char text[4000];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 1019, "robot", 5);
	assert_true(robots_match(r, (struct slice){ text, 1024 }));
	memcpy(text + 1019, "arobot", 6);
	/* It costs a bounded time, too: this pattern would take for ever. */
	assert_false(robots_match(r, (struct slice){ text, sizeof(text) }));
	robots_free(r);
}

static void test_refuses_what_is_no_list(void **state)
{
	static const struct {
		const char *json, *why;
	} lists[] = {
		{ "", "line" },
		{ "{}", "no list" },
		{ "[1]", "entry 1: it has no text" },
		{ "[{\"pattern\": \"good\"}, {\"pattern\": 7}]", "entry 2: it has no text" },
		{ "[{\"pattern\": \"\"}]", "1 to 1024 bytes" },
		{ "[{\"pattern\": \"a(b\"}]", "entry 1: at character" },
		{ "[{\"pattern\": \"a)|(b\"}]", "entry 1: at character" },
	};
	char why[400];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		assert_null(robots_parse(slice_of(lists[i].json), why, sizeof(why)));
		if (strstr(why, lists[i].why) == NULL)
			fail_msg("%s: %s", lists[i].json, why);
	}
	assert_null(robots_load("/nonexistent", why, sizeof(why)));
	assert_non_null(strstr(why, "/nonexistent: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_our_list_knows_machines_from_people),
		cmocka_unit_test(test_the_list_in_use_knows_every_example_of_its_own_and_no_phone),
		cmocka_unit_test(test_our_list_knows_most_of_theirs),
		cmocka_unit_test(test_a_pattern_is_found_where_it_may_be),
		cmocka_unit_test(test_only_the_beginning_of_a_long_text_is_looked_at),
		cmocka_unit_test(test_refuses_what_is_no_list),
	};

	return cmocka_run_group_tests_name("robots", tests, NULL, NULL);
}
