"""The console's pages for packaging lines: signing in, forms that ask the API's handlers, and who may send them."""
import json
import re
import time
import urllib.parse
import uuid

import pytest

from lines import Line, fresh_gtin
from people import Guest, Person, parts_of

COOKIE = "__Host-suyuan-line"
SAME = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    """What a browser remembers and sends; follows nothing."""

    def __init__(self, console):
        self.console, self.cookie, self.token = console, None, None

    def headers(self, more):
        cookie = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        return {"Accept-Language": "en", **cookie, **more}

    def get(self, path, **more):
        return self.console.get(path, self.headers(more))

    def send(self, path, fields, headers=SAME):
        if self.token and "token" not in fields:
            fields = {**fields, "token": self.token}
        body = urllib.parse.urlencode(fields).encode()
        answer = self.console.request("POST", path, self.headers(headers), body)
        set_cookie = answer.headers.get("set-cookie", "")
        if set_cookie.startswith(COOKIE + "="):
            self.cookie = set_cookie.split("=", 1)[1].split(";")[0]
        return answer

    def upload(self, path, fields):
        edge, body = parts_of({"token": self.token, **fields}, {})
        return self.console.request("POST", path, self.headers(
            {"Sec-Fetch-Site": "same-origin", "Content-Type": f"multipart/form-data; boundary={edge}"}), body)

    def sign_in(self, key):
        answer = self.send("/sign-in", {"key": key})
        assert (answer.status, answer.headers["location"]) == (303, "/"), answer.text
        self.token = re.search(r'name="token" value="([0-9a-f]{64})"', self.get("/").text)[1]
        return answer


@pytest.fixture
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def browser(line, console):
    browser = Browser(console)
    browser.sign_in(line.key)
    return browser


def order(browser, **fields):
    return browser.send("/batches", {"idempotency_key": uuid.uuid4().hex, "quantity": "5", **fields})


def test_asks_who_is_not_signed_in(console):
    page = Browser(console).get("/")
    assert page.status == 200 and 'action="/sign-in"' in page.text and "/batches" not in page.text
    for path in (f"/batches/{uuid.uuid4()}",):
        answer = Browser(console).get(path)
        assert (answer.status, answer.headers["location"]) == (303, "/")


def test_the_cookie_is_for_this_host_and_no_script(line, console):
    answer = Browser(console).sign_in(line.key)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE + "=") and line.key not in cookie and line.key[14:] not in cookie
    for flag in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=43200"):
        assert flag in cookie.split("; "), cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("key", ["", "x", "sy_0000000000_" + "0" * 64, "a" * 100000])
def test_a_wrong_key_is_said_to_be_wrong(console, key):
    browser = Browser(console)
    answer = browser.send("/sign-in", {"key": key})
    assert answer.status == 401 and "not valid" in answer.text and browser.cookie is None


def test_signing_out_forgets(browser):
    assert browser.send("/sign-out", {}).status == 303
    assert browser.cookie == ""
    assert 'action="/sign-in"' in browser.get("/").text


def test_a_revoked_key_ends_the_session_at_once(suyuan, line, browser):
    assert "sign-out" in browser.get("/").text
    suyuan("line", "revoke", line.name, "--brand", line.brand, status=0)
    assert 'action="/sign-in"' in browser.get("/").text
    assert order(browser, gtin=line.gtin).headers["location"] == "/"


def test_a_cookie_of_another_key_is_none(suyuan, console, line, browser):
    other = Line(suyuan, console)
    _, ends, mac = browser.cookie.split(".")
    browser.cookie = f"{other.key[3:13]}.{ends}.{mac}"
    assert 'action="/sign-in"' in browser.get("/").text
    browser.cookie = f"{line.key[3:13]}.{int(ends) + 1}.{mac}"
    assert 'action="/sign-in"' in browser.get("/").text


def test_makes_a_batch_and_shows_it(line, browser):
    key = re.search(r'name="idempotency_key" value="([0-9a-f]{32})"', browser.get("/").text)[1]
    answers = [order(browser, idempotency_key=key, gtin=line.gtin, lot="0012", quantity="5") for _ in range(2)]
    assert {a.status for a in answers} == {303}
    assert len({a.headers["location"] for a in answers}) == 1  # sent twice, made once
    page = browser.get(answers[0].headers["location"])
    assert page.status == 200 and line.gtin in page.text and "0012" in page.text
    assert answers[0].headers["location"] in browser.get("/").text


@pytest.mark.parametrize("fields,words", [
    ({"quantity": "0"}, "quantity"), ({"quantity": "1.5"}, "quantity"), ({"quantity": ""}, "quantity"),
    ({"quantity": "0005"}, "quantity"), ({"gtin": "1"}, "gtin"), ({"lot": "<script>alert(1)</script>"}, "lot"),
    ({"<b>x</b>": "1"}, "changed on the way"), ({"idempotency_key": ""}, "Idempotency-Key")])
def test_a_mistake_is_a_page_that_names_it(line, browser, fields, words):
    answer = order(browser, **{"gtin": line.gtin, **fields})
    assert answer.status == 400 and answer.headers["content-type"].startswith("text/html")
    assert words in answer.text and "<script>" not in answer.text and "<b>" not in answer.text


def test_texts_of_products_are_escaped(suyuan, line, browser, owner_db):
    with owner_db.cursor() as cursor:
        cursor.execute("""INSERT INTO trace.product (brand_id, gtin, name)
            SELECT brand_id, gtin, '{"en": "<i>&\\"''x"}' FROM trace.gtin_owner WHERE gtin = %s""", (int(line.gtin),))
    page = browser.get(order(browser, gtin=line.gtin).headers["location"])
    assert "<i>" not in page.text and "&lt;i>" in page.text.replace("&gt;", ">")


@pytest.mark.parametrize("headers", [
    {}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://localhost"}])
def test_forms_of_other_sites_are_refused(line, browser, headers, owner_db):
    sent = {"Content-Type": SAME["Content-Type"], **headers}
    for path, fields in (("/batches", {"gtin": line.gtin, "quantity": "1", "idempotency_key": "k"}),
                         ("/sign-in", {"key": line.key}), ("/sign-out", {})):
        answer = browser.send(path, fields, sent)
        assert answer.status == 403 and "set-cookie" not in answer.headers
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM code.batch WHERE gtin = %s", (int(line.gtin),))
        assert cursor.fetchall() == [(0,)]


def test_a_form_of_an_older_browser_names_its_origin(line, browser, console):
    origin = f"https://{console.host}:{console.port}"
    answer = browser.send("/batches", {"gtin": line.gtin, "quantity": "1", "idempotency_key": "k"},
                          {"Content-Type": SAME["Content-Type"], "Origin": origin})
    assert answer.status == 303


def test_a_cookie_reads_the_api_and_changes_nothing(line, browser):
    assert browser.get("/v1/batches").status == 200
    body = {"gtin": line.gtin, "quantity": 1}
    answer = browser.send("/v1/batches", body, {**SAME, "Idempotency-Key": "k"})
    assert answer.status == 401
    answer = browser.console.request("POST", "/v1/batches", browser.headers({
        "Idempotency-Key": "k", "Content-Type": "application/json"}), b"{}")
    assert answer.status == 401


def test_pages_speak_the_readers_language(browser):
    assert browser.get("/", **{"Accept-Language": "zh"}).text.count("编码") > 3
    assert browser.get("/?lang=zh-CN").headers["content-language"] == "zh-CN"
    assert browser.get("/").headers["content-language"] == "en"


@pytest.mark.parametrize("asked,link", [
    ("/", "/?lang=zh-CN"),
    ("/packing?q=a%20b&state=open&lang=en&done=saved", "/packing?q=a%20b&amp;state=open&amp;lang=zh-CN"),
    ("/packing?q=%22%3E%3Cb%3E&q2=%26lang%3Dfr", "/packing?q=%22%3E%3Cb%3E&amp;q2=%26lang%3Dfr&amp;lang=zh-CN"),
    ("/packing?q=%ff&q=x", "/packing?q=x&amp;lang=zh-CN"),
    ("/none?q=" + "(" * 1500, "/?lang=zh-CN"),
    ("//evil.example/packing", "/?lang=zh-CN"),
    ("/\\evil.example", "/?lang=zh-CN"),
    ("/none?a=b", "/none?a=b&amp;lang=zh-CN"),
])
def test_the_other_language_keeps_what_was_asked_and_leads_to_no_other_site(browser, asked, link):
    page = browser.get(asked, Accept="text/html")
    assert page.headers["content-type"].startswith("text/html"), page.text
    assert re.search(r'class="lang" href="([^"]*)"', page.text)[1] == link


@pytest.mark.parametrize("path", ["/sign-out", "/jobs/1/cancel"])
def test_the_address_of_a_form_opened_again_is_refused_on_a_page_in_the_readers_language(browser, path):
    page = browser.get(path, **{"Accept": "text/html", "Accept-Language": "zh-CN"})
    assert (page.status, page.headers["content-language"]) == (405, "zh-CN") and "此地址不支持" in page.text, page.text
    assert re.search(r'class="lang" href="([^"]*)"', page.text)[1] == path + "?lang=en"
    plain = browser.get(path, **{"Accept-Language": "zh-CN"})
    assert plain.status == 405 and json.loads(plain.text)["code"] == "wrong_method"
    assert page.headers["allow"] == plain.headers["allow"] and "POST" in plain.headers["allow"]


def test_pages_allow_nothing_but_ours_and_no_foreign_thing(browser):
    policy = browser.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy and "http" not in policy
    assert browser.get("/assets/console.css").status == 200


def test_a_way_back_is_never_another_site(line, browser):
    for back in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"):
        answer = order(browser, gtin=line.gtin, back=back)
        assert answer.headers["location"].startswith("/batches/")


def test_older_batches_are_on_the_next_page(suyuan, console):
    line, browser = Line(suyuan, console), Browser(console)
    browser.sign_in(line.key)
    made = [line.batch()["id"] for _ in range(53)]
    page = browser.get("/").text
    found = re.findall(r'href="/batches/([0-9a-f-]{36})"', page)
    assert found == made[:2:-1]
    older = re.search(r'href="(/\?before=[0-9a-f-]{36})"', page)[1]
    assert re.findall(r'href="/batches/([0-9a-f-]{36})"', browser.get(older).text) == made[2::-1]


# --- what can be done with a batch ----------------------------------------------------------------


@pytest.fixture
def batch(line, browser):
    """The address of a batch of ten codes."""
    return order(browser, gtin=line.gtin, quantity="10").headers["location"]


def counts(page):
    """{state: codes} of the page's table."""
    table = page.split("What became of them", 1)[1].split("</table>", 1)[0]
    return {name: int(count) for name, count in
            re.findall(r'<th scope="row">(\w+)</th><td class="number">(\d+)</td>', table)}


def test_reports_steps_and_closes(browser, batch):
    assert counts(browser.get(batch).text) == {"Provisioned": 10}
    step = {"batch": batch.rpartition("/")[2], "back": batch}
    answer = browser.send("/codes/state", {**step, "state": "commissioned", "from": "1", "to": "7"})
    assert (answer.status, answer.headers["location"]) == (303, batch)
    assert counts(browser.get(batch).text) == {"Provisioned": 3, "Commissioned": 7}
    assert browser.send(f"{batch}/close", {"back": batch}).status == 303
    page = browser.get(batch).text
    assert counts(page) == {"Void": 3, "Commissioned": 7} and "Closed" in page and "/close" not in page
    refused = browser.send("/codes/state", {**step, "state": "commissioned", "from": "8", "to": "8"})
    assert refused.status == 409 and "Void → " in refused.text


def test_a_batch_without_lot_gets_one(browser, batch):
    assert f'action="{batch}/lot"' in browser.get(batch).text
    assert browser.send(f"{batch}/lot", {"lot": "0007", "back": batch}).status == 303
    assert "<dd>0007</dd>" in browser.get(batch).text


def test_looks_at_a_code(line, browser, batch):
    code = line.get(f"/v1{batch}/codes", Accept="text/plain").text.split()[0]
    found = browser.upload("/packing/codes", {"codes": code})
    page = browser.get(found.headers["location"])
    assert page.status == 200 and line.gtin in page.text and "Provisioned" in page.text
    assert "Lines that are no known code" in browser.upload("/packing/codes", {"codes": code[:-1] + "0"}).text


def test_orders_labels_and_shows_the_job(browser, batch):
    assert 'value="L7160"' in browser.get(batch).text
    ordered = browser.send(f"{batch}/labels", {"format": "pdf", "sheet": "L7160", "idempotency_key": uuid.uuid4().hex})
    assert ordered.status == 303 and ordered.headers["location"].startswith("/jobs/")
    for _ in range(100):
        page = browser.get(ordered.headers["location"]).text
        if "Done" in page:
            break
        assert f'href="{ordered.headers["location"]}"' in page  # look again
        time.sleep(0.2)
    link = re.search(r'href="(/v1/jobs/\d+/files/[^"]+)"', page)[1]
    assert browser.get(link).body.startswith(b"%PDF-")
    assert ordered.headers["location"] in browser.get(batch).text
    refused = browser.send(f"{batch}/labels", {"format": "pdf", "sheet": "none", "idempotency_key": "x"})
    assert refused.status == 400 and "sheet" in refused.text


def test_pages_of_others_are_not_there(suyuan, console, browser, batch):
    other, guest = Line(suyuan, console), Browser(console)
    guest.sign_in(other.key)
    assert guest.get(batch).status == 404
    assert guest.send(f"{batch}/close", {"back": batch}).status == 404
    assert counts(browser.get(batch).text) == {"Provisioned": 10}
    assert guest.get("/jobs/x").status == guest.get("/jobs/99999999").status == 404


def test_a_form_without_the_token_of_its_session_does_nothing(suyuan, console, line, browser):
    other = Browser(console)
    other.sign_in(Line(suyuan, console).key)
    for token in ("", "0" * 64, other.token, browser.token[:-1], browser.token + "0"):
        refused = order(browser, gtin=line.gtin, token=token)
        assert refused.status == 403, token
    assert line.get("/v1/batches").json["batches"] == []
    assert order(browser, gtin=line.gtin).status == 303


def test_names_are_told_in_the_readers_language(suyuan, console, owner_db):
    brand, gtin = f"names-{uuid.uuid4().hex[:8]}", fresh_gtin()
    suyuan("brand", "add", brand, "--name", "en=Green Screen", "--name", "zh-CN=青屏茶社", status=0)
    suyuan("brand", "own", brand, gtin, status=0)
    link = suyuan("user", "add", f"{brand}-ann", "--brand", brand, "--role", "admin", status=0).out.strip()
    with owner_db.cursor() as cursor:
        cursor.execute("""INSERT INTO trace.product (brand_id, gtin, name) SELECT brand_id, gtin,
            '{"en": "Tea for two", "zh-CN": "双人茶"}' FROM trace.gtin_owner WHERE gtin = %s""", (int(gtin),))
    who = Person(console, owner_db, brand, "admin")
    welcome = "/welcome/" + link.rpartition("/")[2]
    for language, said, others in (("en", ("Green Screen", "Tea for two"), ("青屏茶社", "双人茶")),
                                   ("zh-CN", ("青屏茶社", "双人茶"), ("Green Screen", "Tea for two"))):
        page = who.page(f"/packing?lang={language}").text
        assert all(word in page for word in said) and not any(word in page for word in others)
        assert said[0] in Guest(console).page(f"{welcome}?lang={language}").text
