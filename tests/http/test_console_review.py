"""What an attack on the console found, each once: requests without what every browser sends, doors that were
wider than their twins, texts without end, and rights that outlived their role."""
import pytest

import conftest
from lines import Line
from people import Person
from server import wait_until

PAGES = ["/sign-in", "/sign-in/code", "/welcome", "/sign-out"]


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture(scope="module")
def people(instance, console, line):
    db = conftest.connected(instance.env["DATABASE_URL"])
    yield {role: Person(console, db, line.brand, role) for role in ("line", "editor", "admin")}
    db.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_form_without_content_type_is_refused_and_ends_no_worker(console, path):
    # Several: what stood in memory by chance decided what became of it.
    for _ in range(4):
        assert console.request("POST", path, {"Sec-Fetch-Site": "same-origin"}, b"name=a&password=b").status == 415


def test_json_without_content_type_is_refused_and_ends_no_worker(people):
    for _ in range(4):
        assert people["admin"].ask("POST", "/v1/fields/publish", b"{}").status == 415


def test_a_pin_without_content_type_is_refused_and_ends_no_worker(instance, https):
    for _ in range(4):
        assert https.request("POST", instance.env["SUYUAN_SAMPLE_URI"], {}, b"pin=123456").status == 415


def test_who_only_packs_changes_no_links_by_the_doors_of_lines(line, people):
    link = {"link_type": "gs1:pip", "href": "https://example.com/", "title": "Tea"}
    given = {"gtin": line.gtin, "links": [link]}
    remove = f"/v1/links?gtin={line.gtin}&link_type=gs1:pip"
    assert people["line"].ask("PUT", "/v1/links", given).status == 403
    assert people["editor"].ask("PUT", "/v1/links", given).json["added"] == 1
    assert people["line"].ask("DELETE", remove).status == 403
    assert people["line"].get(f"/v1/links?gtin={line.gtin}").json["links"]
    assert people["editor"].ask("DELETE", remove).status == 200


def test_who_packs_cancels_no_publication_and_no_import(line, people):
    editor, packer = people["editor"], people["line"]
    draft = editor.ask("PUT", "/v1/fields", {"version": editor.get("/v1/fields").json["draft"]["version"],
                                             "choices": {"lot.number": "show"}}).json
    job = editor.ask("POST", "/v1/fields/schedule", {"version": draft["version"], "at": "2030-01-01T00:00"}).json["job"]
    for refused in (line.send("DELETE", f"/v1/jobs/{job}"), packer.ask("DELETE", f"/v1/jobs/{job}"),
                    packer.send(f"/jobs/{job}/cancel", {})):
        assert refused.status == 403
    assert editor.get(f"/v1/jobs/{job}").json["state"] == "waiting"
    assert editor.ask("POST", "/v1/fields/cancel", {"id": int(job)}).json == {"state": "cancelled"}


def test_one_person_with_two_accounts_is_no_second_person(suyuan, console, owner_db):
    """Made, given roles, or let in anew by who proposes; the other way round; both by a third."""
    line = Line(suyuan, console)
    make = lambda *roles: Person(console, owner_db, line.brand, *roles)
    ann, old, far = make("admin", "quality"), make("admin"), make("quality")

    def lay(path, body, method="POST"):
        answer = ann.act(method, path, body)
        assert answer.status in (200, 201), answer.text

    def proposed(by):
        recall = by.ask("POST", "/v1/recalls/count", {"by": "product", "gtin": line.gtin, "kind": "recall"}).headers["location"]
        assert by.ask("POST", recall + "/texts", {"reason": {"en": "Glass"}}).status == 200
        assert by.ask("POST", recall + "/start", {}).json["result"] == "proposed"
        return recall

    assert line.post("/v1/batches", {"gtin": line.gtin, "quantity": 5, "lot": "HAND"}, "hand").status == 201
    assert ann.ask("POST", "/v1/recalls/rule", {"two_persons": True}).json["result"] == "rule_proposed"
    assert old.ask("POST", "/v1/recalls/rule", {"two_persons": True}).json["result"] == "rule_changed"
    roled, linked, third = make("viewer"), make("quality"), make("quality")
    lay(f"/v1/team/{roled.id}/roles", {"roles": ["quality"]}, "PUT")
    lay(f"/v1/team/{linked.id}/link", None)
    with owner_db.cursor() as cursor:  # by way of an account in ann's hand
        cursor.execute("INSERT INTO team.hand VALUES (%s, %s)", (third.id, linked.id))
    recall = proposed(ann)
    for second in (roled, linked, third):
        refused = second.ask("POST", recall + "/approve", {})
        assert (refused.status, refused.json["code"]) == (403, "halt_one_hand"), refused.text
        page = second.send(recall.removeprefix("/v1") + "/approve", {})
        assert page.status == 403 and "Another person must approve" in page.text
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry WHERE action = 'one_hand' AND who = ANY (%s)",
                       ([f"user:{p.name}" for p in (roled, linked, third)],))
        assert cursor.fetchall() == [(6,)]
    assert far.ask("POST", recall + "/decline", {"reason": "no"}).status == 200
    recall = proposed(roled)
    for second in (ann, linked):
        assert second.ask("POST", recall + "/approve", {}).json["code"] == "halt_one_hand"
    assert ann.get(recall).json["state"] == "counted" or ann.get(recall).json["state"] == "proposed"
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE team.hand SET at = now() - team.hand_time() WHERE by_account = %s", (ann.id,))
    assert linked.ask("POST", recall + "/approve", {}).json["result"] == "started"
    assert ann.ask("POST", recall + "/lift", {"reason": "over"}).json["result"] == "proposed"
    assert far.ask("POST", recall + "/approve", {}).json["result"] == "lifted"


def test_a_look_has_no_end_of_languages(people):
    editor = people["editor"]
    many = {f"about.{a}{b}": "x" for a in "abcd" for b in "abcdefghijkl"}
    refused = editor.ask("PATCH", "/v1/look", {"name.en": "Tea", **many})
    assert refused.status == 400 and refused.json["limit"] == 40
    assert editor.ask("PATCH", "/v1/look", {"name.en": "Tea", **dict(list(many.items())[:40])}).status == 200


@pytest.mark.parametrize("leaves", ["loses the role", "ends"])
def test_who_may_publish_no_more_has_scheduled_only_what_hides(suyuan, console, owner_db, leaves):
    shop = Line(suyuan, console)
    editor, admin = (Person(console, owner_db, shop.brand, role) for role in ("editor", "admin"))
    for choices, at in (({"lot.number": "show"}, None), ({"lot.number": "hide", "lot.quantity": "show"}, "2030-01-01T00:00")):
        version = editor.get("/v1/fields").json["draft"]["version"]
        version = editor.ask("PUT", "/v1/fields", {"version": version, "choices": choices}).json["version"]
        if at is None:
            editor.ask("POST", "/v1/fields/publish", {"version": version})
    job = editor.ask("POST", "/v1/fields/schedule", {"version": version, "at": at}).json["job"]
    if leaves == "ends":
        assert admin.ask("DELETE", f"/v1/team/{editor.id}").status in (200, 204)
    else:
        assert admin.act("PUT", f"/v1/team/{editor.id}/roles", {"roles": ["viewer"]}).status in (200, 204)
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE job.job SET turn_at = now() WHERE id = %s", (job,))
        wait_until(lambda: admin.get(f"/v1/jobs/{job}").json["state"] == "done", 20)
        cursor.execute("SELECT details FROM audit.entry WHERE action = 'left_out' AND object = 'job.job ' || %s", (job,))
        assert cursor.fetchall() == [({"lot.quantity": "show"},)]
    own = admin.get("/v1/fields").json["own"]
    assert own["lot.number"] == "hide" and own.get("lot.quantity", "hide") == "hide"


def test_what_a_request_is_called_tells_nothing(console):
    """Neither how many there were between two, nor which came first."""
    names = [int(console.get("/v1/account").json["instance"].rpartition(":")[2], 16) for _ in range(24)]
    steps = [(b - a) % 2**64 for a, b in zip(names, names[1:])]
    assert len(set(names)) == 24 and len(set(steps)) == 23
    assert all(2**32 < step < 2**64 - 2**32 for step in steps), steps
    assert names != sorted(names)
