"""Every query file against a freshly migrated database, as every role that its head names."""
import pathlib
import re

import psycopg2
import pytest

from database import database

ROLES = {"lookup": "suyuan_public", "console": "suyuan_console", "jobs": "suyuan_jobs",
         "operator": "suyuan_owner"}
FILES = sorted((pathlib.Path(__file__).parents[2] / "src/store/sql").glob("*.sql"))
CASES = [(path, user.strip()) for path in FILES
         for user in path.read_text().splitlines()[0].partition(":")[2].partition(";")[0].split(",")]


@pytest.mark.parametrize("path,user", CASES, ids=[f"{p.stem}-{u}" for p, u in CASES])
def test_prepares_and_may_be_run_by_its_user(database, path, user):
    text = path.read_text()
    parameters = {int(n) for n in re.findall(r"\$(\d+)", text)}
    connection = database.connect(ROLES[user])
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE query AS {text}")
        nulls = ", ".join(["NULL"] * max(parameters, default=0))
        # Privileges are looked at when execution starts, which EXPLAIN does, too.
        cursor.execute("EXPLAIN (COSTS off) EXECUTE query" + (f"({nulls})" if nulls else ""))
    connection.close()


def test_every_file_is_tried():
    assert len(FILES) > 30 and {p.stem for p, _ in CASES} == {p.stem for p in FILES}


def test_refuses_a_user_without_the_right(database):
    """The test above can fail: the lookup role may not even plan a look at private data."""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        with database.connect("suyuan_public").cursor() as cursor:
            cursor.execute("PREPARE q AS SELECT name FROM trace.brand")
            cursor.execute("EXPLAIN EXECUTE q")
