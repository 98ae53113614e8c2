"""Signing in to the console: links, passwords, waits after wrong ones, codes, sessions, tokens, the team."""
import html
import re
import time
import uuid

import pytest

from conftest import connected
from lines import Line, problem
from people import PASSWORD, SAME, Guest, Person, code_of
from server import Server, wait_until


def fresh_name():
    return f"p{uuid.uuid4().hex[:14]}"


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


class Account:
    """Invited by an admin, its password set by the link."""

    def __init__(self, admin, console, *roles):
        self.name, self.console = fresh_name(), console
        made = admin.act("POST", "/v1/team", {"name": self.name, "roles": list(roles or ["viewer"])})
        assert made.status == 201, made.text
        self.link = made.json["link"]
        self.guest = Guest(console)
        answer = self.guest.welcome(self.link, PASSWORD)
        assert answer.status == 303, answer.text


@pytest.fixture
def admin(console, owner_db, line):
    return Person(console, owner_db, line.brand, "admin")


@pytest.fixture
def account(admin, console):
    return lambda *roles: Account(admin, console, *roles)


@pytest.fixture
def link(admin):
    """Of somebody who was invited just now."""
    return admin.act("POST", "/v1/team", {"name": fresh_name(), "roles": ["editor"]}).json["link"]


def token_of(page):
    return re.search(r'name="token" value="([0-9a-f]{64})"', page.text)[1]


def post(guest, path, **fields):
    """A form of a page of who signed in."""
    return guest.send(path, {"token": token_of(guest.page("/account")), **fields})


def forget_waits(owner_db):
    with owner_db.cursor() as cursor:
        cursor.execute("DELETE FROM team.slow")


@pytest.fixture(autouse=True)
def no_waits(owner_db):
    forget_waits(owner_db)
    yield
    forget_waits(owner_db)


# --- the link ---

def test_a_link_is_shown_by_looking_and_used_by_sending(suyuan, console, line, instance):
    name = fresh_name()
    link = suyuan("user", "add", name, "--brand", line.brand, "--role", "editor", status=0).out.strip()
    assert link.startswith(instance.env["SUYUAN_CONSOLE_URL"] + "/welcome/syl_")
    guest = Guest(console)
    for _ in range(3):
        page = guest.page(link)
        assert page.status == 200 and name in page.text and 'name="password"' in page.text
    assert guest.welcome(link, "short").status == 400
    answer = guest.welcome(link, PASSWORD)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert name in guest.page("/account").text
    again = Guest(console)
    assert again.welcome(link, PASSWORD).status == 410 and again.session is None
    assert again.page(link).status == 410 and "used or has ended" in again.page(link).text


def test_a_link_ends_after_a_day(suyuan, console, line, owner_db):
    name = fresh_name()
    link = suyuan("user", "add", name, "--brand", line.brand, "--role", "editor", status=0).out.strip()
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT p.ends_at - p.made_at FROM team.pass AS p JOIN team.account AS a ON a.id = p.account_id
            WHERE a.name = %s""", (name,))
        assert abs(cursor.fetchall()[0][0].total_seconds() - 86400) < 5
        cursor.execute("UPDATE team.pass SET ends_at = now() WHERE id = %s", (link.rpartition("/")[2][4:14],))
    assert Guest(console).welcome(link, PASSWORD).status == 410


@pytest.mark.parametrize("link", ["x", "syl_0000000000_" + "0" * 64, "%00", "a" * 10000], ids=["x", "unknown", "nul", "huge"])
def test_what_is_no_link_is_like_one_that_ended(console, link):
    assert Guest(console).page("/welcome/" + link).status in (400, 404, 410, 414, 431)
    assert Guest(console).send("/welcome", {"link": link, "password": PASSWORD, "again": PASSWORD}).status in (400, 410)


def test_a_link_of_another_site_is_not_taken(console, link):
    foreign = {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"}
    answer = Guest(console).send("/welcome", {"link": link.rpartition("/")[2], "password": PASSWORD, "again": PASSWORD},
                                 foreign)
    assert answer.status == 403
    assert Guest(console).welcome(link, PASSWORD).status == 303


@pytest.mark.parametrize("password,words", [
    ("elevenchars", "at least 12"), ("a" * 257, "256"), ("passwordpassword", "first that are tried"),
    ("123456789012", "first that are tried"), ("x" * 1000000, "256")],
    ids=["short", "long", "common", "row", "huge"])
def test_a_password_is_refused_at_its_field(console, link, password, words):
    answer = Guest(console).welcome(link, password)
    assert answer.status in (400, 413), answer.text
    assert answer.status == 413 or (words in answer.text or "too long" in answer.text) and password not in answer.text


def test_the_two_passwords_must_agree(console, link):
    answer = Guest(console).send("/welcome", {"link": link.rpartition("/")[2], "password": PASSWORD, "again": PASSWORD + "x"})
    assert answer.status == 400 and "differ" in answer.text


# --- the password ---

def test_signs_in_with_a_cookie_for_this_host_and_no_script(account, console):
    who = account()
    guest = Guest(console)
    answer = guest.sign_in(who.name.upper(), PASSWORD)
    assert (answer.status, answer.headers["location"]) == (303, "/"), answer.text
    [cookie] = [c for c in answer.headers.get_all("set-cookie") if c.startswith("__Host-suyuan=")]
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Domain" not in cookie and guest.session != who.guest.session  # another id each time
    assert guest.page("/account").status == 200


@pytest.mark.parametrize("name,password", [("", ""), ("x", ""), ("nobody", PASSWORD), ("nobody\x00", PASSWORD),
                                           ("n" * 100000, "p" * 100000)],
                         ids=["empty", "half", "unknown", "nul", "huge"])
def test_what_is_wrong_lets_nobody_in(console, name, password):
    guest = Guest(console)
    assert guest.sign_in(name, password).status in (400, 401) and guest.session is None


def test_an_unknown_name_is_answered_like_a_wrong_password(account, console):
    texts = [Guest(console).sign_in(name, "not the password") for name in (account().name, fresh_name())]
    assert [t.status for t in texts] == [401, 401]
    assert re.sub(r'value="[^"]*"', "", texts[0].text) == re.sub(r'value="[^"]*"', "", texts[1].text)


def test_the_hash_is_argon2id_and_no_role_reads_it(account, owner_db, instance, superuser_db):
    who = account()
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT s.password FROM team.secret AS s JOIN team.account AS a ON a.id = s.account_id "
                       "WHERE a.name = %s", (who.name,))
        assert cursor.fetchall()[0][0].startswith("$argon2id$v=19$m=65536,t=2,p=1$")
    with superuser_db.cursor() as cursor:
        cursor.execute("""SELECT r.rolname, t FROM pg_roles AS r, unnest(ARRAY['secret', 'recovery', 'place', 'slow']) AS t
            WHERE r.rolname IN ('suyuan_console', 'suyuan_jobs', 'suyuan_public')
            AND has_table_privilege(r.rolname, 'team.' || t, 'SELECT, INSERT, UPDATE, DELETE')""")
        assert cursor.fetchall() == []


def test_wrong_ones_make_wait_longer_and_say_how_long(account, console, owner_db):
    who = account()
    with owner_db.cursor() as cursor:  # from elsewhere than where he signed in
        cursor.execute("DELETE FROM team.place")
    guest, waits = Guest(console), []
    for _ in range(12):
        answer = guest.sign_in(who.name, "not the password")
        if answer.status == 429:
            waits.append(int(answer.headers["retry-after"]))
            assert f"Wait {waits[-1]} seconds" in answer.text
            assert guest.sign_in(who.name, PASSWORD).status == 429  # the right one, too
            with owner_db.cursor() as cursor:
                cursor.execute("UPDATE team.slow SET until = now()")
        else:
            assert answer.status == 401
    assert waits and waits == sorted(waits) and waits[-1] > waits[0] and max(waits) <= 60, waits
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE team.slow SET until = now()")
    assert guest.sign_in(who.name, PASSWORD).status == 303
    assert guest.sign_in(who.name, "not the password").status == 401  # counted from the beginning


def test_whoever_tries_elsewhere_does_not_lock_the_owner_out(account, console, owner_db):
    who = account()
    with owner_db.cursor() as cursor:
        cursor.execute("""INSERT INTO team.slow SELECT sha256(convert_to('account ' || %s, 'UTF8')), 100, now(),
            now() + interval '1 minute'""", (who.name,))
    assert Guest(console).sign_in(who.name, PASSWORD).status == 303


def test_an_office_of_one_address_does_not_wait_for_its_forgetful_colleague(account, console, suyuan, owner_db):
    who, other = account(), account()
    for name in [other.name, who.name] * 26:
        Guest(console).sign_in(name, "not the password")
    with owner_db.cursor() as cursor:  # however long those tries took
        cursor.execute("UPDATE team.slow SET until = now() + interval '1 minute' WHERE until > at")
    assert [Guest(console).sign_in(a.name, PASSWORD).status for a in (other, who)] == [429, 429]
    browser = who.guest
    assert browser.send("/sign-out", {}).status == 303 and browser.known
    assert browser.sign_in(who.name, PASSWORD).status == 303
    # It speaks for its own account alone, has its own limit, and ends with the password.
    assert browser.sign_in(other.name, PASSWORD).status == 429
    guest = Guest(console)
    guest.known = browser.known
    tries = [guest.sign_in(who.name, "not the password").status for _ in range(14)]
    assert tries[0] == 401 and tries[-1] == 429
    forget_waits(owner_db)
    link = suyuan("user", "link", who.name, status=0).out.strip()
    assert Guest(console).welcome(link, "yet another one").status == 303
    with owner_db.cursor() as cursor:
        cursor.execute("""INSERT INTO team.slow SELECT sha256(convert_to('place ' || %s || ' ' || p.household, 'UTF8')), 100,
            now(), now() + interval '1 minute' FROM team.place AS p JOIN team.account AS a ON a.id = p.account_id
            WHERE a.name = %s""", (who.name, who.name))
    assert guest.sign_in(who.name, "yet another one").status == 429


def test_an_operator_ends_the_wait(account, console, owner_db, suyuan):
    who = account()
    with owner_db.cursor() as cursor:
        cursor.execute("DELETE FROM team.place")
        cursor.execute("""INSERT INTO team.slow SELECT sha256(convert_to('account ' || %s, 'UTF8')), 100, now(),
            now() + interval '1 minute'""", (who.name,))
    assert Guest(console).sign_in(who.name, PASSWORD).status == 429
    suyuan("user", "unlock", who.name, status=0)
    assert Guest(console).sign_in(who.name, PASSWORD).status == 303


def test_an_address_waits_whatever_names_it_tries(console, owner_db):
    statuses = {Guest(console).sign_in(fresh_name(), "not the password").status for _ in range(24)}
    assert statuses == {401, 429}


def test_changing_the_password_ends_other_sessions(account, console):
    who = account()
    other = Guest(console)
    assert other.sign_in(who.name, PASSWORD).status == 303
    wrong = post(who.guest, "/account/password", current="not this", password="another long one", again="another long one")
    assert wrong.status == 403 and "not your password" in wrong.text
    done = post(who.guest, "/account/password", current=PASSWORD, password="another long one", again="another long one")
    assert (done.status, done.headers["location"]) == (303, "/account?done=password_changed"), done.text
    assert "password is changed" in who.guest.page(done.headers["location"]).text
    assert other.page("/account").status == 303
    assert Guest(console).sign_in(who.name, PASSWORD).status == 401
    assert Guest(console).sign_in(who.name, "another long one").status == 303


# --- sessions ---

def test_signing_out_ends_the_session_itself(account):
    who = account()
    kept = who.guest.session
    assert who.guest.send("/sign-out", {}).status == 303 and who.guest.session is None
    who.guest.session = kept
    assert who.guest.page("/account").status == 303


def test_sessions_are_listed_and_ended(account, console):
    who = account()
    other = Guest(console)
    other.sign_in(who.name, PASSWORD)
    page = who.guest.page("/account")
    [end] = re.findall(r'action="(/account/sessions/[^"]+/end)"', page.text)  # not one's own
    assert post(who.guest, end).status == 303
    assert other.page("/account").status == 303 and who.guest.page("/account").status == 200


def test_a_session_ends_unused_and_in_any_case(account, console, owner_db):
    for column in ("seen_at = now() - interval '31 minutes'", "ends_at = now()"):
        who = account()
        with owner_db.cursor() as cursor:
            cursor.execute("SELECT ends_at - made_at, idle FROM team.pass WHERE id = %s", (who.guest.session[4:14],))
            [(life, idle)] = cursor.fetchall()
            assert (round(life.total_seconds()), idle.total_seconds()) == (43200, 1800)
            cursor.execute(f"UPDATE team.pass SET {column} WHERE id = %s", (who.guest.session[4:14],))
        assert who.guest.page("/account").status == 303


def test_who_is_ended_is_out_at_once(account, suyuan, console):
    who = account()
    suyuan("user", "end", who.name, status=0)
    assert who.guest.page("/account").status == 303
    assert Guest(console).sign_in(who.name, PASSWORD).status == 401


# --- the second factor ---

def turn_on(who):
    """The secret, the step that was used, the recovery codes."""
    assert post(who.guest, "/account/totp").headers["location"] == "/account/totp"
    page = who.guest.page("/account/totp")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)[1]
    step = int(time.time()) // 30  # holds while the password is checked, even when the next one begins
    done = post(who.guest, "/account/totp/on", password=PASSWORD, code=code_of(secret, step))
    assert done.status == 200, done.text
    codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", done.text)
    assert len(set(codes)) == 10
    return secret, step, codes


def test_a_code_is_asked_for_and_counts_once(account, console):
    who = account()
    secret, step, codes = turn_on(who)
    guest = Guest(console)
    page = guest.sign_in(who.name, PASSWORD)
    assert page.status == 200 and guest.session is None and 'name="ticket"' in page.text
    assert guest.code(page, "000000").status == 403 and guest.session is None
    assert guest.code(page, code_of(secret, step)).status == 403  # used when it was turned on
    assert guest.code(page, code_of(secret, step + 1)).status == 303
    assert guest.page("/account").status == 200
    page = Guest(console).sign_in(who.name, PASSWORD)
    assert Guest(console).code(page, code_of(secret, step + 1)).status == 403
    assert Guest(console).code(page, codes[3].lower()).status == 303
    page = Guest(console).sign_in(who.name, PASSWORD)
    assert Guest(console).code(page, codes[3]).status == 403
    assert Guest(console).code(page, codes[4].replace("-", " ")).status == 303


def test_a_ticket_is_no_session_and_ends(account, console, owner_db):
    who = account()
    secret, step, _ = turn_on(who)
    page = Guest(console).sign_in(who.name, PASSWORD)
    guest = Guest(console)
    guest.session = re.search(r'name="ticket" value="([^"]+)"', page.text)[1]
    assert guest.page("/account").status == 303
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE team.pass SET ends_at = now() WHERE kind = 'ticket'")
    answer = Guest(console).code(page, code_of(secret, step + 1))
    assert answer.status == 410 and "took too long" in answer.text


def test_codes_cannot_be_tried_at_will(account, console):
    who = account()
    turn_on(who)
    page = Guest(console).sign_in(who.name, PASSWORD)
    assert [Guest(console).code(page, f"{i:06d}").status for i in range(8)][-1] == 429


def test_turning_it_off_needs_a_code(account, console):
    who = account()
    secret, step, codes = turn_on(who)
    assert post(who.guest, "/account/totp/off", password=PASSWORD, code="123456").status == 403
    assert post(who.guest, "/account/totp").status == 409
    assert who.guest.page("/account/totp.svg").status == 404  # never told again
    assert post(who.guest, "/account/totp/off", password=PASSWORD, code=codes[0]).status == 303
    assert Guest(console).sign_in(who.name, PASSWORD).status == 303


def test_the_picture_is_the_secret(account, tmp_path):
    import subprocess
    import zxingcpp
    from PIL import Image
    who = account()
    post(who.guest, "/account/totp")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", who.guest.page("/account/totp").text)[1]
    picture = who.guest.page("/account/totp.svg")
    assert picture.headers["content-type"] == "image/svg+xml" and picture.headers["cache-control"] == "no-store"
    (tmp_path / "qr.svg").write_bytes(picture.body)
    subprocess.run(["rsvg-convert", "-w", "600", "-o", tmp_path / "qr.png", tmp_path / "qr.svg"], check=True)
    [found] = zxingcpp.read_barcodes(Image.open(tmp_path / "qr.png"))
    assert found.text == f"otpauth://totp/Suyuan:{who.name}?secret={secret}&issuer=Suyuan"


def test_a_new_link_does_not_go_round_the_code(account, console, suyuan):
    who = account()
    secret, step, _ = turn_on(who)
    link = suyuan("user", "link", who.name, status=0).out.strip()
    guest = Guest(console)
    page = guest.welcome(link, "quite another password")
    assert page.status == 200 and guest.session is None
    assert who.guest.page("/account").status == 303  # the old sessions have ended
    assert guest.code(page, code_of(secret, step + 1)).status == 303


# --- tokens ---

def test_a_token_is_told_once_and_revoked(account, console):
    who = account()
    made = post(who.guest, "/account/tokens", password=PASSWORD, label="reports", days="30")
    token = re.search(r"<code>(syt_[0-9A-Z]{10}_[0-9a-f]{64})</code>", made.text)[1]
    ask = lambda: console.get("/v1/account", {"Authorization": f"Bearer {token}"})
    assert ask().json["tokens"][0]["label"] == "reports"
    page = who.guest.page("/account")
    assert token not in page.text and "reports" in page.text
    [end] = re.findall(r'action="(/account/tokens/[^"]+/end)"', page.text)
    assert post(who.guest, end).status == 303
    assert ask().status == 401


def test_the_same_by_the_api(console, owner_db, line):
    who = Person(console, owner_db, line.brand, "viewer")
    made = who.act("POST", "/v1/account/tokens", {"password": PASSWORD, "label": "x", "days": 1})
    assert made.status == 201 and made.json["token"].startswith("syt_")
    assert who.ask("DELETE", f"/v1/account/tokens/{made.json['id']}").status == 200
    assert who.ask("DELETE", f"/v1/account/tokens/{made.json['id']}").status == 404
    offer = who.act("POST", "/v1/account/totp").json
    assert f"secret={offer['secret']}" in offer["uri"]
    on = who.act("POST", "/v1/account/totp/on", {"password": PASSWORD, "code": code_of(offer["secret"])})
    assert len(on.json["recovery_codes"]) == 10
    off = {"password": PASSWORD, "code": on.json["recovery_codes"][0]}
    assert who.act("POST", "/v1/account/totp/off", off).status == 200
    problem(who.act("PUT", "/v1/account/password", {"current": "x", "password": "short"}), 400, "password")
    problem(who.act("PUT", "/v1/account/password", {"current": "x", "password": "long enough it is"}), 403, "current")


# --- what more than a session is asked for ---

def test_who_finds_a_browser_open_opens_no_further_way_in(account, console, owner_db):
    who = account()
    assert post(who.guest, "/account/totp").status == 303
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", who.guest.page("/account/totp").text)[1]
    wrong = {"password": "not the password"}
    for path, fields in (("tokens", {"label": "x", "days": "1"}), ("totp/on", {"code": code_of(secret)})):
        refused = post(who.guest, "/account/" + path, **wrong, **fields)
        assert refused.status == 403 and "not your password" in refused.text, refused.text
        assert post(who.guest, "/account/" + path, **fields).status == 400
    secret, _, codes = turn_on(who)
    assert post(who.guest, "/account/totp/off", **wrong, code=codes[0]).status == 403
    assert post(who.guest, "/account/totp/off", code=codes[0]).status == 400
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT count(*) FILTER (WHERE p.kind = 'token'), count(s.totp_at) FROM team.account AS a
            JOIN team.secret AS s ON s.account_id = a.id JOIN team.pass AS p ON p.account_id = a.id
            WHERE a.name = %s AND p.ended_at IS NULL""", (who.name,))
        [(tokens, on)] = cursor.fetchall()
        assert tokens == 0 and on
    waits = [post(who.guest, "/account/tokens", **wrong, label="x", days="1").status for _ in range(6)]
    assert waits[-1] == 429  # as at signing in
    assert post(who.guest, "/account/totp/off", password=PASSWORD, code=codes[0]).status == 429


def test_the_error_stands_in_the_form_that_was_sent(account):
    who = account()
    page = post(who.guest, "/account/tokens", password="not the password", label="reports", days="3").text
    assert len(re.findall(r'aria-invalid="true"', page)) == 1 and 'href="#token-password"' in page
    assert re.search(r'<input id="token-password"[^>]*aria-invalid="true"', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), ids


TOKEN_REFUSED = [("POST", "/v1/account/tokens", {"password": PASSWORD, "label": "x", "days": 1}),
                 ("PUT", "/v1/account/password", {"current": PASSWORD, "password": "a wholly new one"}),
                 ("POST", "/v1/account/totp", None), ("POST", "/v1/account/totp/on", {"password": PASSWORD, "code": "1"}),
                 ("POST", "/v1/account/totp/off", {"password": PASSWORD, "code": "1"}),
                 ("POST", "/v1/team", {"name": "x", "roles": ["admin"]}), ("POST", "/v1/team/{id}/link", None),
                 ("PUT", "/v1/team/{id}/roles", {"roles": ["admin"]})]


@pytest.mark.parametrize("method,path,body", TOKEN_REFUSED)
def test_a_token_makes_nothing_that_outlives_it(console, owner_db, line, admin, method, path, body):
    path = path.replace("{id}", str(Person(console, owner_db, line.brand, "viewer").id))
    answer = admin.ask(method, path, body)
    assert answer.status == 403 and answer.json["code"] == "not_by_token", answer.text
    # Nor does another site by the session of who looks at it.
    assert admin.act(method, path, body, Sec_Fetch_Site="cross-site").status == 401
    if body is not None:
        assert admin.act(method, path, body, Content_Type="text/plain").status == 401


def test_a_new_password_ends_tokens_however_it_came(account, console, suyuan):
    who = account()
    for change in ("own", "link"):
        made = post(who.guest, "/account/tokens", password=PASSWORD, label="x", days="1")
        token = re.search(r"syt_[0-9A-Z]{10}_[0-9a-f]{64}", made.text)[0]
        ask = lambda: console.get("/v1/account", {"Authorization": f"Bearer {token}"}).status
        assert ask() == 200
        if change == "own":
            new = {"password": "another long one", "again": "another long one"}
            assert post(who.guest, "/account/password", current=PASSWORD, **new).status == 303
            back = {"password": PASSWORD, "again": PASSWORD}
            assert post(who.guest, "/account/password", current="another long one", **back).status == 303
        else:
            assert Guest(console).welcome(suyuan("user", "link", who.name, status=0).out.strip(), "yet another one").status == 303
        assert ask() == 401


def test_an_admin_makes_no_link_for_himself(admin):
    refused = admin.act("POST", f"/v1/team/{admin.id}/link")
    assert refused.status == 409 and refused.json["code"] == "own_link"


def test_the_secret_of_a_second_factor_is_sealed(account, console, owner_db):
    import base64
    who = account()
    secret, step, _ = turn_on(who)
    raw = base64.b32decode(secret)
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT s.account_id, s.totp FROM team.secret AS s JOIN team.account AS a ON a.id = s.account_id "
                       "WHERE a.name = %s", (who.name,))
        [(number, kept)] = cursor.fetchall()
        assert len(bytes(kept)) == 49 and raw not in bytes(kept)
        # One from before stands in the clear, lets in all the same and is sealed by that.
        cursor.execute("UPDATE team.secret SET totp = %s, totp_step = 0 WHERE account_id = %s", (raw, number))
        page = Guest(console).sign_in(who.name, PASSWORD)
        assert Guest(console).code(page, code_of(secret, step + 1)).status == 303
        cursor.execute("SELECT totp FROM team.secret WHERE account_id = %s", (number,))
        again = bytes(cursor.fetchone()[0])
        assert len(again) == 49 and raw not in again and again != bytes(kept)
        # Of another account it opens nothing.
        other = account()
        turn_on(other)
        cursor.execute("""UPDATE team.secret SET totp = %s, totp_step = 0 WHERE account_id =
            (SELECT id FROM team.account WHERE name = %s)""", (again, other.name))
    page = Guest(console).sign_in(other.name, PASSWORD)
    assert Guest(console).code(page, code_of(secret)).status == 403


# --- the team ---

def test_an_admin_invites_changes_and_ends(account, console):
    admin = account("admin")
    name = fresh_name()
    made = post(admin.guest, "/team", name=name, role_viewer="on", role_quality="on")
    link = html.unescape(re.search(r"<code>(https://[^<]+/welcome/syl_[^<]+)</code>", made.text)[1])
    guest = Guest(console)
    assert guest.welcome(link, PASSWORD).status == 303
    team = admin.guest.page("/team")
    [path] = re.findall(rf'<a href="(/team/\d+)">{name}<', team.text)
    assert post(admin.guest, f"{path}/roles", role_editor="on").status == 303
    assert "Editor" in guest.page("/account").text and "Quality" not in guest.page("/account").text
    assert post(admin.guest, f"{path}/roles").status == 400
    assert post(admin.guest, f"{path}/end").status == 303
    assert guest.page("/account").status == 303
    assert post(admin.guest, "/team", name=name, role_viewer="on").status == 409


def test_the_last_admin_stays(suyuan, console):
    line = Line(suyuan, console)
    name = fresh_name()
    admin = Guest(console)
    admin.welcome(suyuan("user", "add", name, "--brand", line.brand, "--role", "admin", status=0).out.strip(), PASSWORD)
    [path] = re.findall(rf'<a href="(/team/\d+)">{name}<', admin.page("/team").text)
    assert post(admin, f"{path}/end").status == 409
    assert post(admin, f"{path}/roles", role_viewer="on").status == 409
    assert "last admin" in suyuan("user", "end", name, status=1).err
    suyuan("user", "add", fresh_name(), "--brand", line.brand, "--role", "admin", status=0)
    assert post(admin, f"{path}/end").status == 303


def test_two_admins_who_end_each_other_leave_one(suyuan, console, owner_db):
    import threading
    line = Line(suyuan, console)
    pair = [Person(console, owner_db, line.brand, "admin") for _ in range(2)]
    threads = [threading.Thread(target=a.ask, args=("DELETE", f"/v1/team/{b.id}")) for a, b in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM team.account WHERE brand_id = %s AND ended_at IS NULL", (pair[0].brand_id,))
        assert cursor.fetchall() == [(1,)]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a b", "", "x" * 1000000, "\u0007bell", "名"],
                         ids=["markup", "blank", "empty", "huge", "control", "chinese"])
def test_a_name_is_refused_at_its_field(account, name):
    answer = post(account("admin").guest, "/team", name=name, role_viewer="on")
    assert answer.status in (400, 413) and "<script>alert" not in answer.text


def test_no_secret_is_logged(account, console, instance, suyuan, line):
    who = account("admin")
    secret, _, codes = turn_on(who)
    made = post(who.guest, "/account/tokens", password=PASSWORD, label="x", days="1")
    token = re.search(r"syt_[0-9A-Z]{10}_([0-9a-f]{64})", made.text)[1]
    Guest(console).page(who.link)
    Guest(console).sign_in(who.name, PASSWORD)
    time.sleep(0.3)
    for name in ("console", "postgres", "jobs"):
        log = instance.log(name).read_text(errors="replace")
        for word in (PASSWORD, who.link.rpartition("_")[2], secret, codes[0], token,
                     who.guest.session.rpartition("_")[2]):
            assert word not in log, (name, word)


def test_more_passwords_than_can_be_checked_are_told_to_wait(account, console, owner_db):
    from concurrent.futures import ThreadPoolExecutor
    with owner_db.cursor() as cursor:
        cursor.execute("DELETE FROM team.place")
    names = [account().name for _ in range(2)]
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda i: Guest(console).sign_in(fresh_name(), PASSWORD), range(40)))
    assert {a.status for a in answers} <= {401, 429, 503}
    assert all(int(a.headers["retry-after"]) > 0 for a in answers if a.status in (429, 503))
    forget_waits(owner_db)
    assert Guest(console).sign_in(names[0], PASSWORD).status == 303


def test_a_field_without_a_hint_has_none(console):
    page = Guest(console).page("/sign-in").text
    assert re.findall(r'<p class="hint" id="\w+-hint">([^<]*)</p>', page) == ["", ""]


# --- a console without an administrator ---

def test_a_console_without_an_administrator_says_what_to_run(instance, empty_database, suyuan, tmp_path):
    config = tmp_path / "suyuan.conf"
    text = instance.config.read_text()
    config.write_text(re.sub(r"(?m)^(database_url = ).*", lambda m: m[1] + empty_database, text))
    suyuan("--config", config, "migrate", status=0)
    secret = (instance.var / "secrets/suyuan_console").read_text().strip()
    url = re.sub(r"//[^@]*@", f"//suyuan_console:{secret}@", empty_database)
    with Server(build="release", program_name="console", master_key_file=tmp_path / "none", console_database_url=url,
                body_kb=65536) as server:
        wait_until(lambda: server.get("/sign-in").status == 200, 20)  # connected
        page = server.get("/sign-in").body.decode()
        assert "suyuan user add NAME" in page and "no administrator" in page
        suyuan("--config", config, "brand", "add", "b", "--name", "en=B", status=0)
        suyuan("--config", config, "user", "add", "x", "--brand", "b", "--role", "admin", status=0)
        assert "suyuan user add" not in server.get("/sign-in").body.decode()
        no_link_says_what_the_request_said(server, empty_database)
        no_form_is_too_large_to_be_refused(server, empty_database)


def no_form_is_too_large_to_be_refused(server, database):
    """Where the operator allows bodies larger than a request's memory."""
    workers, db = server.workers, connected(database)
    who = Person(Raw(server, "localhost"), db, "b", "admin")
    who.token = who._computed_token()
    for size, statuses in ((1 << 20, {400}), ((4 << 20) - 300, {400}), (5 << 20, {413}), (60 << 20, {413})):
        long = "a" * size
        assert Raw(server, "localhost").request("POST", "/sign-in", SAME, f"name={long}&password=x".encode()).status in statuses
        assert who.send("/account/tokens", {"label": long, "days": "1", "password": "x"}).status in statuses
    parts = {"label": "a" * (5 << 20), "title": "b" * (4 << 20)}
    for path in ("/papers", "/photos"):
        answer = who.upload(path, parts, {})
        assert answer.status in (400, 403), (path, answer.status)
    assert server.workers == workers
    db.close()


class Raw:
    """A console that is told any Host."""

    def __init__(self, server, host):
        self.server, self.host = server, host

    def request(self, method, path, headers, body=None):
        lines = "".join(f"{k}: {v}\r\n" for k, v in {**headers, "Host": self.host}.items())
        head = f"{method} {path} HTTP/1.1\r\n{lines}Content-Length: {len(body or b'')}\r\n\r\n"
        return self.server.ask(head.encode() + (body or b""))


def no_link_says_what_the_request_said(server, database):
    """Of a console whose operator set no console_url."""
    db = connected(database)
    for host in ("localhost", "localhost:9999"):
        admin = Person(Raw(server, host), db, "b", "admin")
        made = admin.act("POST", "/v1/team", {"name": fresh_name(), "roles": ["viewer"]})
        assert made.status == 201 and set(made.json) == {"path", "id", "ends_at"}, made.text
        assert made.json["path"].startswith("/welcome/syl_")
        admin.token = admin._computed_token()
        page = admin.send("/team", {"name": fresh_name(), "role_viewer": "on"})
        assert re.search(r"<code>/welcome/syl_[^<]+</code>", page.text) and "set console_url" in page.text
        assert "9999" not in page.text
    db.close()
