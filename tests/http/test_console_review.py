"""What an attack on the console found, each once: requests without what every browser sends, doors that were
wider than their twins."""
import pytest

import conftest
from lines import Line
from people import Person

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
        assert people["admin"].ask("POST", "/v1/team", b"{}").status == 415


def test_a_pin_without_content_type_is_refused_and_ends_no_worker(instance, https):
    for _ in range(4):
        assert https.request("POST", instance.env["SUYUAN_SAMPLE_URI"], {}, b"pin=123456").status == 415
