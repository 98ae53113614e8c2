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
