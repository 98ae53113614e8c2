"""Every door of the console asked by each role, for its own brand and for another: whom routes.def does not name
is refused, and of another brand no byte comes and nothing of it changes. A new door fails here until it is
listed in tests/http/doors/."""
import collections
import http.client
import re
import time
import uuid

import pytest

import conftest
from https import Https
from lines import Line
from people import Person
from doors import FINE, ROLES, every_door, routes

DOORS = every_door()
ROUTES = routes()
SIGNED_OUT = {303, 401}


class Kept(Https):
    """One connection for many requests, a new one where the server has ended it."""

    def request(self, method, path, headers=None, body=None, keep=True):
        reused = self.kept is not None
        try:
            return super().request(method, path, headers, body, keep=True)
        except (http.client.HTTPException, ConnectionError):
            if not reused:
                raise
            self.kept = None
            return super().request(method, path, headers, body, keep=True)


class Side:
    """A brand with a line, one person a role and the targets that were wanted so far."""

    def __init__(self, suyuan, console, db):
        self.suyuan, self.db, self.console = suyuan, db, console
        self.line = Line(suyuan, console, "--links", "on", "--rate", "60000")
        self.brand, self.gtin = self.line.brand, self.line.gtin
        self.people = {role: Person(console, db, self.brand, role) for role in ROLES}
        for person in self.people.values():
            person.token = person._computed_token()
        self.admin = self.people["admin"]
        self.targets = {}

    def target(self, kind, anew=False):
        """The one that is shared, or one that may be used up."""
        if anew:
            return kind(self)
        if kind not in self.targets:
            self.targets[kind] = kind(self)
        return self.targets[kind]


GUARDED = """
    SELECT c.oid::regclass::text, (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid
        AND (a.attname IN ('brand_id', 'gtin') OR (a.attname = 'id' AND c.relname = 'brand')) ORDER BY 1 LIMIT 1)
    FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.oid::regclass::text NOT IN ('audit.seal', 'audit.unsealed')
    AND c.relnamespace::regnamespace::text IN ('trace', 'code', 'pub', 'job', 'team', 'audit', 'draft', 'media')"""


class World:
    def __init__(self, suyuan, console, instance, db):
        kept = Kept(instance.env["SUYUAN_CONSOLE_URL"], instance.env["SUYUAN_CA"])
        self.db, self.console = db, kept
        self.own, self.strange = Side(suyuan, kept, db), Side(suyuan, kept, db)
        with db.cursor() as cursor:
            cursor.execute(GUARDED)
            tables = [(name, column) for name, column in cursor.fetchall() if column]
        self.sql = " UNION ALL ".join(
            f"SELECT '{name}', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {name} AS t "
            f"WHERE {column} = %({'gtin' if column == 'gtin' else 'brand'})s" for name, column in tables)
        self.before = None

    def rows(self):
        """What there is of the other brand, table by table."""
        with self.db.cursor() as cursor:
            cursor.execute(self.sql, {"gtin": int(self.strange.gtin), "brand": self.strange.admin.brand_id})
            return {name: (count, md5) for name, count, md5 in cursor.fetchall()}

    def settled(self):
        """The same, when background work that making the target began is done."""
        before = None
        for _ in range(40):
            now = self.rows()
            if now == before:
                break
            before = now
            time.sleep(0.15)
        return before

    def strange_target(self, kind):
        if kind not in self.strange.targets:
            self.strange.target(kind)
            self.before = self.settled()
        return self.strange.targets[kind]


@pytest.fixture(scope="module")
def world(suyuan, console, instance):
    db = conftest.connected(instance.env["DATABASE_URL"])
    yield World(suyuan, console, instance, db)
    db.close()


def path_of(entry, target):
    """The pattern with what belongs into its braces, and the query behind it."""
    values, _, query = entry["path"].partition("?")
    fill = lambda text: text.format(**{k: v for k, v in vars(target).items() if not k.startswith("_")})
    path = ROUTES[entry["name"]][1]
    for value in (v for v in values.split("/") if v):
        path = re.sub(r"\{\w+(\.\.\.)?\}", lambda _: fill(value), path, count=1)
    assert "{" not in path, path
    return path + ("?" + fill(query) if query else "")


def is_api(entry):
    return ROUTES[entry["name"]][1].startswith("/v1/")


def ask(person, entry, target, by_token=None):
    """The answer, and all that was sent."""
    method, path, body = ROUTES[entry["name"]][0], path_of(entry, target), entry["body"](target)
    key = uuid.uuid4().hex
    headers = entry["headers"](target)
    entry["before"](person)
    files = entry["files"](target) if callable(entry["files"]) else entry["files"]
    if by_token is None and entry["session"] and is_api(entry):
        answer = person.act(method, path, body, **headers)
    elif is_api(entry) if by_token is None else by_token:
        if entry["key"]:
            headers["Idempotency-Key"] = key
        answer = (person.ask(method, path, body, **headers) if files is None else
                  person.ask_with(path, body or {}, files, **headers))
    elif method == "GET":
        answer = person.page(path, **headers)
    elif files is not None:
        answer = person.upload(path, {"idempotency_key": key, **(body or {})}, files)
    elif method == "POST":
        answer = person.send(path, {"idempotency_key": key, **(body or {})})
    else:
        answer = person.console.request(method, path, person.headers({"Sec-Fetch-Site": "same-origin"}))
    return answer, path + repr(body)


def nothing_of(target, answer, sent):
    got = (answer.body + str(answer.headers).encode()).decode("utf-8", "replace")
    for mark in map(str, target.marks):
        assert mark in sent or mark not in got, (mark, got)


def guarded():
    return {name for name, (_, _, roles) in ROUTES.items() if roles}


def test_every_door_is_listed():
    assert guarded() == {d["name"] for d in DOORS}
    assert not [name for name, n in collections.Counter(d["name"] for d in DOORS).items() if n > 1]


KNOWN = [d for d in DOORS if d["name"] in guarded()]
IDS = [d["name"] for d in KNOWN]


def inside(entry):
    return [role for role in ROLES if role in ROUTES[entry["name"]][2]]


def outside(entry):
    return [role for role in ROLES if role not in ROUTES[entry["name"]][2]]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("entry", KNOWN, ids=IDS)
def test_of_its_own_brand_a_role_gets_what_is_said(world, entry, role):
    allowed = inside(entry)
    target = world.own.target(entry["of"], anew=entry["alters"] and role in allowed)
    answer, _ = ask(world.own.people[role], entry, target)
    if role not in allowed:
        assert answer.status == 403, (answer.status, answer.text)
    else:
        fine = FINE if entry["alters"] or role == allowed[0] else FINE | entry["again"]
        assert answer.status in fine | entry["own"], (answer.status, answer.text)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("entry", KNOWN, ids=IDS)
def test_of_another_brand_no_byte_comes_and_nothing_happens(world, entry, role):
    target = world.strange_target(entry["of"])
    answer, sent = ask(world.own.people[role], entry, target)
    assert answer.status in (entry["others"] if role in inside(entry) else {403}), (answer.status, answer.text)
    nothing_of(target, answer, sent)
    now = world.rows() if role == ROLES[-1] or answer.status in FINE else world.before
    assert now == world.before, {name: now[name] for name in now if now[name] != world.before[name]}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("entry", KNOWN, ids=IDS)
def test_the_other_way_in_opens_nothing(world, entry, role):
    """A token opens no page; a session reads the API, as a download's link does, and changes nothing there."""
    target = world.own.target(entry["of"])
    answer, sent = ask(world.own.people[role], entry, target, by_token=entry["session"] or not is_api(entry))
    if entry["session"] and is_api(entry):
        assert answer.status == 403 and (role not in inside(entry) or answer.json["code"] == "not_by_token"), answer.text
    elif is_api(entry) and ROUTES[entry["name"]][0] == "GET":
        assert answer.status in (FINE | entry["own"] if role in inside(entry) else {403}), (answer.status, answer.text)
    else:
        assert answer.status in SIGNED_OUT | ({200} if entry["name"] == "home" else {403, 404}), answer.text
        nothing_of(target, answer, sent)


class Nobody:
    """Asks as that person would, without what lets him in."""

    def __init__(self, person):
        self.console = person.console
        self.person = person

    def ask(self, *arguments, **more):
        return self._without(Person.ask, *arguments, **more)

    def act(self, *arguments, **more):
        return self._without(Person.act, *arguments, **more)

    def ask_with(self, *arguments, **more):
        return self._without(Person.ask_with, *arguments, **more)

    def page(self, *arguments, **more):
        return self._without(Person.page, *arguments, **more)

    def send(self, *arguments, **more):
        return self._without(Person.send, *arguments, **more)

    def upload(self, *arguments, **more):
        return self._without(Person.upload, *arguments, **more)

    def headers(self, more=()):
        return {"Accept-Language": "en", **dict(more)}

    def _without(self, method, *arguments, **more):
        stranger = Person.__new__(Person)
        stranger.__dict__.update(vars(self.person), session="", key="", token="0" * 64)
        return method(stranger, *arguments, **more)


@pytest.mark.parametrize("entry", KNOWN, ids=IDS)
def test_who_has_not_signed_in_gets_nothing(world, entry):
    target = world.own.target(entry["of"])
    answer, sent = ask(Nobody(world.own.admin), entry, target)
    assert answer.status in SIGNED_OUT | ({200} if entry["name"] == "home" else set()), answer.text
    nothing_of(target, answer, sent)


def test_there_are_cases_enough():
    assert len(KNOWN) * len(ROLES) * 3 + len(KNOWN) >= 2000, len(KNOWN)
