"""People at the console: let in by a session or a token, to the pages of their roles and no others."""
import pytest

from lines import Line
from people import Person


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def person(console, owner_db, line):
    return lambda *roles: Person(console, owner_db, line.brand, *roles)


def test_a_session_opens_the_overview_and_names_the_brand(person, line):
    page = person("editor").page("/")
    assert page.status == 200 and line.brand in page.text and 'aria-current="page"' in page.text


def test_nobody_is_let_in_where_his_role_is_not(person):
    assert person("viewer").page("/labels").status == 403
    assert person("line").page("/labels").status == 200
    assert person("viewer").ask("POST", "/v1/batches", {"gtin": "1", "quantity": 1}, Idempotency_Key="1").status == 403


def test_what_an_auditor_reads_is_logged(person, owner_db, line):
    reader = person("auditor")
    assert reader.get("/v1/batches?cursor=").status in (200, 400)
    assert reader.get("/v1/batches").status == 200
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT action, object, via FROM audit.entry WHERE who = %s ORDER BY id DESC LIMIT 1",
                       ("user:" + reader.name,))
        assert cursor.fetchall() == [("read", "/v1/batches", "batch_list")]
