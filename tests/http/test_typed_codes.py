"""A code typed by hand: led on to its page, or told where to look again, and never what was meant."""
import html
import re
import urllib.parse
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from lines import fresh_gtin
from server import Client, wait_until
from shop import Shop, gtin

TEA, BOTH, NONE = fresh_gtin(), fresh_gtin(), fresh_gtin()
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SAYS = {"asking": "type what is printed beside it", "unreadable": "does not read as one of our codes",
        "unreadable_at": "We can read it up to position (\\d+)", "mistyped": "look again near position (\\d+)",
        "never_issued": "This code was never issued", "no_gtin": "number is needed, too",
        "bad_gtin": "number is not valid", "not_found": "There is no page at this address"}
STATUS = {"asking": 200, "unreadable": 400, "unreadable_at": 400, "no_gtin": 400, "bad_gtin": 400, "mistyped": 404,
          "never_issued": 404, "not_found": 404}


@pytest.fixture(scope="module")
def place(suyuan, tmp_path_factory):
    """Two products of a brand with computed codes, one of them with serials made elsewhere, too, and one without."""
    folder, slug = tmp_path_factory.mktemp("typed"), f"typed-{uuid.uuid4().hex[:12]}"
    shop = Shop(suyuan, folder, slug, en="Typed")
    shop.record("product", *({"gtin": g, "name.en": "Tea"} for g in (TEA, BOTH, NONE)))
    shop.code, shop.both = shop.codes(TEA, 50)[17], shop.codes(BOTH)[0]
    (folder / "list").write_text("ab-C/1\nAB-C/1\nUPPER-1\n")
    suyuan("serials", "import", "--gtin", BOTH, folder / "list", status=0)
    return shop


@pytest.fixture(scope="module")
def client(place, instance):
    """One connection, so that one worker answers, which knows the codes already."""
    with Client(urllib.parse.urlsplit(instance.env["SUYUAN_LOOKUP_URL"]).port) as client:
        wait_until(lambda: ask(client, place.code.serial, TEA).status == 303)
        wait_until(lambda: ask(client, "UPPER-1", BOTH).status == 303)
        yield client


def ask(client, code=None, of="", path="/check", accept="text/html", language="en", **more):
    query = {} if code is None else {"gtin": of, "code": code}
    query = urllib.parse.urlencode({**query, **more})
    return client.ask(f"GET {path}{'?' if query else ''}{query} HTTP/1.1\r\nHost: localhost\r\n"
                      f"Accept: {accept}\r\nAccept-Language: {language}\r\n\r\n")


def said(answer):
    """What the page says, and the position it names."""
    text = html.unescape(answer.text.partition("<body")[2])
    found = [(name, re.search(pattern, text)) for name, pattern in SAYS.items() if re.search(pattern, text)]
    assert len(found) == 1, (answer.status, found, text[:600])
    name, match = found[0]
    assert answer.status == STATUS[name]
    return (name, int(match[1])) if match.groups() else name


def leads_to(answer):
    assert answer.status == 303, answer.text[:500]
    return answer.headers["location"]


# --- issued -----------------------------------------------------------------------------------

def wide(text):
    return "".join(chr(ord(c) - 0x21 + 0xff01) if "!" <= c <= "~" else c for c in text)


WRITTEN = ["{serial}", " {lower} ", "{grouped}", "{spaced}", "{wide}", "https://localhost{path}", "HTTPS://LOCALHOST{path}",
           "localhost{path}", "elsewhere.example{path}?17=301231", "(01){gtin}(21){serial}",
           "(01) {gtin} (10) L1 (21) {grouped}", "01{gtin}21{serial}"]


@pytest.mark.parametrize("written", WRITTEN)
def test_an_issued_code_leads_on_however_it_is_written(place, client, written):
    serial = place.code.serial
    text = written.format(serial=serial, lower=serial.lower(), grouped="-".join(re.findall(".{1,4}", serial)),
                          spaced=" ".join(serial), wide=wide(serial), path=place.code.path, gtin=TEA)
    of = "" if TEA in text else TEA
    assert leads_to(ask(client, text, of)) == place.code.path


@pytest.mark.parametrize("written", [TEA, TEA.lstrip("0"), " ".join(TEA), wide(TEA), TEA.replace("0", "O", 2).replace("1", "l")])
def test_a_gtin_is_read_as_people_write_it(place, client, written):
    assert leads_to(ask(client, place.code.serial, written)) == place.code.path


def test_the_language_goes_along(place, client):
    assert leads_to(ask(client, place.code.serial, TEA, lang="zh-CN")) == place.code.path + "?lang=zh-CN"
    answer = client.ask(f"GET {place.code.path}?lang=zh-CN HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n")
    assert (answer.status, answer.headers["content-language"]) == (200, "zh-CN")


def test_serials_made_elsewhere_are_first_taken_as_typed(client):
    path = f"/01/{BOTH}/21/"
    assert leads_to(ask(client, "ab-C/1", BOTH)) == path + "ab-C%2F1"
    assert leads_to(ask(client, "AB-C/1", BOTH)) == path + "AB-C%2F1"
    assert leads_to(ask(client, "Ab-C/1", BOTH)) == path + "AB-C%2F1"
    assert leads_to(ask(client, " upper-1 ", BOTH)) == path + "UPPER-1"
    assert leads_to(ask(client, f"https://localhost{path}ab-C%2F1")) == path + "ab-C%2F1"
    assert said(ask(client, "ab-c/2", BOTH)) == "never_issued"


def test_a_gtin_with_both_kinds_knows_its_computed_ones(place, client):
    assert leads_to(ask(client, place.both.serial.lower(), BOTH)) == place.both.path


@examples(60)
@given(st.data())
def test_any_mix_of_case_width_and_blanks_reads_the_same(place, client, data):
    fold = {"0": "0OoＯ０", "1": "1IiLlｌ１"}
    text = ""
    for c in place.code.serial:
        text += data.draw(st.sampled_from(fold.get(c, c + c.lower() + wide(c))))
        text += data.draw(st.sampled_from(["", "", "", " ", "-", "\u3000", "\u2013", "\u00a0"]))
    assert leads_to(ask(client, text, TEA)) == place.code.path


# --- not issued -------------------------------------------------------------------------------

def other(c, by=1):
    return ALPHABET[(ALPHABET.index(c) + by) % 32]


@pytest.mark.parametrize("at", range(14))
def test_one_wrong_character_is_told_where(place, client, at):
    serial = place.code.serial
    typed = serial[:at] + other(serial[at], 5) + serial[at + 1:]
    answer = ask(client, typed, TEA)
    assert said(answer) == ("mistyped", at + 1)
    assert serial not in answer.text and place.code.path not in answer.text


def test_the_position_is_that_of_what_was_typed(place, client):
    serial = place.code.serial
    typed = serial[:9] + other(serial[9]) + serial[10:]
    assert said(ask(client, "  " + "-".join(re.findall(".{1,4}", typed)), TEA)) == ("mistyped", 10 + 2 + 2)
    link = f"https://localhost/01/{TEA}/21/{typed}"
    assert said(ask(client, link)) == ("mistyped", link.index(typed) + 10)


def test_turned_missing_and_extra_characters_are_told(place, client):
    serial = place.code.serial
    at = next(i for i in range(4, 13) if serial[i] != serial[i + 1] and serial[i - 1] != serial[i])
    assert said(ask(client, serial[:at] + serial[at + 1] + serial[at] + serial[at + 2:], TEA)) == ("mistyped", at + 1)
    name, position = said(ask(client, serial[:at] + serial[at + 1:], TEA))
    assert name == "mistyped" and position in (at, at + 1)
    name, position = said(ask(client, serial[:at] + other(serial[at]) + serial[at:], TEA))
    assert name == "mistyped" and position in (at, at + 1, at + 2)


def test_forgeries_are_told_from_slips(place, client):
    serial = place.code.serial
    twice = other(serial[3]).join((serial[:3], serial[4:]))
    twice = other(twice[9]).join((twice[:9], twice[10:]))
    assert said(ask(client, twice, TEA)) == "never_issued"
    assert said(ask(client, serial, NONE)) == "never_issued"  # of another product
    assert said(ask(client, serial, gtin(749999))) == "never_issued"  # of nobody's


@pytest.mark.parametrize("code, of, says", [
    ("", TEA, "asking"), ("   ", TEA, "asking"), ("7K3M9Q2XTPVWHX", "", "no_gtin"), ("7K3M9Q2XTPVWHX", " ", "no_gtin"),
    ("7K3M9Q2XTPVWHX", TEA[:-1] + str((int(TEA[-1]) + 1) % 10), "bad_gtin"), ("7K3M9Q2XTPVWHX", "123", "bad_gtin"),
    ("7K3M9Q2XTPVWHX", "tea", "bad_gtin"), (f"(01){TEA[:-1]}{(int(TEA[-1]) + 1) % 10}(21)7K3M9Q2X", "", "bad_gtin"),
    ("7K3MUQ2XTPVWHX", TEA, ("unreadable_at", 5)), ("7K3", TEA, ("unreadable_at", 4)), ("7K3溯9Q2XTPVWHX", TEA, ("unreadable_at", 4)),
    ("7" * 25, TEA, ("unreadable_at", 21)), ("https://example.com/shop/tea", TEA, "unreadable"),
    ("<script>alert(1)</script>", TEA, ("unreadable_at", 1)), ("7K3\x00", TEA, "asking")])
def test_says_what_is_the_matter(client, code, of, says):
    answer = ask(client, code, of)
    assert said(answer) == says
    assert "<script" not in answer.text
    assert answer.headers["x-robots-tag"] == "noindex" and "default-src 'none'" in answer.headers["content-security-policy"]


def test_programs_get_problem_documents(place, client):
    answer = ask(client, place.code.serial[:-1] + other(place.code.serial[-1]), TEA, accept="application/json")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert leads_to(ask(client, place.code.serial, TEA, accept="application/json")) == place.code.path


# --- other addresses --------------------------------------------------------------------------

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_the_root_asks_for_a_code(client):
    assert said(ask(client, path="/", accept=BROWSER)) == "asking"


def test_unknown_addresses_offer_to_type_it(client):
    for path in ("/nothing/here", "/01x", "/assets"):
        assert said(ask(client, path=path, accept=BROWSER)) == "not_found"
        for accept in ("*/*", "application/json", "application/json, text/html"):
            answer = ask(client, path=path, accept=accept)
            assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
