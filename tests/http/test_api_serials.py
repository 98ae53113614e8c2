"""`/v1/serials`: what was made elsewhere is taken in, and each refused serial is named."""
import json
import urllib.parse

import pytest

from lines import Line, fresh_gtin, problem

MOST = 10000


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


def take(line, serials, **members):
    return line.post("/v1/serials", {"gtin": line.gtin, "serials": serials, **members})


def taken(answer):
    assert answer.status == 200, answer.text
    return tuple(answer.json[k] for k in ("read", "added", "known", "repeated")), [
        (r["position"], r["code"]) for r in answer.json["refused"]]


def one(line, serial, gtin=None):
    return line.get(f"/v1/serials/{gtin or line.gtin}/" + urllib.parse.quote(serial, safe=""))


def test_takes_in_and_tells_of_every_refused_one(line):
    serials = ["a1", "b 2", "a1", "", "x" * 21, 'q"/\'', ".", "é", "y" * 500, "c3"]
    answer = take(line, serials, lot="L1")
    assert taken(answer) == ((10, 3, 0, 1), [(2, "bad_character"), (4, "empty"), (5, "too_long"), (7, "dots"),
                                             (8, "bad_character"), (9, "too_long")])
    assert (answer.json["gtin"], answer.json["lot"]) == (line.gtin, "L1")
    assert [r["serial"] for r in answer.json["refused"]] == ["b 2", "", "x" * 21, ".", "é", None]
    assert "character 2" in answer.json["refused"][0]["reason"]


def test_the_same_again_changes_nothing(line):
    first = take(line, ["again-1", "again-2"])
    assert taken(first) == ((2, 2, 0, 0), [])
    assert taken(take(line, ["again-1", "again-2"])) == ((2, 0, 2, 0), [])
    assert taken(take(line, ["again-1", "!", "again-3"], lot="L9")) == ((3, 2, 0, 0), [(1, "other_lot")])


def test_shows_one_with_its_steps(line, owner_db):
    take(line, ['s"/1'], lot="L1")
    shown = one(line, 's"/1').json
    assert (shown["gtin"], shown["serial"], shown["lot"], shown["state"]) == (line.gtin, 's"/1', "L1", "provisioned")
    assert shown["steps"] == []
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT code.change_foreign(%s, %s, 'commissioned')", (int(line.gtin), ['s"/1']))
    assert [s["state"] for s in one(line, 's"/1').json["steps"]] == ["commissioned"]
    assert one(line, 's"/1').json["state"] == "commissioned"
    for missing in ("S\"/1", "nobody", "no such", "x" * 30):
        problem(one(line, missing), 404)
    problem(one(line, 's"/1', gtin="123"), 404)


def test_what_the_house_could_compute_is_refused(line, tmp_path):
    line.suyuan("batch", "--gtin", line.gtin, "--quantity", 3, "--out", tmp_path / "codes.csv", status=0)
    serials = [row.split("/21/")[1][:14] for row in (tmp_path / "codes.csv").read_text().splitlines() if "/21/" in row]
    assert len(serials) == 3
    assert taken(take(line, [serials[0], "fine", *serials[1:]]))[1] == [(1, "computed"), (3, "computed"), (4, "computed")]


def test_ten_thousand_at_once_and_no_more(line):
    serials = [f"many-{i:05d}" for i in range(MOST)]
    assert taken(take(line, serials)) == ((MOST, MOST, 0, 0), [])
    assert taken(take(line, serials)) == ((MOST, 0, MOST, 0), [])
    problem(take(line, [*serials, "one more"]), 400, "serials")


@pytest.mark.parametrize("serials", [[], None, "abc", {"a": 1}, ["a", 1], ["a", None], [["a"]]])
def test_what_is_no_list_of_texts_is_refused(line, serials):
    assert problem(take(line, serials), 400, "serials")["limit"]


@pytest.mark.parametrize("change,member", [({"gtin": "123"}, "gtin"), ({"gtin": None}, "gtin"), ({"lot": "a b"}, "lot"),
                                           ({"more": 1}, "more")])
def test_other_members_are_checked(line, change, member):
    problem(line.post("/v1/serials", {"gtin": line.gtin, "serials": ["m"], **change}), 400, member)


def test_a_line_brings_serials_of_its_gtins_only(line, suyuan, console):
    own, other = fresh_gtin(), fresh_gtin()
    suyuan("brand", "own", line.brand, own, other, status=0)
    narrow = Line(suyuan, console, "--gtin", own, brand=line.brand, gtins=[])
    narrow.gtin = own
    assert taken(take(narrow, ["n1"])) == ((1, 1, 0, 0), [])
    narrow.gtin = other
    problem(take(narrow, ["n1"]), 403, "gtin")
    take(line, ["n2"], gtin=other)
    problem(one(narrow, "n2", other), 404)
    assert one(line, "n2", other).status == 200
    stranger = Line(suyuan, console)
    problem(one(stranger, "n1", own), 404)
    stranger.gtin = own
    problem(take(stranger, ["n3"]), 403, "gtin")


def test_a_text_with_a_nul_is_refused_by_itself(line):
    body = json.dumps({"gtin": line.gtin, "serials": ["nul-1", "a\u0000b"]}).encode()
    assert taken(line.post("/v1/serials", body)) == ((2, 1, 0, 0), [(2, "bad_character")])
