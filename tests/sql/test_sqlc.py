"""The generator that embeds SQL: what it accepts, what it refuses and in which words."""
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).parents[2]
SQLC = TOP / "build/tool/sqlc"


@pytest.fixture
def sqlc(tmp_path):
    def run(files, mode="queries"):
        """Runs it on {name: text}; (exit status, standard error, generated C or None)."""
        paths = []
        for name, text in files.items():
            path = tmp_path / name
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(path)
        out = tmp_path / "out"
        done = subprocess.run([SQLC, mode, out, *paths], capture_output=True, text=True, cwd=tmp_path)
        made = (tmp_path / "out.c").read_text() if done.returncode == 0 else None
        return done.returncode, done.stderr, made
    return run


def query(body, head="-- q: jobs"):
    return {"q.sql": f"{head}\n{body}\n"}


@pytest.mark.parametrize("body,head,parameters", [
    ("SELECT 1", "-- q: jobs", 0),
    ("SELECT 1;", "-- q: jobs", 0),
    ("SELECT 1; -- done\n/* really */ ", "-- q: jobs", 0),
    ("SELECT $1, $2", "-- q: jobs; $1 a, $2 b", 2),
    ("SELECT $2, $1", "-- q: jobs; $1 a\n-- and $2 b", 2),
    ("SELECT '$1; it''s', \"a;b\", $$;$1$$, $t$ $$ ; $t$", "-- q: jobs", 0),
    ("SELECT E'\\';', 'plain\\'", "-- q: jobs", 0),
    ("SELECT /* ; $1 /* nested; */ still */ 1 -- ; $3", "-- q: jobs", 0),
    ("SELECT a$1 FROM (VALUES (1)) AS v(a$1)", "-- q: jobs", 0),
    ("SELECT e'\\\\'", "-- q: lookup, console, jobs, operator", 0),
])
def test_accepts(sqlc, body, head, parameters):
    status, err, made = sqlc(query(body, head))
    assert status == 0, err
    assert f".parameters = {parameters}," in made


@pytest.mark.parametrize("body,head,line,reason", [
    ("SELECT 1; SELECT 2", "-- q: jobs", 2, "a second statement"),
    ("SELECT 1;\n\n;", "-- q: jobs", 4, "a second statement"),
    ("-- nothing", "-- q: jobs", 3, "no statement"),
    (";", "-- q: jobs", 3, "no statement"),
    ("SELECT 'a", "-- q: jobs", 2, "quote is never closed"),
    ("SELECT \"a", "-- q: jobs", 2, "quote is never closed"),
    ("SELECT 1\n/* a", "-- q: jobs", 3, "comment is never closed"),
    ("SELECT $x$ a", "-- q: jobs", 2, "dollar quote is never closed"),
    ("SELECT $ 1", "-- q: jobs", 2, "a lone $"),
    ("SELECT $0", "-- q: jobs", 2, "$1 to $32"),
    ("SELECT $33", "-- q: jobs", 2, "$1 to $32"),
    ("SELECT $2", "-- q: jobs; $1 a, $2 b", 1, "not used: $1"),
    ("SELECT $1", "-- q: jobs", 1, "does not say what this is: $1"),
    ("SELECT 1", "-- q: jobs; $1 a", 1, "explains what is not used: $1"),
    ("SELECT 1", "-- p: jobs", 1, "names another query: p"),
    ("SELECT 1", "-- q: nobody", 1, "unknown user"),
    ("SELECT 1", "-- q:", 1, "unknown user"),
    ("SELECT 1", "", 1, "the first line must be"),
    ("SELECT 1", "-- q", 1, "the first line must be"),
])
def test_refuses_with_file_and_line(sqlc, body, head, line, reason):
    status, err, _ = sqlc(query(body, head))
    assert status == 1 and f"q.sql:{line}: " in err and reason in err, err


@pytest.mark.parametrize("files,reason", [
    ({"Q.sql": "-- Q: jobs\nSELECT 1"}, "a-z, 0-9 and _ only"),
    ({"q.txt": "-- q: jobs\nSELECT 1"}, "must end in .sql"),
    ({"q.sql": b"-- q: jobs\nSELECT \0"}, "NUL"),
])
def test_refuses_files(sqlc, files, reason):
    status, err, _ = sqlc(files)
    assert status == 1 and reason in err, err


def test_says_every_fault_and_writes_nothing(sqlc, tmp_path):
    status, err, _ = sqlc({"a.sql": "SELECT 1", "b.sql": "-- b: jobs\nSELECT 'x", "c.sql": "-- c: jobs\nSELECT 1"})
    assert status == 1 and "a.sql:1" in err and "b.sql:2" in err and "c.sql" not in err
    assert not (tmp_path / "out.c").exists()


def test_what_is_embedded_is_what_stands_in_the_file(sqlc, tmp_path):
    """Through the compiler and back: quotes, backslashes, trigraphs, tabs, other alphabets."""
    text = '-- q: jobs\nSELECT E\'\\t\\\\ "x" ??/ %s 茶\',\n\t\'é\'  \n'
    status, err, _ = sqlc({"q.sql": text})
    assert status == 0, err
    (tmp_path / "store").mkdir()
    (tmp_path / "store/sql.h").write_text((tmp_path / "out.h").read_text())
    (tmp_path / "main.c").write_text('#include <stdio.h>\n#include "store/sql.h"\n'
                                     "int main(void) { fputs(sql_all[0]->text, stdout); return sql_count != 1; }\n")
    subprocess.run(["gcc", "-std=c11", "-I", tmp_path, "-I", TOP / "src", "-o", tmp_path / "main",
                    tmp_path / "main.c", tmp_path / "out.c"], check=True)
    assert subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout.decode() == text


@pytest.mark.parametrize("names,reason", [
    (["0001_a.sql", "0003_b.sql"], "without a gap"),
    (["0002_a.sql"], "without a gap"),
    (["0001_a.sql", "0001_b.sql"], "without a gap"),
    (["1_a.sql"], "NNNN_name.sql"),
    (["0001-a.sql"], "NNNN_name.sql"),
    (["0001_A.sql"], "NNNN_name.sql"),
])
def test_refuses_migrations_out_of_order(sqlc, names, reason):
    status, err, _ = sqlc({name: "SELECT 1;" for name in names}, "migrations")
    assert status == 1 and reason in err, err


def test_embeds_migrations_whole(sqlc):
    status, err, made = sqlc({"0001_a.sql": "CREATE TABLE a (); CREATE TABLE b ();"}, "migrations")
    assert status == 0, err
    assert '.number = 1,' in made and "CREATE TABLE a (); CREATE TABLE b ();" in made
