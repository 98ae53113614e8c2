"""What a scanned code answers: every verdict, every form, both languages."""
import json
import re

import pytest

from patience import soon as until
from shop import Shop, gtin

TEA, OTHER, UNUSED = gtin(700001), gtin(700002), gtin(799999)
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def shop(suyuan, tmp_path_factory):
    shop = Shop(suyuan, tmp_path_factory.mktemp("pages"), "pages", en="Pages & Co", zh_CN="页面")
    shop.record("product", {"gtin": TEA, "name.en": "Tea <green>", "name.zh-CN": "绿茶", "unit_cost": "3.25"},
                {"gtin": OTHER, "name.en": "Other"})
    shop.record("lot", {"gtin": TEA, "lot": "L1", "best_before": "2999-12-31"},
                {"gtin": TEA, "lot": "OLD", "best_before": "2020-01-31"},
                {"gtin": TEA, "lot": "BAD", "best_before": "2999-12-31"})
    shop.show("product.name", "lot.number", "lot.best_before")
    return shop


@pytest.fixture(scope="module")
def code(shop):
    return shop.codes(TEA, lot="L1")[0]


def verdict(answer):
    return answer.status, answer.json["verdict"]["code"]


def ask(https, path, **headers):
    return https.get(path, {**JSON, **headers})


# --- verdicts ---------------------------------------------------------------------------------

def test_a_code_in_use_is_active(https, code):
    assert verdict(ask(https, code.path)) == (200, "active")


def test_a_code_not_yet_in_use_is_inactive(https, shop):
    assert verdict(ask(https, shop.codes(TEA, lot="L1", used=False)[0].path)) == (200, "inactive")


@pytest.mark.parametrize("state, expected", [
    ("consumed", "consumed"), ("blocked", "blocked"), ("decommissioned", "blocked"),
    ("destroyed", "blocked"), ("void", "blocked")])
def test_a_step_of_one_code_is_the_verdict_of_that_code_alone(https, shop, state, expected):
    changed, neighbour = shop.codes(TEA, 2, lot="L1", used=state != "void")
    before = verdict(ask(https, neighbour.path))
    assert verdict(ask(https, changed.path))[1] in ("active", "inactive")
    shop("code", "state", changed.url, state, "--reason", "en=Because")
    answer = until(lambda: ask(https, changed.path), lambda a: verdict(a) == (200, expected))
    if expected == "blocked":
        assert "Because" in answer.text
    assert verdict(ask(https, neighbour.path)) == before


def test_a_code_of_an_expired_lot_is_expired(https, shop):
    assert verdict(ask(https, shop.codes(TEA, lot="OLD")[0].path)) == (200, "expired")


def test_a_recalled_lot_says_so_with_its_reason_and_the_next_lot_does_not(https, shop, code):
    recalled = shop.codes(TEA, lot="BAD")[0]
    assert verdict(ask(https, recalled.path)) == (200, "active")
    shop("recall", "start", "--gtin", TEA, "--lot", "BAD", "--reason", "en=Glass splinters")
    answer = until(lambda: ask(https, recalled.path), lambda a: verdict(a) == (200, "recalled"))
    assert "Glass splinters" in answer.text
    assert verdict(ask(https, code.path)) == (200, "active")
    shop("recall", "end", "--gtin", TEA, "--lot", "BAD")
    until(lambda: ask(https, recalled.path), lambda a: verdict(a) == (200, "active"))


def flip(serial, at, character=None):
    swapped = character or ("0" if serial[at] != "0" else "1")
    return serial[:at] + swapped + serial[at + 1:]


def test_a_made_up_serial_was_never_issued_and_shows_the_product(https, code):
    answer = ask(https, f"/01/{TEA}/21/{flip(code.serial, 5)}")
    assert verdict(answer) == (404, "never_issued")
    assert answer.json["product"]["name"] == "Tea <green>"
    assert answer.json["lot"] == {}


def test_a_code_moved_to_another_product_was_never_issued(https, code):
    assert verdict(ask(https, f"/01/{OTHER}/21/{code.serial}")) == (404, "never_issued")


def test_a_code_under_another_key_letter_was_never_issued(https, code):
    assert verdict(ask(https, f"/01/{TEA}/21/{flip(code.serial, 0, 'Z')}")) == (404, "never_issued")


def test_a_product_nobody_knows_has_no_codes(https, code):
    answer = ask(https, f"/01/{UNUSED}/21/{code.serial}")
    assert verdict(answer) == (404, "never_issued")
    assert answer.json["product"] == {}


@pytest.mark.parametrize("change, position", [
    (lambda s: flip(s, 3, "U"), 4), (lambda s: flip(s, 13, "!"), 14), (lambda s: s[:9], None),
    (lambda s: s + "0", None), (lambda s: s[:-1], None)])
def test_a_mistyped_serial_is_told_apart_from_a_forged_one(https, code, change, position):
    answer = ask(https, f"/01/{TEA}/21/{change(code.serial)}")
    assert verdict(answer) == (404, "mistyped")
    if position:
        assert str(position) in json.dumps(answer.json["verdict"])


@pytest.mark.parametrize("path", [
    f"/01/{TEA[:-1]}0/21/0123456789ABCD", f"/01/{TEA[1:]}/21/0123456789ABCD", f"/01/{TEA}/21/",
    f"/01/{TEA}/21/{'A' * 21}", f"/01/{TEA}/21/A%20B", f"/01/{TEA}/99/x/21/A", "/01/"])
def test_a_malformed_link_is_refused_as_what_the_client_understands(https, path):
    answer = ask(https, path)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    page = https.get(path, {"Accept": "text/html"})
    assert page.status == 400 and page.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", [f"/01/{TEA}", f"/01/{TEA}/10/L1"])
def test_a_link_without_a_serial_names_no_item(https, path):
    assert ask(https, path).status == 404
    assert https.get(path).status == 404


# --- which lot, which length ------------------------------------------------------------------

def test_a_lot_in_the_link_never_outranks_the_recorded_one(https, code):
    answer = ask(https, f"/01/{TEA}/10/OLD/21/{code.serial}")
    assert verdict(answer) == (200, "active")
    assert answer.json["lot"]["lot"] == "L1"


def test_a_trailing_slash_and_escapes_find_the_same_item(https, code):
    escaped = code.path[:-1] + "%" + format(ord(code.path[-1]), "02X")
    for path in (code.path + "/", escaped, code.path + "?utm_source=x&lang=en", code.path + "?17=991231"):
        assert verdict(ask(https, path)) == (200, "active"), path
    assert ask(https, code.path + "?17=999999").status == 400  # no such date, though the item is kept


@pytest.mark.parametrize("length", [12, 20])
def test_codes_of_another_length_are_found_and_only_at_that_length(https, shop, length):
    for code in shop.codes(TEA, 3, lot="L1", length=length):
        assert len(code.serial) == length
        assert verdict(ask(https, code.path)) == (200, "active")
        assert ask(https, code.path[:-1]).status == 404


# --- forms and languages ----------------------------------------------------------------------

@pytest.mark.parametrize("accept, expected", [
    (None, "text/html"), ("*/*", "text/html"), ("text/html,application/json;q=0.9", "text/html"),
    ("application/json", "application/json"), ("application/ld+json", "application/ld+json"),
    ("text/html;q=0.5, application/json;q=0.8", "application/json"),
    ("application/*", "application/json"), ("application/json;q=0, */*", "text/html"),
    ("application/ld+json;q=0.9, application/json;q=0.8, */*;q=0.1", "application/ld+json"),
    ("image/png", "text/html"), ("garbage", "text/html"), (",;=,/;q=", "text/html")])
def test_the_form_follows_accept(https, code, accept, expected):
    answer = https.get(code.path, {"Accept": accept} if accept else {})
    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == expected


@pytest.mark.parametrize("query, accept, expected", [
    ("", None, None), ("", "en", "en"), ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("?lang=en", "zh-CN", "en"),
    ("?lang=zh-CN", "en", "zh-CN"), ("?lang=xx", "en", "en"), ("?lang=zh%2DCN", "en", "zh-CN")])
def test_the_language_follows_the_query_then_accept_language(https, code, query, accept, expected):
    answer = https.get(code.path + query, {**JSON, **({"Accept-Language": accept} if accept else {})})
    assert answer.status == 200
    if expected:
        assert answer.headers["Content-Language"] == expected
        assert answer.json["product"]["name"] == {"en": "Tea <green>", "zh-CN": "绿茶"}[expected]


def test_answers_of_every_form_and_language_are_kept_apart(https, code):
    wanted = [(a, l) for a in ("text/html", "application/json", "application/ld+json") for l in ("en", "zh-CN")]
    seen = {}
    for _ in range(3):  # kept from the second on
        for accept, language in wanted:
            answer = https.get(code.path, {"Accept": accept, "Accept-Language": language})
            assert answer.headers["Content-Type"].startswith(accept)
            assert answer.headers["Content-Language"] == language
            assert seen.setdefault((accept, language), answer.body) == answer.body
    assert len(set(seen.values())) == 6


def test_text_is_escaped_in_the_page(https, code):
    page = https.get(code.path, {"Accept-Language": "en"}).text
    assert "<green>" not in page and "Tea &lt;green&gt;" in page


# --- headers ----------------------------------------------------------------------------------

def test_caches_on_the_way_ask_each_time(https, code):
    headers = https.get(code.path).headers
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Vary"].lower() == "accept, accept-language, accept-encoding"
    assert headers["X-Robots-Tag"] == "noindex"
    uri = r"https://[^>]+/01/" + TEA + "/21/" + code.serial
    assert re.fullmatch(f'<{uri}>; rel="canonical", <{uri}\\?linkType=linkset>; rel="linkset"; '
                        'type="application/linkset\\+json"', headers["Link"])
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_client_that_has_the_page_gets_304_and_no_body(https, code):
    first = https.get(code.path)
    tag = first.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = https.get(code.path, {"If-None-Match": condition})
        assert (answer.status, answer.body) == (304, b""), condition
        assert answer.headers["ETag"] == tag and answer.headers["Vary"]
    assert https.get(code.path, {"If-None-Match": '"other"'}).status == 200
    assert https.get(code.path, {"If-None-Match": tag, "Accept": "application/json"}).status == 200


def test_a_change_gives_another_tag(https, shop):
    code = shop.codes(TEA, lot="L1")[0]
    before = ask(https, code.path).headers["ETag"]
    shop("code", "state", code.url, "consumed")
    until(lambda: ask(https, code.path, **{"If-None-Match": before}), lambda a: a.status == 200)


def test_head_gives_the_headers_alone(https, code):
    head, get = https.head(code.path), https.get(code.path)
    assert head.status == 200 and head.body == b""
    assert head.headers["Content-Length"] == str(len(get.body))
    assert head.headers["ETag"] == get.headers["ETag"]


def test_refusals_are_not_kept_by_anyone(https, code):
    for path in (f"/01/{TEA}/21/{flip(code.serial, 5)}", f"/01/{TEA}"):
        answer = https.get(path)
        assert answer.headers["Cache-Control"] == "no-store" and answer.headers["ETag"] is None
