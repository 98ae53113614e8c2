"""Guessing: who misses too often waits, without costing the database a question; who scans real codes never does."""
import contextlib
import subprocess
import time
import urllib.parse

import psycopg2
import pytest

import instance as shared
from backends import Place
from server import Server, program, wait_until
from shop import gtin

TEA, ELSEWHERE, PIN = gtin(743001), gtin(743002), gtin(743003)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BURST = 20


@pytest.fixture(scope="module")
def place():
    place = Place("guessing")
    with contextlib.closing(psycopg2.connect(f"host={shared.socket_folder(place.env['DATABASE_URL'])} user=postgres"
                                             " dbname=suyuan")) as superuser, superuser, superuser.cursor() as cursor:
        cursor.execute("ALTER ROLE suyuan_public SET log_statement = 'all'")  # see questions()
    place.shop.record("product", *({"gtin": g, "name.en": "Tea"} for g in (TEA, ELSEWHERE, PIN)))
    place.codes = place.shop.codes(TEA, 400)
    (place.folder / "list").write_text("".join(f"S{n:04d}\n" for n in range(0, 100, 2)))
    place.suyuan("serials", "import", "--gtin", ELSEWHERE, place.folder / "list", status=0)
    place.suyuan("pin", "on", "--gtin", PIN, status=0)
    place.pins = place.shop.codes(PIN, 40)
    yield place
    place.remove()


@contextlib.contextmanager
def node_of(place, **settings):
    """A server of one worker that counts this machine's addresses, too, with nothing counted yet."""
    with place.server("release", **{"guess_exempt": "", "guess_burst": BURST, "guess_per_minute": 1, **settings}) as node:
        with node.client() as client:
            wait_until(lambda: get(client, place.codes[-1].path).status == 200)
            yield client


def get(client, path, accept="application/json"):
    return client.ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nAccept-Language: en\r\n\r\n")


def check(client, code, of=TEA):
    return get(client, "/check?" + urllib.parse.urlencode({"gtin": of, "code": code}), "text/html")


def slip(serial, at=5):
    return serial[:at] + ALPHABET[(ALPHABET.index(serial[at]) + 1) % 32] + serial[at + 1:]


def forged(place, n):
    return f"/01/{TEA}/21/" + slip(place.codes[n].serial, 9)


def questions(place):
    """How often the database was asked for a serial made elsewhere."""
    time.sleep(0.2)
    return (place.var / "log/postgres.log").read_text(errors="replace").count("execute lookup_foreign")


def test_a_guesser_waits_and_a_real_code_is_answered(place):
    with node_of(place) as client:
        heard = [get(client, forged(place, n)).status for n in range(BURST + 5)]
        assert heard == [404] * BURST + [429] * 5
        answer = get(client, forged(place, 1))
        assert answer.headers["content-type"] == "application/problem+json"
        assert 1 <= int(answer.headers["retry-after"]) <= 120
        page = get(client, forged(place, 1), "text/html")
        assert page.status == 429 and "retry-after" in page.headers and 'action="/check"' in page.text
        assert check(client, slip(place.codes[0].serial)).status == 429
        assert get(client, place.codes[0].path).status == 200
        assert get(client, place.codes[-1].path).status == 200  # kept
        assert check(client, place.codes[0].serial).status == 303
        assert [get(client, forged(place, n)).status for n in range(4)] == [404, 404, 429, 429]  # two were found


def test_guesses_at_serials_made_elsewhere_stop_asking_the_database(place):
    with node_of(place) as client:
        assert get(client, f"/01/{ELSEWHERE}/21/S0000").status == 200
        before = questions(place)
        heard = [get(client, f"/01/{ELSEWHERE}/21/S{n:04d}").status for n in range(1, 60, 2)]
        assert heard[:BURST // 4] == [404] * (BURST // 4) and set(heard[BURST // 4 + 1:]) == {429}
        assert check(client, "S0099", ELSEWHERE).status == 429
        asked = questions(place)
        assert asked - before == heard.count(404)
        assert get(client, f"/01/{ELSEWHERE}/21/S0002").status == 429  # real, but nobody can know without asking
        assert get(client, f"/01/{ELSEWHERE}/21/S0000").status == 200  # real, and kept
        assert questions(place) == asked


@pytest.mark.parametrize("of, serial, cost", [(TEA, lambda place, n: slip(place.codes[n].serial, 9), 1),
                                              (ELSEWHERE, lambda place, n: f"S{2 * n + 1:04d}", 4)])
def test_the_resolver_is_no_way_round_it(place, of, serial, cost):
    allowed = BURST // cost
    with node_of(place) as client:
        for n, (query, accept) in zip(range(allowed), (("?linkType=linkset", "*/*"), ("?linkType=gs1:pip", "*/*"),
                                                       ("", "application/linkset+json")) * allowed):
            assert get(client, f"/01/{of}/21/{serial(place, n)}{query}", accept).status == 404, n
        answer = get(client, f"/01/{of}/21/{serial(place, allowed)}?linkType=linkset", "*/*")
        assert answer.status == 429 and int(answer.headers["retry-after"]) >= 1
        assert answer.headers["content-type"] == "application/problem+json"
        assert get(client, f"/01/{of}/21/{serial(place, allowed)}").status == 429
        assert get(client, place.codes[0].path + "?linkType=linkset", "*/*").status == 200
        assert get(client, f"/01/{TEA}?linkType=linkset", "*/*").status == 404  # no serial: nothing to guess


def test_many_guessers_at_one_gtin_are_slowed_down_together(place):
    """Where the GTIN's own limit is reached, an address that missed waits; one that never did does not."""
    with node_of(place, guess_burst=1000, guess_gtin_per_minute=5) as client:
        heard = [get(client, f"/01/{ELSEWHERE}/21/S{n:04d}").status for n in range(1, 20, 2)]
        assert heard == [404] * 5 + [429] * 5
        assert get(client, forged(place, 0)).status == 404  # another GTIN
    with node_of(place, guess_burst=1000, guess_gtin_per_minute=5) as client:
        assert {get(client, f"/01/{ELSEWHERE}/21/S{n:04d}").status for n in range(0, 40, 2)} == {200}


def test_typed_guesses_are_counted(place):
    with node_of(place) as client:
        heard = [check(client, slip(place.codes[n].serial)).status for n in range(BURST)]
        assert heard == [404] * (BURST // 2) + [429] * (BURST // 2)
        assert "Please try again in" in check(client, slip(place.codes[0].serial)).text


def test_guessing_pins_over_many_codes_is_counted(place):
    def give(client, code, pin):
        body = f"pin={pin}"
        return client.ask(f"POST {code.path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
                          "Content-Type: application/x-www-form-urlencoded\r\n"
                          f"Content-Length: {len(body)}\r\n\r\n{body}").status
    with node_of(place) as client:
        heard = [give(client, code, "000000") for code in place.pins[:20]]
        assert heard[:BURST // 4 - 1] == [200] * (BURST // 4 - 1) and heard[-10:] == [429] * 10
        right = place.suyuan("pin", "show", "--code", place.pins[30].url, status=0).out.strip()
        assert give(client, place.pins[30], right) == 429
        assert get(client, place.pins[30].path).status == 200


def test_a_class_behind_one_address_is_not_in_the_way(place):
    """As it is delivered, but for the counted address: pupils scan, type, and mistype now and then."""
    with node_of(place, guess_burst=60, guess_per_minute=30) as client:
        for n, code in enumerate(place.codes):
            assert get(client, code.path).status == 200
            if n % 5 == 0:
                assert check(client, code.serial.lower()).status == 303
            if n % 20 == 3:
                assert check(client, slip(code.serial)).status == 404


def test_addresses_of_proxies_are_not_counted(place):
    with place.server("release", guess_burst=10, guess_per_minute=1, guess_exempt="192.0.2.1 127.0.0.1 ::1") as node:
        with node.client() as client:
            wait_until(lambda: get(client, place.codes[-1].path).status == 200)
            assert {get(client, forged(place, n)).status for n in range(60)} == {404}


def test_no_limit_where_none_is_wanted(place):
    with node_of(place, guess_per_minute=0, guess_gtin_per_minute=0) as client:
        assert {get(client, forged(place, n)).status for n in range(100)} == {404}
        assert {get(client, f"/01/{ELSEWHERE}/21/S{n:04d}").status for n in range(1, 60, 2)} == {404}


def test_nothing_typed_is_denied_while_the_database_is_away(place):
    with node_of(place) as client:
        assert check(client, place.codes[0].serial).status == 303
        with place.postgres_hung():
            time.sleep(1.3)  # memory is no longer fresh
            assert check(client, place.codes[0].serial).status == 303
            assert check(client, slip(place.codes[0].serial)).status == 503
            assert check(client, "S0002", ELSEWHERE).status == 503
            assert "We cannot check right now" in check(client, slip(place.codes[0].serial)).text


def test_an_address_that_is_none_is_told(place):
    server = Server("release", guess_exempt="127.0.0.1 example.com")
    done = subprocess.run([program("release"), "lookup", "--config", str(server.folder / "suyuan.conf")],
                          capture_output=True, text=True, timeout=20)
    server.temporary.cleanup()
    assert done.returncode != 0 and 'guess_exempt: "example.com" is no address' in done.stderr + done.stdout
