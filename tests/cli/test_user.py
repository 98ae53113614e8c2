"""`suyuan user`: people are made by a link, changed, ended; what is wrong is said."""
import re
import uuid

import pytest


@pytest.fixture(scope="module")
def brand(suyuan):
    slug = f"brand-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", slug, "--name", f"en={slug}", status=0)
    return slug


def fresh_name():
    return f"u{uuid.uuid4().hex[:12]}"


def test_prints_a_link_that_is_kept_nowhere(suyuan, brand, owner_db):
    name = fresh_name()
    made = suyuan("user", "add", name, "--brand", brand, "--role", "admin", "--role", "quality", "--json", status=0).json
    secret = re.fullmatch(r"https://[^/]+/welcome/syl_[0-9A-Z]{10}_([0-9a-f]{64})", made["link"])[1]
    [user] = [u for u in suyuan("user", "list", "--brand", brand, "--json", status=0).json_lines if u["user"] == name]
    assert user == {"brand": brand, "user": name, "roles": "quality,admin", "has_password": False, "totp": False,
                    "seen_at": "", "ended_at": ""}
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT p::text FROM team.pass AS p WHERE id = %s", (made["id"],))
        [(row,)] = cursor.fetchall()
    assert secret not in row


def test_is_made_changed_and_ended(suyuan, brand):
    name, keeper = fresh_name(), fresh_name()
    suyuan("user", "add", keeper, "--brand", brand, "--role", "admin", status=0)
    suyuan("user", "add", name, "--brand", brand, "--role", "viewer", status=0)
    assert "name already" in suyuan("user", "add", name, "--brand", brand, "--role", "viewer", status=1).err
    suyuan("user", "set", name, "--role", "editor", "--role", "line", status=0)
    token = suyuan("user", "token", name, "--label", "reports", "--days", "2", status=0).out.strip()
    assert re.fullmatch(r"syt_[0-9A-Z]{10}_[0-9a-f]{64}", token)
    [shown] = suyuan("user", "sessions", name, "--json", status=0).json_lines
    assert (shown["id"], shown["kind"], shown["label"]) == (token[4:14], "token", "reports")
    suyuan("user", "sessions", name, "--end", token[4:14], status=0)
    assert suyuan("user", "sessions", name, status=0).out == ""
    assert suyuan("user", "sessions", name, "--end", token[4:14], status=1).err
    suyuan("user", "unlock", name, "--forget-code", status=0)
    assert "/welcome/syl_" in suyuan("user", "link", name, status=0).out
    suyuan("user", "end", name, status=0)
    assert "ended" in [l for l in suyuan("user", "list", "--brand", brand).out.splitlines() if name in l][0]
    suyuan("user", "link", name, status=1)


@pytest.mark.parametrize("arguments,status,words", [
    ((), 2, "say add"), (("add", "x"), 2, "--brand"), (("add", "x", "--brand", "BRAND"), 2, "--role"),
    (("add", "x", "--brand", "BRAND", "--role", "king"), 2, "one of admin"), (("set", "nobody-here", "--role", "line"), 1, "no user"),
    (("add", "A b", "--brand", "BRAND", "--role", "line"), 1, "a-z"), (("add", "x", "--brand", "none", "--role", "line"), 1, "none"),
    (("token", "x", "--days", "0"), 2, "days"), (("link",), 2, "NAME")])
def test_what_is_wrong_is_said(suyuan, brand, arguments, status, words):
    done = suyuan("user", *[brand if a == "BRAND" else a for a in arguments])
    assert done.status == status and words in done.err, done.err


def test_the_last_admin_of_a_brand_stays(suyuan):
    slug, name = f"brand-{uuid.uuid4().hex[:12]}", fresh_name()
    suyuan("brand", "add", slug, "--name", f"en={slug}", status=0)
    suyuan("user", "add", name, "--brand", slug, "--role", "admin", status=0)
    for verb in (("end",), ("set", "--role", "viewer")):
        assert "last admin" in suyuan("user", verb[0], name, *verb[1:], status=1).err
