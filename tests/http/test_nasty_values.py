"""Every door of the console given values that readers and databases stumble over, one at a time, wherever a value
goes: into the path, the query, each member of the body. Whatever is said, it is never that the server failed, and
never the database's own words."""
import copy
import re
import urllib.parse

import pytest
from hypothesis import given, strategies as st

import conftest
import test_role_matrix as matrix
from examples import examples
from steps import TOP

TEXTS = [
    "", " ", "a" * 201, "a" * 5000, "x" * 21, "\\", "\\N", "{}", "[]", "null", "true", "'", '"', "%", "%00", "%s%n", ".", "..",
    "../..", "/", "*", "?", "#", "|", "\x00", "a\x00b", "\x01", "\t", "\n", "\r\n", "\x7f", "\x80", "\xa0", "\ufeff", "\u202e", "\uffff",
    "\U0001f600", "e\u0301", "0", "-0", "-1", "1e99", "1e-99", "NaN", "Infinity", "9" * 60, "0." + "1" * 60, "2147483648",
    "9223372036854775808", "00000000000000", "99999999999999", "0001-01-01", "0000-00-00", "9999-12-31", "10000-01-01",
    "2026-02-30", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+15:59", "24:00", "infinity", "now", "4714-11-24 BC",
    "Etc/GMT-8", "posixrules", "und", "zz-ZZ-x", "https://[::1]/?a=%zz#f", "javascript:alert(1)", "gs1:pip",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "09506000134352", "9506000134352"]
OTHERS = [None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**40, 1.5, -0.0, 1e308, [], {}, [[]], [{}], [None], [""], {"": ""},
          {"en": None}, {"en": "\x00"}, {"en": ""}, {"xx": "a"}, [1] * 1001, ["a"] * 300, {"a": {"a": {"a": 1}}}]
QUERIES = sorted(set(re.findall(r"name: (\w+)\s+in: query", (TOP / "conf/openapi.yaml").read_text())))
DATABASE_WORDS = re.compile(rb"violates|invalid input syntax|(check|unique|foreign key|not-null) constraint|SQLSTATE")


@pytest.fixture(scope="module")
def side(suyuan, console, instance):
    db = conftest.connected(instance.env["DATABASE_URL"])
    kept = matrix.Kept(instance.env["SUYUAN_CONSOLE_URL"], instance.env["SUYUAN_CA"])
    yield matrix.Side(suyuan, kept, db)
    db.close()


def places(body, at=()):
    """Where values stand in a body."""
    inner = body.items() if isinstance(body, dict) else enumerate(body[:3]) if isinstance(body, list) else ()
    return ([at] if at else []) + [place for key, value in inner for place in places(value, at + (key,))]


def changed(body, at, value):
    body = copy.deepcopy(body)
    inner = body
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return body


def escaped(text):
    return urllib.parse.quote(text, safe="")  # knows no braces, which path_of() fills


def spoilt(entry, target, data):
    """The door asked with one value changed."""
    values, mark, query = entry["path"].partition("?")
    parts, body = [v for v in values.split("/") if v], entry["body"](target)
    asked, api = matrix.ROUTES[entry["name"]][0] == "GET", matrix.is_api(entry)
    where = data.draw(st.sampled_from([("body", at) for at in places(body)] + [("path", i) for i in range(len(parts))]
                                      + [("query", name) for name in QUERIES if asked] or [None]))
    if where is None:
        return entry
    if where[0] == "body":
        value = data.draw(st.sampled_from(TEXTS + OTHERS if api else TEXTS))
        return {**entry, "body": lambda t: changed(body, where[1], value)}
    value = escaped(data.draw(st.sampled_from(TEXTS[1:])))
    if where[0] == "query":
        return {**entry, "path": f"{entry['path']}{'&' if mark else '?'}{where[1]}={value}"}
    parts[where[1]] = value
    return {**entry, "path": "/".join(parts) + mark + query}


@pytest.mark.parametrize("entry", matrix.KNOWN, ids=matrix.IDS)
@examples(3)
@given(data=st.data())
def test_no_value_makes_the_server_fail(side, entry, data):
    target = side.target(entry["of"], anew=False)
    answer, sent = matrix.ask(side.people[matrix.inside(entry)[-1]], spoilt(entry, target, data), target)
    assert answer.status < 500, (answer.status, sent[:400], answer.body[:300])
    assert answer.status < 400 or not DATABASE_WORDS.search(answer.body), (sent[:400], answer.body)


@pytest.mark.parametrize("name, member, value", [
    ("design_make", "name", "\x80"), ("recall_lift", "reason", "a\x00b"), ("hold_release", "reason", "\x00")])
def test_a_control_character_is_refused_as_such(side, name, member, value):
    [entry] = [e for e in matrix.KNOWN if e["name"] == name]
    target = side.target(entry["of"])
    asked = {**entry, "body": lambda t: {**entry["body"](t), member: value}}
    answer, _ = matrix.ask(side.people[matrix.inside(entry)[-1]], asked, target)
    assert answer.status == 400 and answer.json["code"] in ("control", "body_unreadable"), answer.text
