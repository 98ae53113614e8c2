"""What came from elsewhere is printed so that it cannot command the terminal, and secrets not at all."""
import json
import socket
import threading

import pytest

from steps import TOP

GTIN = "09506000740034"
EVIL = "\x1b]0;title\x07\x1b[31m \u009b2J"


def is_harmless(text):
    return not any(c < " " and c not in "\n\t" or "\x7f" <= c < "\xa0" for c in text)


@pytest.mark.parametrize("words", [
    [EVIL], ["batch", "--again", EVIL], ["brand", "add", EVIL, "--name", "en=x"], ["batch", EVIL],
    ["batch", "--list", "--config", f"/{EVIL}"], ["recall", "start", "--gtin", EVIL]])
def test_errors_do_not_command_the_terminal(suyuan, words):
    done = suyuan(*words)
    assert done.status != 0 and "\\x1b" in done.err and is_harmless(done.err)
    done = suyuan(*words, "--json")
    if done.err.startswith("{"):
        assert EVIL in json.loads(done.err)["error"] and is_harmless(done.err)


def test_an_error_is_json_whatever_bytes_are_in_it(suyuan):
    done = suyuan(b"a\xffb".decode("utf-8", "surrogateescape"), "--json")
    assert json.loads(done.err)["error"].startswith('no command "a\ufffdb"')


def test_lists_do_not_command_the_terminal(suyuan, owner_db):
    suyuan("brand", "add", "evil", "--name", f"en={EVIL}", status=1)
    suyuan("brand", "add", "evil", "--name", "en=x", status=0)
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE trace.brand SET name = jsonb_build_object('en', %s::text) WHERE slug = 'evil'", (EVIL,))
    suyuan("brand", "own", "evil", GTIN, status=0)
    suyuan("batch", "--gtin", GTIN, "--quantity", "1", status=0)
    suyuan("recall", "start", "--gtin", GTIN, "--reason", f"en={EVIL}", status=0)
    suyuan("recall", "end", "--gtin", GTIN, status=0)
    for words in (["brand", "list"], ["recall", "list"]):
        listed = suyuan(*words, status=0).out
        assert "title" in listed and is_harmless(listed), words


@pytest.mark.parametrize("url", [
    "postgresql://u:Swordfish%zz@%2Ftmp/x", "postgresql://u:Swordfish/x@localhost/x", "host=/x Swordfish",
    "postgresql://u:p@Swordfish@localhost:1/x", "postgresql://u:1/Swordfish@%2Ftmp/x"])
def test_a_malformed_database_url_is_not_quoted(suyuan, tmp_path, url):
    config = tmp_path / "suyuan.conf"
    config.write_text(f"database_url = {url}\n")
    done = suyuan("batch", "--list", "--config", config)
    assert done.status != 0 and "database" in done.err
    assert "Swordfish" not in done.out + done.err


def message(kind, body):
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def test_what_a_database_says_as_it_ends_stands_in_the_error_alone(suyuan, tmp_path):
    farewell = message(b"E", b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0")

    def serve():
        with server.accept()[0] as client:
            client.recv(4096)
            client.sendall(message(b"R", bytes(4)) + message(b"Z", b"I") + farewell)
            client.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        config = tmp_path / "suyuan.conf"
        config.write_text(f"database_url = host=127.0.0.1 port={server.getsockname()[1]} dbname=x user=x sslmode=disable\n")
        done = suyuan("batch", "--list", "--config", config, "--json")
        thread.join()
    assert done.status != 0 and "error" in json.loads(done.err)


def test_a_database_that_never_answers_is_given_up(suyuan, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = tmp_path / "suyuan.conf"
        config.write_text(f"database_url = host=127.0.0.1 port={server.getsockname()[1]} dbname=x user=x connect_timeout=1\n")
        done = suyuan("batch", "--list", "--config", config)
    assert done.status != 0 and "does not answer in time" in done.err


def test_a_report_does_not_replace_the_file_that_is_read(suyuan, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("gtin,name.en\n1,x\n")
    (tmp_path / "link").symlink_to(rows)
    profile = TOP / "conf/profiles/product.profile"
    for report in (rows, tmp_path / "link"):
        done = suyuan("import", "--brand", "nobody", "--profile", profile, "--report", report, rows, status=2)
        assert "is the file to be read" in done.err
    assert rows.read_text() == "gtin,name.en\n1,x\n"
