"""A question, its COMMIT or the answer is lost between the console and PostgreSQL, which hangs, or refuses
at the last moment; two ask the same at once. The client hears 503 and how to ask again, or 409, and in the
end there is one batch."""
import concurrent.futures
import contextlib
import html
import itertools
import re
import time
import urllib.parse

import pytest

from https import Https
from ledger import LABELS, ORDERS, READS, STEPS, Line
from pg_proxy import COMMITTED, FAULTS, PgProxy
from plant import GTINS, Plant
from server import Server, wait_until

DEADLINE_MS = 1000
# The transactions of a request for a batch, and how many statements each holds.
TRANSACTIONS = {"line_enter": 1, "api_batch_make": 2, "api_batch_made": 2}


@pytest.fixture(scope="module")
def plant():
    plant = Plant("lost")
    yield plant
    plant.remove()


@pytest.fixture(scope="module")
def proxy(plant):
    url = plant.env["DATABASE_URL"].replace("suyuan_owner:" + password(plant, "suyuan_owner"),
                                            "suyuan_console:" + password(plant, "suyuan_console"))
    with PgProxy(url) as proxy:
        yield proxy


def password(plant, role):
    return (plant.var / f"secrets/{role}").read_text().strip()


@pytest.fixture(scope="module")
def server(plant, proxy):
    with Server("asan", program_name="console", console_database_url=proxy.url, link_stem="https://localhost",
                master_key_file=plant.var / "secrets/master.key", console_deadline_ms=DEADLINE_MS) as server:
        yield server


@pytest.fixture
def line(plant, server):
    """A line that asks this server; its first request shows that all is well."""
    with Line(plant.ledger.book("lost"), server.port, plant.secret) as line:
        line.insist(new_key(), order())
        yield line


numbers = itertools.count()


def new_key():
    return f"lost-{next(numbers)}-{time.monotonic_ns()}"


def order():
    return {"gtin": GTINS[0], "quantity": 7, "lot": "L1"}


def requests_of(plant, key):
    with plant.database() as cursor:
        cursor.execute("SELECT count(*) FROM code.line_request WHERE key = %s", (key,))
        return cursor.fetchone()[0]


def all_is_well(plant):
    plant.settle()
    found = plant.audit().found
    assert not any(found.values()), found


# --- between the console and PostgreSQL --------------------------------------------------------

@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("statement", TRANSACTIONS)
def test_what_was_lost_on_the_way_is_503_and_the_same_key_gives_one_batch(plant, proxy, line, statement, fault):
    key = new_key()
    proxy.lose(statement, fault, TRANSACTIONS[statement])
    answer = line.ask(key, order())
    assert proxy.lost
    assert answer.status == 503 and answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "same Idempotency-Key" in answer.json["detail"]
    made = {"line_enter": False, "api_batch_make": COMMITTED[fault], "api_batch_made": True}[statement]
    wait_until(lambda: requests_of(plant, key) == made, 3)
    first = line.insist(key, order())
    assert line.insist(key, order()).body == first.body
    assert requests_of(plant, key) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_step_an_order_or_a_reading_lost_on_the_way_is_503_and_is_done_once(plant, proxy, line, fault):
    key = new_key()
    batch = line.insist(key, order()).json["id"]
    step = {"state": "commissioned", "batch": batch, "from": 1, "to": 7}
    read = {"gtin": GTINS[0], "codes": ["NEVER1", *line.codes(batch)]}
    for statement, path, body in (("api_code_batch", STEPS, step), ("api_labels_order", ORDERS % batch, LABELS[1]),
                                  ("api_code_checks", READS, read)):
        proxy.lose(statement, fault, 2)
        answer = line.ask(f"{key}.{statement}", body, path=path)
        assert proxy.lost and answer.status == 503 and answer.headers["retry-after"] == "1"
        line.insist(f"{key}.{statement}", body, path=path)
    all_is_well(plant)


def send_form(https, path, fields, cookie=None):
    return https.post(path, urllib.parse.urlencode(fields).encode(), {
        "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded",
        **({"Cookie": cookie} if cookie else {})})


def test_a_form_whose_commit_was_lost_can_be_sent_again(plant, proxy, server, line):
    https, key = Https(f"https://localhost:{server.port}", server.folder / "tls.crt"), new_key()
    cookie = send_form(https, "/sign-in", {"key": plant.secret}).headers["set-cookie"].split(";")[0]
    body = {**order(), "lot": "L+1%\"<&'"}
    page = https.get("/", {"Cookie": cookie}).text
    fields = {**body, "idempotency_key": key, "token": re.search('name="token" value="([0-9a-f]{64})"', page)[1]}
    bad = send_form(https, "/batches", {**fields, "quantity": 0}, cookie)
    assert bad.status == 400 and 'id="quantity-error"' in bad.text  # there to be mended
    proxy.lose("api_batch_make", "rows heard, the COMMIT's answer lost", 2)
    lost = send_form(https, "/batches", fields, cookie)
    assert lost.status == 503 and lost.headers["retry-after"] == "1"
    # The page holds the form as it was, for who does not know how a browser sends one again.
    assert 'method="post" action="/batches"' in lost.text
    again = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', lost.text))
    again = {name: html.unescape(value) for name, value in again.items()}
    assert again == {name: str(value) for name, value in fields.items()}
    made = send_form(https, "/batches", again, cookie)
    assert made.status == 303
    # The line's program is told the same.
    assert made.headers["location"] == "/batches/" + line.insist(key, body).json["id"]
    all_is_well(plant)


def test_a_commit_that_postgresql_refuses_is_never_confirmed(plant, line):
    key = new_key()
    with plant.superuser() as cursor:
        cursor.execute("""
            CREATE FUNCTION code.too_late() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'at the last moment'; END $$;
            CREATE CONSTRAINT TRIGGER too_late AFTER INSERT ON code.line_request
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION code.too_late()""")
        try:
            answer = line.ask(key, order())
        finally:
            cursor.execute("DROP FUNCTION code.too_late CASCADE")
    assert answer.status == 503 and requests_of(plant, key) == 0
    line.insist(key, order())
    all_is_well(plant)


def test_a_hung_postgresql_is_503_within_the_deadline_and_one_batch_later(plant, line):
    key = new_key()
    with plant.postgres_hung():
        start = time.monotonic()
        answer = line.ask(key, order())
        assert DEADLINE_MS / 1000 * 0.9 < time.monotonic() - start < DEADLINE_MS / 1000 + 2
    assert answer.status == 503
    line.insist(key, order())
    all_is_well(plant)


@contextlib.contextmanager
def counter_locked(plant):
    """Nobody gets a counter of the GTIN while this lasts."""
    with plant.superuser() as cursor:
        cursor.execute("BEGIN; SELECT FROM code.gtin_counter WHERE gtin = %s FOR UPDATE", (int(GTINS[0]),))
        yield
        cursor.execute("ROLLBACK")


def test_a_batch_made_after_its_asker_heard_503_is_the_one_of_the_next_try(plant, line):
    key = new_key()
    with counter_locked(plant):
        assert line.ask(key, order()).status == 503
        assert requests_of(plant, key) == 0
        in_flight = line.ask(key, order())
        assert in_flight.status == 409 and in_flight.headers["retry-after"] == "1"
    wait_until(lambda: requests_of(plant, key) == 1, 3)
    line.insist(key, order())
    all_is_well(plant)


def test_postgresql_does_not_work_on_for_ever_for_who_was_told_503(plant, line):
    key = new_key()
    with counter_locked(plant):
        assert line.ask(key, order()).status == 503
        wait_until(lambda: line.ask(key, order()).status == 503, 5)  # no longer 409: the first was ended
    line.insist(key, order())
    all_is_well(plant)


def test_a_line_whose_key_was_rotated_finds_its_batch_again(plant, server, line):
    key = new_key()
    made = line.insist(key, order())
    fresh = plant.shop("line", "rotate", "pack-1", "--brand", plant.shop.slug).out.strip()
    with Line(plant.ledger.book("rotated"), server.port, fresh) as rotated:
        assert rotated.insist(key, order()).body == made.body
    all_is_well(plant)


# --- several at once ---------------------------------------------------------------------------

def test_the_same_key_from_several_at_once_makes_one_batch(plant, server):
    askers = 6
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(Line(plant.ledger.book(f"twin-{n}"), server.port, plant.secret))
                 for n in range(askers)]
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(askers))
        heard = set()
        for _ in range(25):
            key = new_key()
            answers = list(pool.map(lambda line: line.ask(key, order()), lines))
            heard.update(answer.status for answer in answers)
            made = {answer.body for answer in answers if answer.status == 201}
            assert len(made) == 1 and {answer.status for answer in answers} <= {201, 409}
            assert requests_of(plant, key) == 1
    assert 201 in heard
    all_is_well(plant)


def test_a_key_with_two_bodies_at_once_belongs_to_one_of_them(plant, server):
    bodies = [order(), {**order(), "quantity": 8}]
    with contextlib.ExitStack() as stack:
        # Each in a ledger of its own: what is one key to the server are two requests.
        lines = [stack.enter_context(Line(plant.ledger.apart(f"body-{n}"), server.port, plant.secret))
                 for n in range(2)]
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(2))
        for _ in range(25):
            key = new_key()
            answers = list(pool.map(lambda line, body: line.ask(key, body), lines, bodies))
            statuses = [answer.status for answer in answers]
            assert statuses.count(201) == 1 and set(statuses) <= {201, 409, 422}, statuses
            with Line(plant.ledger.book("body"), server.port, plant.secret) as line:
                again = line.ask(key, bodies[statuses.index(201)])
            assert again.body == answers[statuses.index(201)].body
    all_is_well(plant)


def test_who_hangs_up_after_asking_finds_the_batch_later(plant, line):
    for wait in (0, 0.002, 0.005, 0.01, 0.02):
        key = new_key()
        line.ask_and_leave(key, order(), wait)
        line.insist(key, order())
        assert requests_of(plant, key) == 1
    all_is_well(plant)
