"""A serial made elsewhere is looked up like a computed code, and costs the forged ones nothing."""
import collections
import contextlib
import html
import re

import psycopg2
import pytest

import instance as shared
from backends import Place, Redis
from patience import soon
from shop import gtin

TEA, BOTH, PLAIN = gtin(731001), gtin(731002), gtin(731003)
SERIALS = {"inactive": "in/active", "active": "Aktiv-1", "consumed": "C(1)", "decommissioned": "d%20d",
           "destroyed": "d?s", "void": "v;o:i,d", "blocked": 'b"<&>\'', "expired": "old-1", "recalled": "bad-1",
           "plus": "a+b=c", "dots": "...", "number": "7"}
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def escaped(serial):
    return "".join(c if c in UNRESERVED else f"%{ord(c):02X}" for c in serial)


def path(serial, of=TEA):
    return f"/01/{of}/21/{escaped(serial)}"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Place("foreign")
    folder = tmp_path_factory.mktemp("foreign")
    with contextlib.closing(psycopg2.connect(f"host={shared.socket_folder(place.env['DATABASE_URL'])} user=postgres"
                                             " dbname=suyuan")) as superuser, superuser, superuser.cursor() as cursor:
        cursor.execute("ALTER ROLE suyuan_public SET log_statement = 'all'")  # see questions()
    place.shop.record("product", *({"gtin": g, "name.en": "Tea <green>", "name.zh-CN": "绿茶"}
                                   for g in (TEA, BOTH, PLAIN)))
    place.shop.record("lot", {"gtin": TEA, "lot": "L1", "best_before": "2999-12-31"},
                      {"gtin": TEA, "lot": "OLD", "best_before": "2020-01-31"},
                      {"gtin": TEA, "lot": "BAD", "best_before": "2999-12-31"})
    place.shop.show("product.name", "lot.number", "lot.best_before")

    def take(serials, lot=None, of=TEA):
        (folder / "list").write_text("".join(s + "\n" for s in serials))
        place.suyuan("serials", "import", "--gtin", of, *(["--lot", lot] if lot else []), folder / "list", status=0)
    place.take = take
    take([s for k, s in SERIALS.items() if k not in ("expired", "recalled")], "L1")
    take([SERIALS["expired"]], "OLD")
    take([SERIALS["recalled"]], "BAD")
    take(["both-1"], of=BOTH)
    yield place
    place.remove()


@pytest.fixture(scope="module")
def redis():
    with Redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(place, redis):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(place.server("release", redis_url=redis.url, workers=2)) for _ in range(2)]


def ask(node, path, accept="application/json", language="en"):
    return node.ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
                    f"Accept-Language: {language}\r\n\r\n")


def verdict(answer):
    return answer.status, answer.json["verdict"]["code"]


def step(place, serial, *states, reason="Because", of=TEA):
    for state in states:
        place.suyuan("code", "state", "https://localhost" + path(serial, of), state, "--reason", f"en={reason}", status=0)



def everywhere(nodes, path, expected):
    """Every node, on several connections so that each worker is asked."""
    for node in nodes:
        for _ in range(4):
            soon(lambda: ask(node, path), lambda a: verdict(a) == expected)


# --- verdicts ---------------------------------------------------------------------------------

def test_one_taken_in_is_issued_but_not_in_use(nodes):
    for serial in SERIALS.values():
        everywhere(nodes, path(serial), (200, "inactive"))


@pytest.mark.parametrize("states, expected", [
    (["printed"], "inactive"), (["commissioned"], "active"), (["consumed"], "consumed"),
    (["decommissioned"], "blocked"), (["destroyed"], "blocked")])
def test_the_page_follows_every_step(place, nodes, states, expected):
    everywhere(nodes, path(SERIALS["active"]), verdict(ask(nodes[0], path(SERIALS["active"]))))
    step(place, SERIALS["active"], *states)
    everywhere(nodes, path(SERIALS["active"]), (200, expected))


@pytest.mark.parametrize("state", ["void", "blocked"])
def test_a_withdrawn_one_says_why(place, nodes, state):
    step(place, SERIALS[state], state, reason="Stolen <en route>")
    everywhere(nodes, path(SERIALS[state]), (200, "blocked"))
    assert "Stolen <en route>" in ask(nodes[0], path(SERIALS[state])).json["verdict"]["text"]
    page = ask(nodes[0], path(SERIALS[state]), accept="text/html")
    assert "Stolen &lt;en route&gt;" in page.text


def test_an_expired_lot(place, nodes):
    step(place, SERIALS["expired"], "commissioned")
    everywhere(nodes, path(SERIALS["expired"]), (200, "expired"))


def test_a_recall_of_its_lot_and_its_end(place, nodes):
    place.suyuan("recall", "start", "--gtin", TEA, "--lot", "BAD", "--reason", "en=Glass", status=0)
    everywhere(nodes, path(SERIALS["recalled"]), (200, "recalled"))
    everywhere(nodes, path(SERIALS["number"]), (200, "inactive"))
    place.suyuan("recall", "end", "--gtin", TEA, "--lot", "BAD", status=0)
    everywhere(nodes, path(SERIALS["recalled"]), (200, "inactive"))


def test_a_hidden_field_is_gone(place, nodes):
    assert ask(nodes[0], path(SERIALS["number"])).json["lot"]["lot"] == "L1"
    place.suyuan("policy", "hide", "--gtin", TEA, "lot.number", status=0)
    soon(lambda: ask(nodes[0], path(SERIALS["number"])), lambda a: "L1" not in a.text)
    place.suyuan("policy", "show", "--gtin", TEA, "lot.number", status=0)
    soon(lambda: ask(nodes[0], path(SERIALS["number"])), lambda a: '"L1"' in a.text)


# --- spelling ---------------------------------------------------------------------------------

@pytest.mark.parametrize("serial", SERIALS.values())
def test_every_form_names_it_as_it_is_spelled(nodes, serial):
    answer = ask(nodes[0], path(serial))
    assert answer.status == 200 and answer.json["item"]["serial"] == serial
    assert f"{path(serial)}>; rel=\"canonical\"," in answer.headers["link"]
    assert ask(nodes[0], path(serial), accept="application/ld+json").json["serialNumber"] == serial
    page = ask(nodes[0], path(serial), accept="text/html")
    assert page.status == 200 and page.headers["content-language"] == "en"
    assert f"<dd>{serial}</dd>" in html.unescape(page.text)


def test_only_the_canonical_spelling_is_kept_but_every_escape_finds_it(nodes):
    for other in ("/01/" + TEA + "/21/%37", path("number").replace("number", "7"), path("7") + "/", path("7") + "?a=b"):
        assert verdict(ask(nodes[0], other)) == (200, "inactive"), other


@pytest.mark.parametrize("serial", ["aktiv-1", "AKTIV-1", "Aktiv-", "Aktiv-11", "Aktiv_1", "8", "07", "c(1)",
                                    "ZZZZZZZZZZZZZZ", "0123456789ABCD", "in", "....", "~"])
def test_another_spelling_was_never_issued(nodes, serial):
    answer = ask(nodes[0], path(serial) if serial != "~" else f"/01/{TEA}/21/zz")
    assert verdict(answer) == (404, "never_issued")
    assert answer.json["product"]["name"] == "Tea <green>"


def test_a_serial_counts_for_its_own_gtin_only(nodes):
    assert ask(nodes[0], path(SERIALS["number"], of=BOTH)).status == 404
    assert verdict(ask(nodes[0], path("Aktiv-1", of=PLAIN))) == (404, "mistyped")


# --- by GB/T 33993 ----------------------------------------------------------------------------

def test_the_manufacturers_url_is_answered_like_the_link(place, nodes):
    code = place.shop.codes(TEA, lot="L1")[0]
    for serial in (code.serial, "a+b=c"):
        link = ask(nodes[0], path(serial))
        for url in (f"/gtin/{TEA}/ser/{escaped(serial)}", f"/gtin/{TEA}/bat/OTHER/ser/{escaped(serial)}/?x=y",
                    f"/gtin/{TEA}/exp/991231/ser/{escaped(serial)}", f"/GTIN/{TEA}/SER/{escaped(serial)}"):
            answer = ask(nodes[0], url)
            assert (answer.status, answer.json) == (link.status, link.json), url
            assert answer.headers["link"] == link.headers["link"]
    assert verdict(ask(nodes[0], f"/gtin/{TEA}/ser/nobody")) == (404, "never_issued")


@pytest.mark.parametrize("url, status", [
    ("/gtin/", 400), (f"/gtin/{TEA}", 404), (f"/gtin/{TEA[:-1]}0/ser/7", 400), (f"/gtin/{TEA}/ser/a%2Fb", 400),
    (f"/gtin/{TEA}/ser/7/ser/8", 400), (f"/gtin/{TEA}/ser/%zz", 400), (f"/gtin/{TEA[1:]}/ser/7", 400),
    (f"/x/gtin/{TEA}/ser/7", 404)])
def test_a_manufacturers_url_that_names_no_item_is_refused(nodes, url, status):
    assert ask(nodes[0], url).status == status


# --- beside computed codes --------------------------------------------------------------------

def test_one_gtin_may_have_both(place, nodes):
    codes = place.shop.codes(BOTH, 3)
    for code in codes:
        everywhere(nodes, code.path, (200, "active"))
    everywhere(nodes, path("both-1", of=BOTH), (200, "inactive"))
    forged = codes[0].path[:-1] + ("0" if codes[0].path[-1] != "0" else "1")
    assert verdict(ask(nodes[0], forged)) == (404, "never_issued")


def test_the_first_ones_of_a_gtin_are_known_within_a_second(place, nodes):
    late = gtin(731004)
    place.shop.record("product", {"gtin": late, "name.en": "Late", "name.zh-CN": "Late"})
    assert verdict(ask(nodes[0], path("late-1", of=late))) == (404, "mistyped")
    place.take(["late-1"], of=late)
    everywhere(nodes, path("late-1", of=late), (200, "inactive"))


@contextlib.contextmanager
def questions(place):
    """What the servers ask PostgreSQL meanwhile, by the name of the query; its own log tells."""
    counted = collections.Counter()
    log = place.var / "log/postgres.log"
    start = log.stat().st_size
    yield counted
    with open(log, "rb") as text:
        text.seek(start)
        counted.update(re.findall(r"execute (lookup_(?:items|foreign|documents)):", text.read().decode("utf-8", "replace")))


def test_forged_codes_of_other_gtins_still_cost_the_database_nothing(place, nodes):
    genuine = place.shop.codes(PLAIN, 2)
    forged = [genuine[0].path[:-4] + f"{i:05d}"[-4:] for i in range(500)]
    forged += [f"/01/{PLAIN}/21/Any-{i}" for i in range(500)]
    everywhere(nodes[:1], genuine[0].path, (200, "active"))
    with nodes[0].client() as client:
        client.get(forged[0])
        with questions(place) as asked:
            answers = [client.get(path, b"Accept: application/json\r\n").status for path in forged]
        found = len(forged) - answers.count(404)  # the genuine ones may be among them
        assert found <= 2 and asked["lookup_items"] <= found and asked["lookup_foreign"] == 0
        # That what was counted counts: a GTIN that has serials made elsewhere is asked about once each.
        with questions(place) as asked:
            for i in range(5):
                client.get(f"/01/{TEA}/21/Any-{i}")
        assert (asked["lookup_items"], asked["lookup_foreign"]) == (0, 5)


def test_a_computed_code_costs_the_one_question_it_did_before(place, nodes):
    """Also of a GTIN that has serials made elsewhere."""
    codes = place.shop.codes(BOTH, 20)
    everywhere(nodes[:1], codes[0].path, (200, "active"))
    with nodes[0].client() as client:
        client.get(codes[1].path)
        with questions(place) as asked:
            for code in codes[2:]:
                assert client.get(code.path).status == 200
    assert (asked["lookup_items"], asked["lookup_foreign"]) == (18, 0)


def test_one_found_costs_one_question_as_one_denied(place, nodes):
    place.take([f"cost-{i}" for i in range(6)], "L1")
    everywhere(nodes[:1], path("cost-0"), (200, "inactive"))
    with nodes[0].client() as client:
        client.get(path("cost-0"))
        with questions(place) as found:
            for i in range(1, 6):
                assert client.get(path(f"cost-{i}")).status == 200
        with questions(place) as denied:
            for i in range(1, 6):
                assert client.get(path(f"lost-{i}")).status == 404
    assert found["lookup_foreign"] == denied["lookup_foreign"] == 5
    assert found["lookup_items"] == denied["lookup_items"] == 0


# --- when PostgreSQL is away ------------------------------------------------------------------

def test_what_was_shown_is_shown_with_its_age_and_nothing_is_denied(place, redis):
    with place.server("release", redis_url=redis.url) as node:
        everywhere([node], path(SERIALS["number"]), (200, "inactive"))
        with place.postgres_hung():
            answer = soon(lambda: ask(node, path(SERIALS["number"])), lambda a: "age" in a.text, 4)
            assert verdict(answer) == (200, "inactive")
            assert ask(node, path("nobody")).status == 503
            assert ask(node, path("nobody", of=PLAIN)).status == 503
