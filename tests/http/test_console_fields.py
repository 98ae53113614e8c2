"""What the public sees, chosen at the console: drafts, preview, publishing, the law, going back; and that nothing
finer than what was chosen is in any public answer."""
import datetime
import json
import random
import re
import time
import urllib.parse
import uuid

import pytest

from conftest import connected
from lines import fresh_gtin
from patience import Limit
from people import Person
from shop import Shop

ZONE = "Asia/Kathmandu"


class Brand:
    """A brand with a product, a lot with everything in it, a code in use, and people."""

    def __init__(self, suyuan, console, lookup, db, folder):
        self.console, self.lookup, self.db, self.folder = console, lookup, db, folder
        self.slug = f"fields-{uuid.uuid4().hex[:10]}"
        self.shop = Shop(suyuan, folder, self.slug, en=self.slug)
        self.gtin = fresh_gtin()
        suyuan("brand", "own", self.slug, self.gtin, status=0)
        self.mark = uuid.uuid4().hex[:8]
        number = int(self.gtin)
        with db.cursor() as cursor:
            cursor.execute("SELECT id FROM trace.brand WHERE slug = %s", (self.slug,))
            [(self.id,)] = cursor.fetchall()

            def add(table, **columns):
                columns = {"brand_id": self.id, **columns}
                cursor.execute(f"INSERT INTO trace.{table} ({', '.join(columns)}) VALUES "
                               f"({', '.join(['%s'] * len(columns))})", list(columns.values()))

            def words(text):
                return json.dumps({"en": f"{text} {self.mark}"})
            add("facility", code="F", name=words("factory"), country="NP", place=words("valley"), time_zone=ZONE)
            add("supplier", code="S", name=words("supplier"), country="CN", place=words("region"))
            add("product", gtin=number, name=words("tea"), care=words("dry"), origin_country="NP",
                origin_place=words("hill"), category='{"en": "Tea"}', internal_note=f"secret {self.mark}")
            add("lot", gtin=number, lot="L1", facility="F", produced_on="2026-03-14", best_before="2031-07-21",
                quantity="1234", unit="kg", internal_note=f"secret {self.mark}")
            add("material", gtin=number, position=1, name=words("leaf"), supplier="S", country="CN")
            add("step", gtin=number, lot="L1", position=1, name=words("rolling"), facility="F",
                started_at="2026-03-14 04:05:06Z", operator=f"operator {self.mark}")
            add("inspection", gtin=number, lot="L1", test_code="T", test=words("lead"), value="0.1234", unit="mg/kg",
                verdict="pass", measured_at="2026-03-15 03:02:01Z")
        [self.code] = self.shop.codes(self.gtin, lot="L1")
        self.editor = Person(console, db, self.slug, "editor")
        self.second = Person(console, db, self.slug, "editor")
        self.viewer = Person(console, db, self.slug, "viewer")

    def public(self, form="application/json"):
        """What customers are answered."""
        answer = self.lookup.get(self.code.path, {"Accept": form, "Accept-Language": "en"})
        assert answer.status == 200, answer.text
        return answer

    def everywhere(self):
        return "\n".join(self.public(form).text for form in (
            "application/json", "text/html", "application/ld+json", "application/linkset+json"))

    def scope(self, product):
        return "/v1/fields" + (f"/{self.gtin}" if product else "")

    def draft(self, choices, product=False, who=None, status=200, **more):
        answer = (who or self.editor).ask("PUT", self.scope(product), {"choices": choices, **more})
        assert answer.status == status, answer.text
        return answer.json

    def publish(self, product=False, status=200, **more):
        answer = self.editor.ask("POST", "/v1/fields/publish", {**({"gtin": self.gtin} if product else {}), **more})
        assert answer.status == status, answer.text
        return answer.json

    def choose(self, choices, product=False):
        self.draft(choices, product)
        return self.publish(product)

    def known(self, product=False, who=None):
        answer = (who or self.editor).get(self.scope(product))
        assert answer.status == 200, answer.text
        return answer.json


@pytest.fixture(scope="module")
def make(instance, suyuan, console, https, tmp_path_factory):
    db = connected(instance.env["DATABASE_URL"])
    yield lambda: Brand(suyuan, console, https, db, tmp_path_factory.mktemp("fields"))
    db.close()


@pytest.fixture(scope="module")
def brand(make):
    return make()


def eventually(condition, seconds=1.0):
    """Within a second, as promised, whatever is cached."""
    limit = Limit(seconds)
    while not condition():
        if limit.is_over():
            return False
        time.sleep(0.01)
    return True


# --- choosing, publishing, what it looks like ---

def _file(brand, content):
    path = brand.folder / "picture"
    path.write_bytes(content)
    return path


def test_a_draft_is_private_until_it_is_published(brand):
    brand.draft({"product.name": "show"})
    assert brand.mark not in brand.everywhere()
    assert brand.publish()["at_once"] is True
    assert eventually(lambda: f"tea {brand.mark}" in brand.public().text)
    assert brand.known()["versions"][0]["changes"] == {"product.name": ["hide", "show"]}


def test_the_page_lists_every_field_with_a_value_of_a_real_item(brand):
    page = brand.editor.page("/fields")
    assert page.status == 200
    for name in ("product.name", "lot.best_before", "inspection.value", "document.digest"):
        assert f'name="{name}"' in page.text
    assert "21 Jul 2031" in page.text.replace("\xa0", " ") and "0.1234\u202fmg/kg" in page.text and "Operator of a step" in page.text
    assert f"secret {brand.mark}" not in page.text
    assert 'src="/fields/preview?' in page.text
    chinese = brand.console.get("/fields", brand.editor.headers({"Accept-Language": "zh-CN"}))
    assert "保质期至" in chinese.text


def test_values_are_shown_as_customers_read_them(brand):
    page = brand.editor.page("/fields").text.replace("\xa0", " ")
    for shown in ("Nepal", "China", "1234\u202fkg", "Passed", "14 Mar 2026 09:50"):
        assert f"</small>{shown}</p>" in page, shown
    chinese = brand.editor.page("/fields", **{"Accept-Language": "zh-CN"}).text
    for shown in ("尼泊尔", "合格", "2031年7月21日", f'<span lang="en">tea {brand.mark}</span>'):
        assert f"</small>{shown}</p>" in chinese, shown


def test_a_form_saves_shows_the_difference_and_publishes(make):
    brand = make()
    sent = brand.editor.send("/fields/draft", {"gtin": "", "version": "0", "product.care": "show"})
    assert (sent.status, sent.headers["location"]) == (303, "/fields?done=saved")
    page = brand.editor.page("/fields")
    assert "<ins>Shown</ins>" in page.text
    sent = brand.editor.send("/fields/draft", {"gtin": "", "version": str(brand.known()["draft"]["version"])})
    assert (sent.status, sent.headers["location"]) == (303, "/fields?done=discarded")
    page = brand.editor.page("/fields?done=discarded")
    assert "The draft is discarded." in page.text and "<ins>" not in page.text
    brand.draft({"product.care": "show"})
    version = str(brand.known()["draft"]["version"])
    sent = brand.editor.send("/fields/publish", {"gtin": "", "version": version})
    assert (sent.status, sent.headers["location"]) == (303, "/fields?done=published")
    assert eventually(lambda: f"dry {brand.mark}" in brand.public().text)
    with brand.db.cursor() as cursor:
        cursor.execute("""UPDATE trace.brand SET time_zone = %s WHERE id = %s
            RETURNING (SELECT to_char(max(made_at) AT TIME ZONE %s, 'YYYY-MM-DD HH24:MI') FROM trace.field_version WHERE brand_id = %s)""",
                       ("Europe/Berlin", brand.id, "Europe/Berlin", brand.id))
        [(local,)] = cursor.fetchall()
    assert f"{local} · {brand.editor.name}" in brand.editor.page("/fields").text, "by the brand's clock"
    assert brand.known()["zone"] == "Europe/Berlin", "which goes before that of its factory"


def test_a_viewer_reads_and_changes_nothing(brand):
    assert brand.viewer.page("/fields").status == 200
    assert brand.viewer.ask("PUT", "/v1/fields", {"choices": {}}).status == 403
    assert brand.viewer.send("/fields/publish", {"gtin": "", "version": "0"}).status == 403


# --- the preview ---

def preview(brand, **query):
    return brand.editor.get("/v1/fields/preview?" + urllib.parse.urlencode(query))


def test_the_preview_is_the_page_that_customers_would_get(make):
    brand = make()
    brand.draft({"product.name": "show", "lot.produced_on": "month", "step.name": "show", "step.time": "date"})
    shown = preview(brand, code=brand.code.url).json
    assert brand.mark not in brand.everywhere()
    brand.publish()
    assert eventually(lambda: brand.public().json.get("lot") != {})
    real = brand.public().json
    for part in ("brand", "product", "lot"):
        assert {**shown[part], "updated": 0} == {**real[part], "updated": 0}, part
    assert shown["lot"]["produced_on"] == "2026-03" and shown["item"]["serial"] == brand.code.serial
    assert shown["verdict"]["code"] == real["verdict"]["code"] == "active"


def test_the_preview_ends_the_day_where_the_public_page_does(make):
    brand = make()
    day = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=11)).date()
    with brand.db.cursor() as cursor:
        cursor.execute("""INSERT INTO trace.lot (brand_id, gtin, lot, best_before, replaces)
            SELECT brand_id, gtin, lot, %s, id FROM trace.lot_now WHERE brand_id = %s""", (day, brand.id))
    brand.choose({"product.name": "show", "lot.best_before": "show"})
    for zone, said in (("Etc/GMT+12", "active"), ("Pacific/Kiritimati", "expired")):
        assert brand.editor.ask("PUT", "/v1/checks/time-zone", {"time_zone": zone}).status == 200
        assert preview(brand, code=brand.code.url).json["verdict"]["code"] == said
        assert eventually(lambda: brand.public().json["verdict"]["code"] == said)
    brand.draft({"product.name": "show", "lot.best_before": "hide"})
    assert preview(brand, code=brand.code.url).json["verdict"]["code"] == "active", "a private date says nothing"


def test_the_preview_knows_serials_made_elsewhere(make, tmp_path):
    brand = make()
    (tmp_path / "list").write_text("in/active\nold 1\n".replace(" ", "-"))
    brand.shop("serials", "import", "--gtin", brand.gtin, "--lot", "L1", tmp_path / "list", status=0)
    brand.choose({"product.name": "show", "lot.number": "show"})
    uri = f"https://example.com/01/{brand.gtin}/21/in%2Factive"
    real = brand.lookup.get(urllib.parse.urlsplit(uri).path, {"Accept": "application/json", "Accept-Language": "en"}).json
    for query in ({"code": uri}, {"code": "old-1", "gtin": brand.gtin}):
        shown = preview(brand, **query)
        assert shown.status == 200, shown.text
        assert shown.json["verdict"]["code"] == real["verdict"]["code"] and shown.json["lot"]["lot"] == "L1"
    assert preview(brand, code=uri).json["item"]["serial"] == real["item"]["serial"] == "in/active"
    assert preview(brand, code=uri.replace("active", "none")).status == 404


def test_the_preview_has_photo_and_logo(make):
    from pictures import png
    brand = make()
    brand.shop("photo", "set", "--gtin", brand.gtin, _file(brand, png(60, 40)), status=0)
    brand.draft({"product.photo": "show"})
    page = brand.editor.page("/fields/preview?in=en")
    [name] = re.findall(r'src="(/media/[0-9a-f]{64}\.jpg)"', page.text)
    assert brand.editor.page(name).headers["content-type"] == "image/jpeg"
    assert "img-src 'self'" in page.headers["content-security-policy"]
    # Of the same origin, or the browser asks for it without who asks; without scripts and forms.
    assert 'sandbox="allow-same-origin"' in brand.editor.page("/fields").text
    assert brand.lookup.get(name).status == 404


def test_a_product_is_found_by_how_its_name_or_gtin_begins(make):
    brand = make()
    for q, found in (("", True), ("TEA", True), (brand.gtin.lstrip("0")[:9], True), ("coffee", False), ("'; --", False)):
        page = brand.editor.page("/fields?" + urllib.parse.urlencode({"q": q})).text
        assert (f'href="/fields/{brand.gtin}"' in page) == found, q
        products = brand.editor.get("/v1/fields?" + urllib.parse.urlencode({"q": q})).json["products"]
        assert [p["gtin"] for p in products] == [brand.gtin] * found
    assert brand.editor.get("/v1/fields?q=" + "x" * 401).status == 400
    assert brand.editor.get("/v1/fields?after=" + brand.gtin).json["products"] == []


def test_the_preview_follows_choices_not_yet_saved_and_publishes_nothing(make):
    brand = make()
    shown = preview(brand, choices="product.name:show").json
    assert shown["product"]["name"] == f"tea {brand.mark}"
    assert brand.mark not in brand.everywhere() and brand.known()["draft"]["version"] == 0


def test_the_preview_may_stand_in_our_frame_and_nowhere_else(brand):
    page = brand.editor.page("/fields/preview?in=zh-CN")
    assert page.status == 200 and page.headers["content-language"] == "zh-CN"
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "form-action 'none'" in policy and "'none'; frame" in policy


@pytest.mark.parametrize("query", ["code=nonsense", "gtin=09506000134352", "code=" + "9" * 5000, "gtin=x",
                                   "choices=product.name:always", "choices=x:show"])
def test_the_preview_knows_only_what_is_the_brands(brand, query):
    assert brand.editor.get("/v1/fields/preview?" + query).status in (400, 404, 414)


# --- taking back ---

FINE = {"lot.best_before": ("month", "2031-07-21", "2031-07"), "lot.quantity": ("rounded", "1234", "1000"),
        "lot.facility": ("country", "factory", "Nepal"), "inspection.value": ("verdict", "0.1234", "pass"),
        "material.supplier": ("place", "supplier", "region"), "step.time": ("date", "09:50:06", "2026-03-14"),
        "product.origin_place": ("country", "hill", "Nepal")}
HEADINGS = {"inspection.test": "show", "material.name": "show", "step.name": "show"}


@pytest.mark.parametrize("field", sorted(FINE))
def test_a_finer_value_is_nowhere_once_it_is_coarser(brand, field):
    form, fine, coarse = FINE[field]
    if fine.isalpha():
        fine = f"{fine} {brand.mark}"
    brand.choose({**HEADINGS, field: "show", "product.name": "show", "lot.number": "show"})
    assert eventually(lambda: fine in brand.public().text)
    brand.choose({**HEADINGS, field: form, "product.name": "show", "lot.number": "show"})
    assert eventually(lambda: fine not in brand.everywhere())
    assert eventually(lambda: coarse in brand.public().text)
    with brand.db.cursor() as cursor:
        cursor.execute("""SELECT string_agg(document::text, '') FROM (SELECT document FROM pub.product WHERE gtin = %s
            UNION ALL SELECT document FROM pub.lot WHERE gtin = %s) AS d""", [int(brand.gtin)] * 2)
        assert fine not in cursor.fetchone()[0]
    page = brand.public("text/html").text
    assert fine not in page


def test_a_product_decides_for_itself_and_inherits_again(make):
    brand = make()
    brand.choose({"product.name": "show"})
    brand.choose({"product.name": "hide"}, product=True)
    assert eventually(lambda: "tea" not in brand.everywhere())
    assert brand.known(product=True)["public"]["product.name"]["level"] == "product"
    brand.choose({"product.name": "inherit"}, product=True)
    assert eventually(lambda: "tea" in brand.public().text)
    assert brand.known(product=True)["public"]["product.name"]["level"] == "brand"


def test_random_decisions_leave_exactly_what_a_plain_model_says(make):
    """Whatever was hidden, shown, made coarser, published and rolled back: pub is what the model says."""
    brand, dice = make(), random.Random(5)
    member = {"product.name": "name", "product.care": "care", "lot.best_before": "best_before",
              "lot.produced_on": "produced_on", "lot.number": "lot"}
    value = {"product.name": {"show": f"tea {brand.mark}"}, "product.care": {"show": f"dry {brand.mark}"},
             "lot.best_before": {"show": "2031-07-21", "month": "2031-07", "year": "2031"},
             "lot.produced_on": {"show": "2026-03-14", "month": "2026-03", "year": "2026"}, "lot.number": {"show": "L1"}}
    own, versions = {False: {}, True: {}}, {False: [], True: []}
    for _ in range(40):
        product = dice.random() < 0.4
        if versions[product] and dice.random() < 0.25:
            number = dice.randrange(len(versions[product])) + 1
            answer = brand.editor.ask("POST", "/v1/fields/rollback", {
                **({"gtin": brand.gtin} if product else {}), "number": number})
            wanted = versions[product][number - 1]
        else:
            silent = "inherit" if product else "hide"
            sent = {f: dice.choice([*value[f], "hide"] + (["inherit"] if product else []))
                    for f in dice.sample(sorted(value), dice.randrange(1, 5))}
            brand.draft(sent, product)
            answer = brand.editor.ask("POST", "/v1/fields/publish", {"gtin": brand.gtin} if product else {})
            wanted = {**own[product], **sent}
        silent = "inherit" if product else "hide"
        same = all(wanted.get(f, silent) == own[product].get(f, silent) for f in value)
        assert answer.status == (409 if same else 200), answer.text
        if not same:
            own[product] = wanted
            versions[product].append(dict(wanted))
        with brand.db.cursor() as cursor:
            cursor.execute("""SELECT coalesce((SELECT document FROM pub.product WHERE gtin = %s), '{}')
                || coalesce((SELECT document FROM pub.lot WHERE gtin = %s), '{}')""", [int(brand.gtin)] * 2)
            [(document,)] = cursor.fetchall()
            cursor.execute("SELECT count(*) FROM pub.hide WHERE brand_id = %s", (brand.id,))
            assert cursor.fetchone() == (0,)
        for field, forms in value.items():
            choice = own[True].get(field, "inherit")
            choice = own[False].get(field, "hide") if choice == "inherit" else choice
            got = document.get(member[field])
            assert (got["en"] if isinstance(got, dict) else got) == forms.get(choice), (field, choice)


# --- two at once, schedule, going back ---

def test_the_last_of_two_editors_is_told_of_the_other(make):
    brand = make()
    seen = brand.known()["draft"]["version"]
    brand.draft({"product.name": "show"}, who=brand.second, version=seen)
    answer = brand.editor.ask("PUT", "/v1/fields", {"choices": {"product.care": "show"}, "version": seen})
    assert answer.status == 409 and answer.json["code"] == "draft_changed"
    assert answer.json["changed_by"] == "user:" + brand.second.name
    page = brand.editor.send("/fields/draft", {"gtin": "", "version": str(seen), "product.care": "show"})
    assert page.status == 409 and "Somebody else changed the draft" in page.text
    assert brand.known()["draft"]["choices"] == {"product.name": "show"}
    brand.draft({"product.care": "show"}, version=answer.json["version"])


def test_nobody_publishes_a_draft_he_has_not_seen(make):
    brand = make()
    brand.draft({"product.name": "show"})
    assert brand.editor.ask("POST", "/v1/fields/publish", {"version": 0}).json["code"] == "draft_changed"


def local(seconds):
    import zoneinfo
    at = datetime.datetime.now(zoneinfo.ZoneInfo(ZONE)) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M")


def test_what_is_scheduled_waits_and_can_be_cancelled(make):
    brand = make()
    brand.draft({"product.name": "show"})
    made = brand.editor.ask("POST", "/v1/fields/schedule", {"at": local(7200), "zone": ZONE})
    assert made.status == 200, made.text
    [planned] = brand.known()["scheduled"]
    assert planned["choices"] == {"product.name": "show"} and planned["zone"] == ZONE
    assert brand.mark not in brand.everywhere()
    assert brand.editor.ask("POST", "/v1/fields/cancel", {"id": int(made.json["job"])}).json == {"state": "cancelled"}
    assert brand.known()["scheduled"] == []


def test_what_is_scheduled_is_published_by_jobs_in_the_name_of_who_scheduled_it(make, suyuan):
    brand = make()
    brand.draft({"product.name": "show"})
    job = brand.editor.ask("POST", "/v1/fields/schedule", {"at": local(7200), "zone": ZONE}).json["job"]
    with brand.db.cursor() as cursor:
        cursor.execute("UPDATE job.job SET turn_at = now() WHERE id = %s", (job,))
    suyuan("jobs", "--once", status=0)
    assert eventually(lambda: "tea" in brand.public().text, 20)
    newest = brand.known()["versions"][0]
    assert (newest["how"], newest["by"]) == ("schedule", "user:" + brand.editor.name)


@pytest.mark.parametrize("at,zone,code", [("2020-01-01T00:00", "UTC", "time_to_come"), ("soon", "UTC", "time_to_come"),
                                          ("2027-01-01T00:00", "Nowhere/Land", "time_zone"),
                                          ("2026-99-99T00:00", "UTC", "time_to_come")])
def test_refuses_a_time_that_is_none(brand, at, zone, code):
    brand.draft({"product.description": "show"})
    answer = brand.editor.ask("POST", "/v1/fields/schedule", {"at": at, "zone": zone})
    assert answer.status == 400 and answer.json.get("code") == code, answer.text


def test_goes_back_to_an_earlier_version(make):
    brand = make()
    brand.choose({"product.name": "show", "lot.best_before": "show"})
    brand.choose({"product.name": "show", "lot.best_before": "hide", "product.care": "show"})
    answer = brand.editor.ask("POST", "/v1/fields/rollback", {"number": 1})
    assert answer.status == 200, answer.text
    assert eventually(lambda: "2031-07-21" in brand.public().text and "dry" not in brand.everywhere())
    newest = brand.known()["versions"][0]
    assert (newest["how"], newest["back_to"], newest["by"]) == ("rollback", 1, "user:" + brand.editor.name)
    assert brand.editor.ask("POST", "/v1/fields/rollback", {"number": 1}).json["code"] == "nothing_to_publish"
    assert brand.editor.ask("POST", "/v1/fields/rollback", {"number": 99}).status == 404


def test_undoes_the_last_publication_and_the_first(make):
    brand = make()
    for choices, number in (({"product.name": "show"}, "0"), ({"product.care": "show"}, "1")):
        assert "/fields/rollback" not in brand.editor.page(f"/fields/{brand.gtin}").text
        brand.choose(choices)
        assert f'name="number" value="{number}"' in brand.editor.page("/fields").text
    for number, shown in (("1", "tea"), ("0", "")):
        sent = brand.editor.send("/fields/rollback", {"gtin": "", "number": number})
        assert (sent.status, sent.headers["location"]) == (303, "/fields?done=rolled_back")
        assert eventually(lambda: "dry" not in brand.everywhere() and ("tea" in brand.public().text) == bool(shown))


# --- the law ---

@pytest.fixture
def law(brand, suyuan, tmp_path):
    def take(text):
        path = tmp_path / "test.rules"
        path.write_text(text)
        suyuan("policy", "law", path, status=0)
    yield take
    take("")


def test_the_law_holds_at_the_console_with_its_reason(make, law):
    brand = make()
    category = f"cat{brand.mark}"
    with brand.db.cursor() as cursor:
        cursor.execute("""INSERT INTO trace.product (brand_id, gtin, name, care, category, replaces)
            SELECT brand_id, gtin, name, care, %s, id FROM trace.product_now WHERE gtin = %s""",
                       (json.dumps({"en": category}), int(brand.gtin)))
    rule = "rule {0}\nfield {0}\nmust {1}\ncategory {2}\nsource Act 7\nen because of the law\nzh-CN 因为法律\n"
    law(rule.format("product.care", "secret", category) + rule.format("product.name", "public", category))
    for field, choice, code in (("product.care", "show", "law_secret"), ("product.name", "hide", "law_public")):
        answer = brand.editor.ask("PUT", brand.scope(True), {"choices": {field: choice}})
        assert answer.status == 422 and answer.json["code"] == code and answer.json["source"] == "Act 7"
    brand.choose({"product.care": "show", "product.name": "show"})
    assert eventually(lambda: "tea" in brand.public().text) and "dry" not in brand.everywhere()
    page = brand.editor.page(f"/fields/{brand.gtin}")
    assert "because of the law" in page.text and "Act 7" in page.text
    assert "test.rules" in page.text and "SHA-256" in page.text
    chinese = brand.console.get("/fields", brand.editor.headers({"Accept-Language": "zh-CN"})).text
    assert "因为法律" in chinese and "必须公开" in chinese and "不得公开" in chinese and category in chinese
    file = brand.known()["law_file"]
    assert (file["name"], file["rules"]) == ("test.rules", 2) and len(file["sha256"]) == 64
    brand.choose({"product.name": "hide"})
    assert eventually(lambda: "tea" in brand.public().text), "the brand hides it for the others alone"


# --- strangers and hostile words ---

def test_a_foreign_product_looks_like_one_there_is_not(brand, make):
    other = make()
    for method, path, body in (("GET", f"/v1/fields/{other.gtin}", None), ("PUT", f"/v1/fields/{other.gtin}", {"choices": {}}),
                               ("POST", "/v1/fields/publish", {"gtin": other.gtin}),
                               ("POST", "/v1/fields/rollback", {"gtin": other.gtin, "number": 1}),
                               ("GET", f"/v1/fields/preview?gtin={other.gtin}", None)):
        foreign = brand.editor.ask(method, path, body)
        unknown = brand.editor.ask(method, path.replace(other.gtin, fresh := fresh_gtin()),
                                   json.loads(json.dumps(body).replace(other.gtin, fresh)))
        assert foreign.status == unknown.status == 404, (path, foreign.text)
        assert other.mark not in foreign.text and foreign.json["detail"] == unknown.json["detail"]


@pytest.mark.parametrize("body", [
    {"choices": {"product.name": "always"}}, {"choices": {"product.unit_cost": "show"}}, {"choices": {"x" * 10000: "show"}},
    {"choices": {"product.name": 1}}, {"choices": {"product.name": "month"}}, {"choices": {"lot.best_before": "inherit"}},
    {"choices": {}, "version": -1}, {"choices": {}, "version": "x"}, {"choices": {}, "<b>": 1}, {"choices": []},
    {"choices": {"product.name": "show\x00"}}])
def test_refuses_choices_that_are_none_and_changes_nothing(brand, body):
    before = brand.known()["draft"]
    assert brand.editor.ask("PUT", "/v1/fields", body).status == 400
    assert brand.known()["draft"] == before


def test_refuses_a_million_bytes_in_a_field(brand):
    before = brand.known()["draft"]
    sent = brand.editor.send("/fields/draft", {"gtin": "", "version": "0", "product.name": "x" * 10**6})
    assert sent.status in (400, 413)
    for name in ("gtin", "version", "at", "zone"):
        sent = brand.editor.send("/fields/schedule", {"gtin": "", "version": "", "at": "", "zone": "", name: "\x07" * 60000})
        assert sent.status in (400, 404, 413), (name, sent.status)
    assert brand.known()["draft"] == before
