"""Every page of the console and every form on it, found by walking: pages are well-formed, and what no form may be sent
is refused with a message, changing nothing."""
import re

import pytest

import crawl
from company import Company
from people import SAME, Person

OURS = {"token", "idempotency_key", "back"}  # what the page itself says beside the fields
TYPED = {"text", "search", "email", "url", "tel", "number", "date", "datetime-local", "color", "password", "lines", "select"}
CHINESE = {"Accept-Language": "zh-CN"}
ALERT = re.compile(r'role="alert"[^>]*>(?:<h2>[^<]*</h2>)?\s*(.*?)</(?:div|p)>', re.S)
# A whole word; a refusal that has words of English alone has no code of messages.def.
SAID_IN_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
# Signing in and out are no changes of a brand; a search changes nothing however it is asked.
NO_CHANGE = re.compile(r"^/(sign-in|sign-out)\b")


@pytest.fixture(scope="module")
def company(suyuan, tmp_path_factory):
    return Company(suyuan, tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def admin(company, console, instance):
    import conftest
    return Person(console, conftest.connected(instance.env["DATABASE_URL"]), company.slug, "admin")


@pytest.fixture(scope="module")
def walked(admin):
    return crawl.walk(admin.page)


@pytest.fixture(scope="module")
def forms(walked):
    """One of each kind."""
    found = {}
    for page in walked[0].values():
        for form in page.forms:
            if form.method == "post" and not NO_CHANGE.match(form.action):
                found.setdefault(form.pattern(), form)
    return list(found.values())


def test_every_link_leads_somewhere(walked):
    pages, others = walked
    assert len(pages) > 1 and not others, others


def test_every_page_is_well_formed_and_named(walked):
    faults = {path: page.faults for path, page in walked[0].items() if page.faults}
    assert not faults, faults
    assert not [path for path, page in walked[0].items() if page.lang != "en" or page.headings != 1]


def test_every_page_is_there_in_chinese(admin, walked):
    for path in walked[0]:
        answer = admin.page(path, Accept_Language="zh-CN", **{"Accept-Language": "zh-CN"})
        assert answer.status == 200 and '<html lang="zh-CN">' in answer.text, path


def test_every_form_has_the_token_of_its_session(admin, forms):
    token = admin.form_token()
    assert forms
    for form in forms:
        assert form.values().get("token") == token, (form.page, form.action)


def state(db, brand_id):
    """How much there is of the brand in every table that knows brands, but what looking itself writes."""
    counts = {}
    with db.cursor() as cursor:
        cursor.execute("""SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
            WHERE c.relkind = 'r' AND a.attname = 'brand_id' AND NOT a.attisdropped
            AND c.relnamespace::regnamespace::text IN ('trace', 'code', 'job', 'team', 'audit', 'pub')""")
        for (table,) in cursor.fetchall():
            if table in ("code.line_rate", "job.brand_turn", "audit.seal", "audit.unsealed"):  # others write these
                continue
            order = "id" if table == "audit.entry" else None
            cursor.execute(f"""SELECT count(*), coalesce(md5(string_agg(md5((to_jsonb(t) - 'seen_at')::text), ''
                ORDER BY {order or "md5((to_jsonb(t) - 'seen_at')::text)"})), '') FROM {table} AS t WHERE brand_id = %s""",
                           (brand_id,))
            counts[table] = cursor.fetchone()
    return counts


def sent(admin, form, values):
    if form.upload:
        return admin.upload(form.action, values, {}, **CHINESE)
    return admin.send(form.action, values, {**SAME, **CHINESE})


def taken(answer, form, what):
    """What is wrong with a refusal; all of them are looked at before a test fails."""
    where = (form.page, form.action, what, answer.status)
    if not 400 <= answer.status < 500:
        return [where + (answer.text[:300],)]
    if not answer.headers["content-type"].startswith("text/html"):
        return []
    page = crawl.Page(form.action, answer.text)
    alerts = ALERT.findall(answer.text)
    return ([where + ("no alert",)] * (not alerts) + [where + (f,) for f in page.faults]
            + [where + ("not in Chinese", alert) for alert in alerts if not SAID_IN_CHINESE.search(alert)])


@pytest.fixture
def unchanged(admin, owner_db):
    before = state(owner_db, admin.brand_id)
    yield
    after = state(owner_db, admin.brand_id)
    assert {t: n for t, n in after.items() if n != before[t]} == {}


@pytest.mark.parametrize("token", ["", "0" * 64, "x" * 100000])
def test_a_form_without_its_token_changes_nothing(admin, forms, unchanged, token):
    for form in forms:
        answer = sent(admin, form, {**form.values(), "token": token})
        assert answer.status in (403, 413), (form.action, answer.status)


HOSTILE = {"a million bytes": "a" * 10**6, "a control character": "a\x01b", "an escape": "\x1b[2J", "a C1 control": "a\u0085b"}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_values_are_refused_and_change_nothing(admin, forms, unchanged, what):
    wrong = []
    for form in forms:
        for field in form.fields:
            if field.name in OURS or field.kind not in TYPED | {"hidden"}:
                continue
            wrong += taken(sent(admin, form, {**form.values(), field.name: HOSTILE[what]}), form, (field.name, what))
    assert not wrong, '\n'.join(map(str, wrong))


def test_bytes_that_are_no_text_are_refused(admin, forms, unchanged):
    wrong = []
    for form in forms:
        for field in [f for f in form.fields if f.name not in OURS and f.kind in TYPED][:3]:
            if form.upload:
                continue
            body = f"token={admin.form_token()}&{field.name}=%ff%fe%00".encode()
            answer = admin.console.request("POST", form.action, admin.headers(
                {**SAME, **CHINESE}), body)
            wrong += taken(answer, form, (field.name, "no text"))
    assert not wrong, '\n'.join(map(str, wrong))


def test_a_field_nobody_asked_for_is_refused(admin, forms, unchanged):
    wrong = []
    for form in forms:
        wrong += taken(sent(admin, form, {**form.values(), "brand_id": "1"}), form, "another field")
    assert not wrong, '\n'.join(map(str, wrong))


def test_a_form_of_another_site_is_refused(admin, forms, unchanged):
    for form in forms:
        answer = admin.send(form.action, form.values(), {"Sec-Fetch-Site": "cross-site",
                                                         "Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status in (403, 415), (form.action, answer.status)
