"""The conformance statements of the GS1-Conformant Resolver Standard 1.2, each by a test that names its
number in the list (`states`)."""
import json
import re
import socket
import uuid

import jsonschema
import pytest

from resolving import VOC, Linked, hrefs, link, until

# What each statement is told by in the list, in its order.
STATEMENTS = ["HTTP 1.1", "HTTP Over TLS", "CORS", "decompress a URI", "owl:sameAs", "syntactically validate",
              "NOT use a 200 OK", "linkType set to all", "HTTP Link header", "one available link as the default",
              "human-readable title", "redirect to the default link", "requested linkType", "key=value pairs",
              "/.well-known/gs1resolver", "Web vocabulary namespace", "gs1:handledBy", "trailing slash"]
COVERED = set()


def states(*numbers):
    COVERED.update(numbers)
    return lambda test: test


@pytest.fixture(scope="module")
def strict(suyuan, https, tmp_path_factory):
    """A brand in redirect mode, as the statements mean it."""
    brand = Linked(suyuan, tmp_path_factory.mktemp("strict"), https, f"strict-{uuid.uuid4().hex[:8]}", redirects=True)
    brand.put(link("gs1:hasRetailers", "https://shops.example/", "Where to buy", default="one"),
              link("gs1:pip", "https://pip.example/en?a=1#top", "Product", hreflang=["en"]),
              link("gs1:pip", "https://pip.example/fr", "Produit", hreflang=["fr"]),
              link("gs1:certificationInfo", "https://cert.example/", "Certificates", forward_query=False))
    brand.put(link("gs1:recallStatus", "https://lot.example/", "This lot"), lot="L1")
    brand.put(link("gs1:dpp", "https://item.example/", "Passport", media_type="application/vc"),
              serial=brand.item.serial)
    return brand


@pytest.fixture(scope="module")
def paged(suyuan, https, tmp_path_factory):
    """A brand whose items show our own page."""
    brand = Linked(suyuan, tmp_path_factory.mktemp("paged"), https, f"paged-{uuid.uuid4().hex[:8]}")
    brand.put(link("gs1:hasRetailers", "https://shops.example/", "Where to buy", default="one"))
    return brand


def schema(shared_data, name):
    return jsonschema.Draft7Validator(json.loads((shared_data / "gs1-resolver" / name).read_text()))


def problem(answer, status):
    assert answer.status == status, (answer.status, answer.text)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == status and answer.json["detail"]


# --- 1 to 3: the ground ---

@states(1)
@pytest.mark.parametrize("suffix, status", [("", 307), ("?linkType=linkset", 200), ("?linkType=gs1:eifu", 404),
                                            ("?linkType=gs1:pip", 300)])
def test_1_get_head_and_options(strict, suffix, status):
    get, head, options = (strict.https.request(m, strict.path + suffix) for m in ("GET", "HEAD", "OPTIONS"))
    assert get.status == head.status == status and head.body == b"" and options.status == 204
    assert head.headers["Location"] == get.headers["Location"]
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert set(re.split(", *", options.headers["Allow"])) >= {"GET", "HEAD", "OPTIONS"}


@states(2)
def test_2_https_and_nothing_else(strict):
    assert strict.ask().status == 307  # the client verifies certificate and name
    with socket.create_connection((strict.https.host, strict.https.port), 5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not plain.recv(64).startswith(b"HTTP/1.1 2")


@states(3)
@pytest.mark.parametrize("path", ["{path}", "{path}?linkType=linkset", "{path}?linkType=gs1:eifu", "{path}x", "{item}",
                                  "/nothing/here", "/.well-known/gs1resolver", "/healthz", "/414/x", "/%zz"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_3_every_origin_may_read_every_answer(strict, path, method):
    answer = strict.https.request(method, path.format(path=strict.path, item=strict.item.path),
                                  {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "link" in answer.headers["Access-Control-Expose-Headers"]
    if method == "OPTIONS" and answer.status == 204:
        assert "GET" in answer.headers["Access-Control-Allow-Methods"]
        assert "POST" not in answer.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@states(3)
def test_3_but_none_reads_the_console(console):
    for method in ("GET", "OPTIONS"):
        for path in ("/", "/v1/batches", "/nothing"):
            answer = console.request(method, path, {"Origin": "https://other.example"})
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]


# --- 4 and 5: compressed links ---

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def compressed(*pairs):
    """GTIN and texts of AIs, plainly: a GTIN in 47 bits, texts with 7 bits a character."""
    bits = ""
    for ai, value in pairs:
        bits += "".join(f"{int(d):04b}" for d in ai)
        bits += f"{int(value):047b}" if ai == "01" else f"100{len(value):05b}" + "".join(f"{ord(c):07b}" for c in value)
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[i:i + 6], 2)] for i in range(0, len(bits), 6))


@states(4, 5)
@pytest.mark.parametrize("query", ["", "?a=b", "?linkType=gs1:certificationInfo", "?linkType=linkset"])
def test_4_and_5_a_compressed_link_is_opened_and_says_what_it_is(strict, query):
    plain = strict.ask(query=query.removeprefix("?"))
    squeezed = strict.https.get("/" + compressed(("01", strict.gtin)) + query)
    assert (squeezed.status, squeezed.headers["Location"], squeezed.body) == (
        plain.status, plain.headers["Location"], plain.body)
    found = re.search(r'<(https://[^>]+)>; rel="owl:sameAs"', squeezed.headers["Link"])
    assert found[1].split("/", 3)[3] == (strict.path + query).lstrip("/")
    assert "sameAs" not in plain.headers["Link"]


@states(4, 5)
def test_4_and_5_also_of_an_item_and_behind_its_key(paged):
    serial = paged.item.serial
    for path in ("/" + compressed(("01", paged.gtin), ("21", serial)), f"{paged.path}/" + compressed(("21", serial))):
        answer = paged.https.get(path)
        assert answer.status == 307 and answer.headers["Location"].endswith(paged.item.path)
        assert f'{paged.item.path}>; rel="owl:sameAs"' in answer.headers["Link"]
        assert paged.https.get(answer.headers["Location"]).status == 200
        places = paged.https.get(path + "?linkType=linkset").json["linkset"]
        assert places[0]["anchor"].endswith(paged.item.path)


# --- 6 and 7: errors ---

@states(6)
@pytest.mark.parametrize("path", ["/01/09506000134353", "/01/950600013435", "/01/09506000134352/10/", "/01/x",
                                  "/01/09506000134352/21/A/10/B", "/01/09506000134352/99/x", "/414/1", "/8006/123",
                                  "/01/09506000134352/21/" + "A" * 21, "/01/09506000134352/AAAA",
                                  "/01/09506000134352?17=991399", "/01/09506000134352?10=A"])
@pytest.mark.parametrize("suffix", ["", "linkType=linkset", "linkType=gs1:pip"])
def test_6_a_link_with_a_mistake_is_400(https, path, suffix):
    answer = https.get(path + (("&" if "?" in path else "?") + suffix if suffix else ""))
    problem(answer, 400)


@states(7)
@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json", "application/linkset+json"])
def test_7_no_error_is_200(strict, https, accept):
    for path in ("/01/09506000134353", "/01/09506009999990", "/414/9506000134352", "/nothing",
                 strict.path + "?linkType=gs1:eifu", strict.path + "?linkType=nonsense",
                 "/" + compressed(("01", "09506009999990"))):
        answer = https.get(path, {"Accept": accept})
        assert answer.status in (400, 404), (path, answer.status)
        if "html" not in accept:
            problem(answer, answer.status)


@states(7)
def test_7_a_brand_without_a_default_link_is_404(suyuan, https, tmp_path):
    bare = Linked(suyuan, tmp_path, https, f"bare-{uuid.uuid4().hex[:8]}", redirects=True)
    for path in (bare.path, bare.item.path, bare.path + "/10/L1"):
        problem(until(lambda: bare.ask(path), lambda a: a.status != 200), 404)
        problem(bare.ask(path, "linkset"), 404)


# --- 8 and 9: linksets ---

@states(8)
@pytest.mark.parametrize("asked", [{"type_": "all"}, {"type_": "linkset"}, {"Accept": "application/linkset+json"},
                                   {"Accept": "text/html;q=0.9, application/linkset+json"}])
def test_8_all_links_of_every_level_up_to_the_key(strict, shared_data, asked):
    item = f"{strict.path}/10/L1/21/{strict.item.serial}?17=301231"
    answer = strict.ask(item.partition("?")[0], query="17=301231", **asked)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/linkset+json"
    schema(shared_data, "gs1-linkset-schema.json").validate(answer.json)
    places = answer.json["linkset"]
    everything = {e["href"] for p in places for k, v in p.items() if k.startswith("http") for e in v}
    assert everything == {"https://shops.example/", "https://pip.example/en?a=1#top", "https://pip.example/fr",
                          "https://cert.example/", "https://lot.example/", "https://item.example/"}
    assert [p["anchor"].split("/", 3)[3] for p in places] == [
        f"01/{strict.gtin}/10/L1/21/{strict.item.serial}", f"01/{strict.gtin}"]
    assert all(p["itemDescription"].startswith("Linked tea") for p in places)


@states(8)
def test_8_a_linkset_is_one_by_rfc_9264_once_gs1s_own_members_are_left_out(strict, shared_data):
    """GS1's schema wants an itemDescription, the general one forbids it: no document can be both."""
    linkset = strict.ask(type_="linkset").json
    with pytest.raises(jsonschema.ValidationError, match="itemDescription"):
        schema(shared_data, "linkset-schema.json").validate(linkset)
    for place in linkset["linkset"]:
        del place["itemDescription"]
    schema(shared_data, "linkset-schema.json").validate(linkset)


@states(8)
def test_8_the_subject_is_never_compressed(strict):
    places = strict.https.get("/" + compressed(("01", strict.gtin)) + "?linkType=all").json["linkset"]
    assert [p["anchor"].split("/", 3)[3] for p in places] == [f"01/{strict.gtin}"]


@states(9)
@pytest.mark.parametrize("type_", [None, "gs1:pip", "gs1:certificationInfo", "linkset"])
def test_9_every_answer_says_where_the_linkset_is(strict, paged, type_):
    for brand, path in ((strict, strict.path), (strict, strict.item.path), (paged, paged.item.path)):
        if brand is paged and type_ not in (None, "linkset"):
            continue
        found = re.search(r'<([^>]+)>; rel="linkset"; type="application/linkset\+json"', brand.ask(path, type_).headers["Link"])
        assert brand.https.get(found[1]).headers["Content-Type"] == "application/linkset+json"


# --- 10 to 12: the default ---

@states(10)
def test_10_one_link_is_the_default_of_any_request(strict, paged):
    for brand, path, href in ((strict, strict.path, "https://shops.example/"),
                              (paged, paged.path, "https://shops.example/"), (paged, paged.item.path, None)):
        first = brand.ask(path, "linkset").json["linkset"][0]
        assert hrefs(first, "defaultLink") == [href or first["anchor"]]


@states(10)
def test_10_a_new_default_takes_over_and_there_are_never_two(paged):
    paged.put(link("gs1:support", "https://support.example/", "Help", default="one"))
    assert hrefs(paged.linkset()[paged.gtin], "defaultLink") == ["https://support.example/"]
    paged.put(link("gs1:hasRetailers", "https://shops.example/", "Where to buy", default="one"))
    assert hrefs(paged.linkset()[paged.gtin], "defaultLink") == ["https://shops.example/"]


@states(11)
def test_11_every_link_has_address_type_and_title(strict, suyuan):
    for place in strict.ask(strict.item.path, "all").json["linkset"]:
        for type_, links in place.items():
            if type_ in ("anchor", "itemDescription"):
                continue
            assert type_.startswith("https://") and all(e["href"] and e["title"] for e in links)
    for wrong in ({"title": ""}, {"title": None}, {"href": ""}, {"link_type": ""}):
        one = json.dumps({"gtin": strict.gtin, **link("gs1:faqs", "https://faq.example/"), **wrong})
        assert suyuan("links", "import", "-", input=one).status == 3


@states(12)
@pytest.mark.parametrize("path", ["{path}", "{path}/10/L1", "{path}/22/2A", "{path}/10/L1/21/{serial}",
                                  "{path}/21/{serial}"])
def test_12_redirects_to_the_default_link_from_every_level(strict, path):
    # A serial of this GTIN that was never issued identifies nothing: test_a_code_never_issued_… in test_resolver.py.
    answer = strict.ask(path.format(path=strict.path, serial=strict.item.serial))
    assert (answer.status, answer.headers["Location"]) == (307, "https://shops.example/")


@states(12)
def test_12_unless_the_request_fits_another_better(suyuan, https, tmp_path):
    brand = Linked(suyuan, tmp_path, https, f"multi-{uuid.uuid4().hex[:8]}", redirects=True)
    brand.put(link("gs1:pip", "https://pip.example/", default="one"),
              link("gs1:pip", "https://pip.example/fr", hreflang=["fr"], default="multi"),
              link("gs1:pip", "https://pip.example/pdf", media_type="application/pdf", default="multi"))
    places = {"": {}, "fr": {"Accept_Language": "de;q=0.9, fr;q=0.3"}, "pdf": {"Accept": "application/pdf"}}
    for end, headers in places.items():
        answer = brand.ask(brand.item.path, **headers)
        assert (answer.status, answer.headers["Location"]) == (307, "https://pip.example/" + end)
    assert len(brand.linkset()[brand.gtin][VOC + "defaultLinkMulti"]) == 2


# --- 13 and 14: by type, with the query ---

@states(13)
@pytest.mark.parametrize("stem", ["gs1:", "https://gs1.org/voc/", "https://ref.gs1.org/voc/", "https://www.gs1.org/voc/"])
def test_13_redirects_to_the_type_asked_for_in_every_spelling(strict, stem):
    answer = strict.ask(type_=stem + "certificationInfo")
    assert (answer.status, answer.headers["Location"]) == (307, "https://cert.example/")
    assert strict.ask(type_=stem + "eifu").status == 404


@states(13)
def test_13_walks_up_from_serial_to_lot_to_gtin(strict):
    for type_, href in (("dpp", "https://item.example/"), ("recallStatus", "https://lot.example/"),
                        ("certificationInfo", "https://cert.example/")):
        for path in (strict.item.path, f"{strict.path}/10/L1/21/{strict.item.serial}"):
            assert strict.ask(path, f"gs1:{type_}").headers["Location"].partition("?")[0] == href
    assert strict.ask(f"{strict.path}/10/L1", "gs1:recallStatus").status == 307
    assert strict.ask(f"{strict.path}/10/L2", "gs1:recallStatus").status == 404
    assert strict.ask(strict.path, "gs1:dpp").status == 404


@states(13)
def test_13_equal_candidates_are_300_with_a_list(strict, shared_data):
    answer = strict.ask(type_="gs1:pip")
    assert answer.status == 300 and answer.headers["Content-Type"] == "application/linkset+json"
    schema(shared_data, "gs1-linkset-schema.json").validate(answer.json)
    assert [e["href"] for e in answer.json["linkset"][0][VOC + "pip"]] == ["https://pip.example/en?a=1#top",
                                                                         "https://pip.example/fr"]
    page = strict.ask(type_="gs1:pip", Accept="text/html,*/*;q=0.8")
    assert page.status == 300 and page.headers["Content-Type"].startswith("text/html")
    assert '<a href="https://pip.example/fr">Produit</a>' in page.text
    assert strict.ask(type_="gs1:pip", Accept_Language="fr, en;q=0.9").headers["Location"].startswith("https://pip.example/fr")


@states(14)
def test_14_the_query_is_passed_on(strict):
    def location(query, **more):
        return strict.ask(query=query, **more).headers["Location"]
    assert location("a=b&17=301231&c=%C3%A9+x") == "https://shops.example/?a=b&17=301231&c=%C3%A9+x"
    assert location("x=1", type_="gs1:pip", Accept_Language="en") == "https://pip.example/en?a=1&x=1&linkType=gs1:pip#top"
    assert location("x=1", type_="gs1:certificationInfo") == "https://cert.example/"  # forward_query is off
    assert location("") == "https://shops.example/"
    answer = strict.ask(query="a=%0d%0aset-cookie:x")
    assert answer.headers["Location"] == "https://shops.example/?a=%0d%0aset-cookie:x" and "Set-Cookie" not in answer.headers


# --- 15 to 18 ---

@states(15)
def test_15_the_resolver_describes_itself(https, shared_data, instance):
    answer = https.get("/.well-known/gs1resolver", {"Accept": "application/json"})
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    told = answer.json
    assert told["resolverRoot"] == instance.env["SUYUAN_SAMPLE_URI"].partition("/01/")[0]
    assert told["name"] and told["contact"]["fn"] and told["supportedPrimaryKeys"] == ["01"]
    assert told["linkTypeDefaultCanBeLinkset"] is False
    known = json.loads((shared_data / "gs1-resolver/gs1-linktypes-webvoc-1.16.json").read_text())
    assert {name: one["title"] for name, one in told["activeLinkTypes"]["en"].items()} == {
        name: one["label"] for name, one in known.items()}


@states(16)
def test_16_every_type_of_the_gs1_web_vocabulary_is_known_and_no_copy_of_one(paged, suyuan, shared_data):
    known = json.loads((shared_data / "gs1-resolver/gs1-linktypes-webvoc-1.16.json").read_text())
    assert len(known) == 60
    names = [n.removeprefix("gs1:") for n in known if n not in ("gs1:defaultLink", "gs1:defaultLinkMulti")]
    paged.put(*(link(f"gs1:{n}", f"https://{n.lower()}.example/", n) for n in names), serial="ALL-TYPES")
    place = paged.linkset(f"{paged.path}/21/ALL-TYPES")[f"{paged.gtin}/21/ALL-TYPES"]
    assert {k for k in place if k.startswith("http")} == {VOC + n for n in names}
    for n in names:
        answer = paged.ask(f"{paged.path}/21/ALL-TYPES", f"gs1:{n}")
        assert (answer.status, answer.headers["Location"]) == (307, f"https://{n.lower()}.example/?linkType=gs1:{n}")
    for wrong in ("https://other.example/voc/pip", "gs1:nonsense", "pip", "https://gs1.org/voc/nonsense"):
        done = suyuan("links", "add", "--gtin", paged.gtin, "--type", wrong, "--href", "https://x.example/", "--title", "x")
        assert done.status == 2 and "link_type" in done.err
    paged.put(link("https://schema.org/manufacturer", "https://maker.example/", "Maker"))
    assert paged.ask(type_="https://schema.org/manufacturer").headers["Location"].startswith("https://maker.example/")


@states(17)
def test_17_nothing_is_redirected_by_a_company_prefix(paged, https):
    """Each key is looked up by itself; who hands a key's links over to another resolver says so by the type."""
    assert https.get("/01/09506009999990").status == 404
    paged.put(link("gs1:handledBy", "https://other-resolver.example/", "Other resolver"))
    assert paged.ask(type_="gs1:handledBy").headers["Location"].startswith("https://other-resolver.example/")
    assert hrefs(paged.linkset()[paged.gtin], "handledBy") == ["https://other-resolver.example/"]


@states(18)
@pytest.mark.parametrize("type_", [None, "linkset", "gs1:certificationInfo"])
def test_18_a_slash_at_the_end_changes_nothing(strict, type_):
    for path in (strict.path, strict.item.path, f"{strict.path}/10/L1"):
        with_slash, without = strict.ask(path + "/", type_), strict.ask(path, type_)
        assert (with_slash.status, with_slash.headers["Location"], with_slash.body) == (
            without.status, without.headers["Location"], without.body)


def test_every_statement_of_the_list_has_a_test(shared_data):
    listed = (shared_data / "gs1-resolver/conformance-statements-1.2.txt").read_text().splitlines()
    listed = [line for line in listed if line.strip()]
    assert len(listed) == len(STATEMENTS) and COVERED == set(range(1, len(STATEMENTS) + 1))
    for told, line in zip(STATEMENTS, listed):
        assert told in line
