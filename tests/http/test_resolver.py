"""The resolver beyond the conformance list: choosing by headers, lots that are private, links that end, changes
that reach every node, and whatever clients may send."""
import concurrent.futures
import json
import time
import uuid

import jsonschema
import pytest
from hypothesis import given, strategies as st

from examples import examples
from lines import fresh_gtin
from patience import soon
from resolving import VOC, Linked, hrefs, link, until

WITHIN = 1.0  # seconds


@pytest.fixture(scope="module")
def brand(suyuan, https, tmp_path_factory):
    return Linked(suyuan, tmp_path_factory.mktemp("brand"), https, f"links-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def fresh(suyuan, https, tmp_path):
    return Linked(suyuan, tmp_path, https, f"fresh-{uuid.uuid4().hex[:8]}")


# --- the test suite's model ---

@pytest.fixture(scope="module")
def model(brand, shared_data):
    """The model linkset of GS1's test suite as this brand's."""
    told = json.loads((shared_data / "gs1-resolver/testsuite-modelLinkset.json").read_text())["linkset"]
    for place, where in zip(told, ({}, {"serial": "1234"})):
        default = [e["href"] for e in place.pop(VOC + "defaultLink", [])]
        links = [link(type_, e["href"], e["title"], media_type=e.get("type", ""), hreflang=e.get("hreflang", []),
                      context=e.get("context", []), default="one" if type_ == VOC + "homepage" and e["href"] in default
                      else "no") for type_, entries in place.items() if type_.startswith("http") for e in entries]
        brand.put(*links, **where)
    return told


def test_the_model_linkset_comes_back(brand, model, shared_data):
    answer = brand.ask(f"{brand.path}/21/1234", "linkset")
    jsonschema.Draft7Validator(json.loads((shared_data / "gs1-resolver/gs1-linkset-schema.json").read_text())).validate(
        answer.json)
    ours = {p["anchor"].rpartition("/01/")[2].partition("/")[2]: p for p in answer.json["linkset"]}
    for place, found in zip(model, (ours[""], ours["21/1234"])):
        for type_, entries in place.items():
            if type_.startswith("http"):
                as_set = lambda links: {json.dumps(e, sort_keys=True) for e in links}
                assert as_set(found[type_]) == as_set(entries), type_
    assert hrefs(ours[""], "defaultLink") == ["https://ref.gs1.org/tools/demo/2024retail/"]


@pytest.mark.parametrize("headers, query, status, title", [
    ({}, "", 300, None), ({"Accept_Language": "fr"}, "", 307, "07.BH.52767"),
    ({"Accept_Language": "en", "Accept": "application/pdf"}, "", 307, "certificate.example/002"),
    ({"Accept_Language": "en;q=0.2, fr;q=0.1"}, "", 307, "certificate.example/002"),
    ({"Accept_Language": "en;q=0.2, fr;q=0.3"}, "", 307, "07.BH.52767"),
    ({"Accept": "application/pdf"}, "", 300, None),
    ({}, "context=LK", 307, "certificate.example/003"),
    ({"Accept_Language": "fr"}, "context=LK", 307, "certificate.example/003"),
    ({"Accept_Language": "fr"}, "context=US", 307, "07.BH.52767")])
def test_language_media_type_and_context_choose(brand, model, headers, query, status, title):
    answer = brand.ask(type_="gs1:certificationInfo", query=query, **headers)
    assert answer.status == status
    if title:
        assert title in answer.headers["Location"]
    assert answer.headers["Vary"].lower().startswith("accept, accept-language")


@pytest.mark.parametrize("accept, kind", [
    ("application/linkset+json", "application/linkset+json"), ("application/linkset", "application/linkset"),
    ("application/ld+json", "application/ld+json"), ("application/json", "application/json"),
    ("*/*", "application/linkset+json"), ("text/html", "application/linkset+json"),
    ("application/ld+json;q=0.5, application/linkset;q=0.6", "application/linkset")])
def test_a_linkset_comes_in_the_form_that_is_most_welcome(brand, model, accept, kind):
    answer = brand.ask(type_="linkset", Accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    if kind.endswith("json"):
        assert ("@context" in answer.json) == (kind == "application/ld+json")
    else:
        assert f'rel="{VOC}pip"; anchor="' in answer.text and "title*=UTF-8''Product%20Info" in answer.text


# --- what must not show ---

def test_private_and_ended_links_never_show(fresh):
    fresh.put(link("gs1:pip", "https://private.example/", public=False),
              link("gs1:faqs", "https://ended.example/", valid_until="2020-01-01"),
              link("gs1:support", "https://later.example/", valid_from="2999-01-01T00:00:00+08:00"),
              link("gs1:eifu", "https://now.example/", valid_from="2020-01-01", valid_until="2999-01-01"))
    for accept in ("*/*", "application/linkset", "application/ld+json"):
        text = fresh.ask(type_="all", Accept=accept).text
        assert "now.example" in text
        assert not [w for w in ("private.", "ended.", "later.") if w + "example" in text]
    for type_ in ("pip", "faqs", "support"):
        assert fresh.ask(type_=f"gs1:{type_}").status == 404


def test_a_link_ends_by_itself(fresh):
    end = time.gmtime(time.time() + 3)
    fresh.put(link("gs1:pip", "https://ends.example/", valid_until=time.strftime("%Y-%m-%dT%H:%M:%SZ", end)))
    assert fresh.ask(type_="gs1:pip").status == 307
    until(lambda: fresh.ask(type_="gs1:pip"), lambda a: a.status == 404, seconds=5)


def test_a_private_lot_number_is_not_told(fresh):
    """The lot's links show under the item; who knows the number may ask for the lot."""
    fresh.put(link("gs1:recallStatus", "https://lot.example/"), lot="L1")
    fresh.put(link("gs1:pip", "https://gtin.example/"))
    places = fresh.linkset(fresh.item.path)
    assert set(places) == {f"{fresh.gtin}/21/{fresh.item.serial}", fresh.gtin}
    assert hrefs(places[f"{fresh.gtin}/21/{fresh.item.serial}"], "recallStatus") == ["https://lot.example/"]
    assert "L1" not in fresh.ask(fresh.item.path, "all").text.replace(fresh.item.serial, "")
    assert set(fresh.linkset(f"{fresh.path}/10/L1")) == {f"{fresh.gtin}/10/L1", fresh.gtin}
    assert set(fresh.linkset(f"{fresh.path}/10/L2")) == {fresh.gtin}
    fresh.shop.show("lot.number")
    places = fresh.linkset(fresh.item.path)
    assert hrefs(places[f"{fresh.gtin}/10/L1"], "recallStatus") == ["https://lot.example/"]
    fresh.shop.hide("lot.number")
    assert f"{fresh.gtin}/10/L1" not in fresh.linkset(fresh.item.path)


def test_a_private_product_name_is_not_told(fresh):
    fresh.put(link("gs1:pip", "https://gtin.example/"))
    assert fresh.linkset(Accept_Language="zh-CN")[fresh.gtin]["itemDescription"] == "链接茶"
    fresh.shop.hide("product.name")
    assert fresh.linkset()[fresh.gtin]["itemDescription"] == f"GTIN {fresh.gtin}"


# --- page or redirection ---

def test_an_item_shows_its_page_until_the_brand_redirects(fresh):
    fresh.put(link("gs1:pip", "https://shop.example/", default="one"))
    page = fresh.ask(fresh.item.path, Accept="text/html")
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html")
    assert fresh.ask(fresh.item.path, "gs1:pip").headers["Location"].startswith("https://shop.example/")
    assert fresh.ask(fresh.item.path, "gs1:defaultLink").headers["Location"].endswith(fresh.item.path)
    for mode, status in (("redirect", 307), ("page", 200)) * 2:
        fresh.shop("links", "mode", "--brand", fresh.shop.slug, mode)
        since = time.monotonic()
        until(lambda: fresh.ask(fresh.item.path), lambda a: a.status == status)
        assert time.monotonic() - since < WITHIN + 0.5
        for _ in range(5):
            assert fresh.ask(fresh.item.path).status == status
    assert fresh.ask(f"{fresh.path}/21/NEVER").status == 404


def test_new_codes_of_a_brand_that_redirects_redirect(fresh):
    fresh.put(link("gs1:pip", "https://shop.example/", default="one"))
    fresh.shop("links", "mode", "--brand", fresh.shop.slug, "redirect")
    other = fresh_gtin()
    fresh.shop.record("product", {"gtin": other, "name.en": "Other"})
    code = fresh.shop.codes(other)[0]
    fresh.shop("links", "add", "--gtin", other, "--type", "gs1:pip", "--href", "https://other.example/", "--title", "x",
               "--default", "one")
    answer = until(lambda: fresh.ask(code.path), lambda a: a.status == 307)
    assert answer.headers["Location"] == "https://other.example/"


def test_a_page_that_one_customer_was_led_to_is_not_everybodys(fresh):
    """Germans are led to the item's own page, English to a shop; neither language has a page of its own here."""
    here = fresh.linkset(fresh.item.path)[f"{fresh.gtin}/21/{fresh.item.serial}"]["anchor"]
    fresh.put(link("gs1:pip", "https://shop.example/en", default="one"),
              link("gs1:pip", here, hreflang=["de"], default="multi"), serial=fresh.item.serial)
    fresh.shop("links", "mode", "--brand", fresh.shop.slug, "redirect")
    german, english = {"Accept-Language": "de", "Accept": "text/html"}, {"Accept-Language": "en", "Accept": "text/html"}
    until(lambda: fresh.ask(fresh.item.path, **english), lambda a: a.status == 307)
    for _ in range(3):
        assert fresh.ask(fresh.item.path, **german).status == 200
        for _ in range(4):  # both workers
            answer = fresh.ask(fresh.item.path, **english)
            assert (answer.status, answer.headers["Location"]) == (307, "https://shop.example/en")


def test_a_code_never_issued_is_not_passed_on_to_the_brands_site(fresh):
    fresh.put(link("gs1:pip", "https://shop.example/", default="one"))
    fresh.shop("links", "mode", "--brand", fresh.shop.slug, "redirect")
    until(lambda: fresh.ask(fresh.item.path), lambda a: a.status == 307)
    for accept in ("text/html", "application/json", "*/*"):
        answer = fresh.ask(f"{fresh.path}/21/NEVER", Accept=accept)
        assert answer.status == 404 and answer.headers["Location"] is None, answer.text
    assert "shop.example" not in fresh.ask(f"{fresh.path}/21/NEVER", Accept="text/html").text
    assert fresh.ask(f"{fresh.path}/21/NEVER", "gs1:pip").status == 307  # who asks by type is told the GTIN's link
    fresh.put(link("gs1:pip", "https://one.example/", default="one"), serial="NEVER-BUT-LINKED")
    until(lambda: fresh.ask(f"{fresh.path}/21/NEVER-BUT-LINKED"), lambda a: a.status == 307)


def test_a_recall_is_not_hidden_by_a_redirection(fresh):
    fresh.put(link("gs1:pip", "https://shop.example/", default="one"))
    fresh.shop("links", "mode", "--brand", fresh.shop.slug, "redirect")
    until(lambda: fresh.ask(fresh.item.path), lambda a: a.status == 307)
    fresh.shop("recall", "start", "--gtin", fresh.gtin, "--lot", "L1", "--reason", "en=Do not use")
    answer = until(lambda: fresh.ask(fresh.item.path), lambda a: a.status == 200)
    assert "Do not use" in answer.text
    fresh.put(link("gs1:recallStatus", "https://recall.example/"))
    answer = until(lambda: fresh.ask(fresh.item.path), lambda a: a.status == 307)
    assert answer.headers["Location"] == "https://recall.example/"
    fresh.shop("recall", "end", "--gtin", fresh.gtin, "--lot", "L1")
    answer = until(lambda: fresh.ask(fresh.item.path), lambda a: a.headers["Location"] == "https://shop.example/")


def test_what_is_wrong_with_an_item_is_not_hidden_by_a_redirection(fresh):
    fresh.put(link("gs1:pip", "https://shop.example/", default="one"))
    fresh.put(link("gs1:recallStatus", "https://recall.example/"))
    fresh.shop("links", "mode", "--brand", fresh.shop.slug, "redirect")
    stolen, lost, held, fine = fresh.shop.codes(fresh.gtin, 4, lot="L2")
    until(lambda: fresh.ask(stolen.path), lambda a: a.status == 307)
    fresh.shop("code", "state", stolen.url, "blocked", "--reason", "en=It was stolen")
    fresh.shop("code", "state", lost.url, "decommissioned")
    fresh.shop("hold", "start", "--brand", fresh.shop.slug, "--first", held.url, "--last", held.url, "--reason",
               "en=We look at it")
    for code, words in ((stolen, "It was stolen"), (lost, ""), (held, "We look at it")):
        answer = until(lambda: fresh.ask(code.path, Accept="text/html"), lambda a: a.status == 200)
        assert words in answer.text and "shop.example" not in answer.text
    assert fresh.ask(fine.path).headers["Location"] == "https://shop.example/"


def test_our_own_page_is_product_information_where_there_is_no_other(fresh):
    item = fresh.item.path
    answer = fresh.ask(item, "gs1:pip", query="a=b")
    assert answer.status == 307 and answer.headers["Location"].endswith(item + "?a=b")
    assert hrefs(fresh.linkset(item)[f"{fresh.gtin}/21/{fresh.item.serial}"], "pip")[0].endswith(item)
    assert fresh.ask(f"{fresh.path}/21/NEVER-MADE", "gs1:pip").status == 404


def test_a_link_to_where_it_stands_is_no_endless_redirection(fresh):
    here = fresh.linkset(fresh.item.path)[f"{fresh.gtin}/21/{fresh.item.serial}"]["anchor"]
    for place, href in (({"serial": fresh.item.serial}, here + "?from=label#top"),
                        ({}, here.partition("/21/")[0])):
        fresh.put(link("gs1:pip", href, default="one"), **place)
    answer = until(lambda: fresh.ask(fresh.item.path, "gs1:pip", query="a=b"), lambda a: a.status == 307)
    assert answer.headers["Location"].endswith(fresh.item.path + "?a=b")
    fresh.shop("links", "mode", "--brand", fresh.shop.slug, "redirect")
    until(lambda: fresh.ask(), lambda a: a.status == 404)
    answer = fresh.ask(fresh.item.path, Accept="text/html")
    assert answer.status == 200 and "Linked tea" in answer.text


# --- the command line ---

def test_the_command_line_tells_what_is_wrong(fresh, suyuan):
    def add(**options):
        given = {"gtin": fresh.gtin, "type": "gs1:pip", "href": "https://x.example/", "title": "x", **options}
        return suyuan("links", "add", *(w for k, v in given.items() for w in (f"--{k}", v)))
    for wrong, told in (({"href": "javascript:alert(1)"}, "href"), ({"href": "https://a@b.example/"}, "href"),
                        ({"title": "a\nb"}, "title"), ({"hreflang": "e"}, "hreflang"), ({"type": "gs1:nope"}, "link_type"),
                        ({"type": "gs1:defaultLink"}, "link_type"), ({"media-type": "x"}, "media_type"),
                        ({"default": "yes"}, "default"), ({"until": "soon"}, "valid_until"), ({"lot": "L", "serial": "S"}, "lot")):
        done = add(**wrong)
        assert done.status == 2 and told in done.err, (wrong, done.err)
    assert add(**{"from": "2026-02-01", "until": "2026-01-01"}).status == 1
    assert add(gtin="09506009999990").status == 1
    assert add().status == 0
    again = add()
    assert again.status == 1 and "already" in again.err
    assert suyuan("links", "set", "--gtin", fresh.gtin, "--type", "gs1:pip", "--href", "https://x.example/", "--title",
                  "Other", "--json", status=0).json == {"added": 0, "changed": 1, "same": 0}
    [told] = suyuan("links", "list", "--gtin", fresh.gtin, "--json", status=0).json_lines
    assert (told["title"], told["link_type"]) == ("Other", VOC + "pip")
    assert suyuan("links", "remove", "--gtin", fresh.gtin, "--type", "gs1:faqs").status == 1
    assert suyuan("links", "remove", "--gtin", fresh.gtin, status=0).out == "1 removed\n"


def test_a_file_is_taken_in_whole_or_not_at_all(fresh, suyuan):
    head = "gtin,lot,link_type,href,title,hreflang,default,public\n"
    good = f"{fresh.gtin},,gs1:pip,https://x.example/,Tea,en fr,one,\n{fresh.gtin},L1,gs1:faqs,https://y.example/,Q,,,no\n"
    wrong = f"{fresh.gtin},,gs1:pip,nowhere,Tea,,,\n1,,gs1:pip,https://x.example/,Tea,,,\n"
    done = suyuan("links", "import", "-", input=head + good + wrong)
    assert done.status == 3 and "-:4: href" in done.err and "-:5: gtin" in done.err
    nobodys = "".join(f"{fresh_gtin()},,gs1:pip,https://x.example/,Tea,,,\n" for _ in range(2))
    done = suyuan("links", "import", "-", input=head + good + nobodys)  # known to be wrong by PostgreSQL alone
    assert done.status == 3 and "-:4: refused:" in done.err and "-:5: refused:" in done.err
    assert "2 of 4 links are wrong" in done.err
    assert suyuan("links", "list", "--gtin", fresh.gtin, status=0).out == ""
    assert suyuan("links", "import", "-", "--json", input=head + good, status=0).json["added"] == 2
    assert suyuan("links", "import", "-", "--json", input=head + good, status=0).json["same"] == 2
    lines = suyuan("links", "list", "--gtin", fresh.gtin, status=0).out.splitlines()
    assert len(lines) == 2 and lines[1].endswith("(private)")


def test_two_imports_of_the_same_gtins_in_another_order_wait_for_one_another_only_once(fresh, owner_db, superuser_db):
    """Each meets the one in the middle, whose links somebody writes, when it has what the other wants next."""
    gtins = sorted([fresh.gtin, fresh_gtin(), fresh_gtin()])
    fresh.shop("brand", "own", fresh.shop.slug, *gtins)
    files = [[gtins[0], gtins[1], gtins[2]], [gtins[2], gtins[1], gtins[0]]]
    with owner_db.cursor() as cursor, superuser_db.cursor() as watching:
        cursor.execute("BEGIN; SELECT trace.lock_links(ARRAY[%s]::bigint[])", [gtins[1]])
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            imports = [pool.submit(fresh.suyuan, "links", "import", "-", "--json", input="".join(
                json.dumps({"gtin": g, **link("gs1:pip", f"https://x.example/{i}")}) + "\n" for g in file))
                for i, file in enumerate(files)]
            soon(lambda: watching.execute(waiting) or watching.fetchone()[0], lambda n: n >= len(files), 5)
            cursor.execute("COMMIT")
            done = [one.result() for one in imports]
    assert [(d.status, d.err) for d in done] == [(0, "")] * 2
    assert [d.json["added"] for d in done] == [3, 3]


def test_who_recalls_a_gtin_does_not_wait_for_an_import_of_its_links(fresh, owner_db, superuser_db):
    """The second line waits for somebody who writes the same link; the first is recorded by then."""
    gtins = [fresh.gtin, fresh_gtin()]
    fresh.shop("brand", "own", fresh.shop.slug, *gtins)
    lines = "".join(json.dumps({"gtin": g, **link("gs1:pip", "https://x.example/")}) + "\n" for g in gtins)
    with owner_db.cursor() as cursor, superuser_db.cursor() as watching:
        cursor.execute("""BEGIN; INSERT INTO trace.link (brand_id, gtin, link_type, href, title)
            SELECT brand_id, gtin, %s, 'https://x.example/', 'a' FROM trace.gtin_owner WHERE gtin = %s""", [VOC + "pip", gtins[1]])
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            done = pool.submit(fresh.suyuan, "links", "import", "-", "--json", input=lines)
            try:
                soon(lambda: watching.execute(waiting) or watching.fetchone()[0], lambda n: n >= 1, 5)
                watching.execute("BEGIN; SET LOCAL lock_timeout = 100; SELECT pub.lock_gtins(%s::bigint[]); ROLLBACK", [gtins])
            finally:
                cursor.execute("ROLLBACK")
        assert done.result().json["added"] == 2


# --- the API ---

def test_a_line_changes_links_only_with_the_right_to(suyuan, console):
    from lines import Line, problem
    line = Line(suyuan, console)
    body = {"gtin": line.gtin, "links": [link("gs1:pip", "https://api.example/", hreflang=["en"])]}
    assert "--links on" in problem(line.send("PUT", "/v1/links", body), 403)["detail"]
    problem(line.send("DELETE", f"/v1/links?gtin={line.gtin}"), 403)
    suyuan("line", "set", line.name, "--brand", line.brand, "--links", "on", status=0)
    assert line.send("PUT", "/v1/links", body).json == {"added": 1, "changed": 0, "same": 0}
    assert line.send("PUT", "/v1/links", body).json == {"added": 0, "changed": 0, "same": 1}
    other = {"gtin": line.gtin, "links": [link("gs1:faqs", "https://api.example/faq")]}
    assert line.send("PUT", "/v1/links", other).json["added"] == 1  # merged: the first is still there
    first = line.get(f"/v1/links?gtin={line.gtin}&limit=1").json
    second = line.get(first["next"]).json
    assert [e["href"] for e in first["links"] + second["links"]] == ["https://api.example/", "https://api.example/faq"]
    assert second["next"] is None and first["links"][0]["hreflang"] == ["en"]
    assert line.send("DELETE", f"/v1/links?gtin={line.gtin}&link_type=gs1:pip&hreflang=en").json == {"removed": 1}
    assert line.send("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 1}
    assert line.send("DELETE", f"/v1/links?gtin={line.gtin}").json == {"removed": 0}
    for wrong, member in (({"href": "x"}, "href"), ({"colour": "red"}, "links"), ({"hreflang": "?"}, "hreflang"),
                          ({"valid_from": 1}, "valid_from"), ({"valid_until": "9999-12-31"}, "valid_until"), ({"public": "maybe"}, "public")):
        bad = {"gtin": line.gtin, "links": [link("gs1:pip", "https://x.example/") | wrong]}
        problem(line.send("PUT", "/v1/links", bad), 400, member)
    problem(line.get("/v1/links"), 400, "gtin")
    problem(line.send("PUT", "/v1/links", {**body, "lot": "L", "serial": "S"}), 400, "lot")
    problem(line.send("PUT", "/v1/links", {"gtin": line.gtin, "links": [
        link("gs1:pip", f"https://x.example/{i}", default="one") for i in range(2)]}), 400, "default")


# --- whatever comes ---

ODD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xff, blacklist_characters="&#% "), max_size=60)
HEADER = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xff, blacklist_characters="\x7f"), max_size=200)


@examples(60)
@given(type_=st.one_of(ODD, st.sampled_from(["gs1:pip", "gs1:", "linkset", "all", "ALL", "", "%00", "%zz", "%ff", "gs1:pip%00"])),
       accept=HEADER, language=HEADER, context=ODD)
def test_no_request_makes_it_stumble(brand, model, type_, accept, language, context):
    path = f"https://x{brand.path}/21/1234?linkType={type_}&context={context}"
    path = "".join(c if ord(c) < 0x7f else f"%{ord(c):02x}" for c in path)
    answer = brand.https.get(path, {"Accept": accept.encode("latin1"), "Accept-Language": language.encode("latin1")})
    assert answer.status in (200, 300, 307, 400, 404), (path, answer.status)
    if answer.status == 307:
        assert answer.headers["Location"].startswith("https://")
    assert brand.ask(f"{brand.path}/21/1234", "gs1:dpp").status == 307
