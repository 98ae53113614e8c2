"""The public pages in a real browser: every kind, three languages, light and dark, narrow and wide;
no accessibility rule broken, nothing refused by the page's own policy, no other server asked.
`make looks` looks at every one of them at every width and prints their bytes and requests."""
import csv
import html
import html.parser
import json
import shutil
import subprocess

import pytest

import looks
from looks import FORMS, KINDS, LANGUAGES, PINS, VERDICTS, WORK
from steps import TOP

PHONE = 360


@pytest.fixture(scope="session")
def node_modules():
    if not any(map(shutil.which, ("chromium-headless-shell", "chromium"))) or shutil.which("node") is None:
        pytest.skip("no chromium or no node")
    if not (TOP / "node_modules/axe-core/axe.min.js").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=TOP, check=True,
                       capture_output=True, timeout=120)


@pytest.fixture(scope="session")
def pages():
    """Every kind of page in every language, written to files."""
    return looks.render_sample()


def look(node_modules, name, pages, *widths, schemes=("light", "dark")):
    seen = looks.look(name, pages, widths, schemes)
    faults = {f"{s['name']} {s['width']} {s['scheme']}": s["faults"] for s in seen if s["faults"]}
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)
    return seen


files = looks.files


class Nesting(html.parser.HTMLParser):
    """Collects elements that are closed wrongly, stand where they must not, or share an id."""
    ALONE = {"meta", "link", "br", "rect", "path", "circle", "img", "input"}
    BLOCKS = {"p", "form", "ul", "ol", "dl", "div", "section", "h1", "h2", "h3", "details"}

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.faults = [], set(), []
        self.feed(text)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        own = dict(attributes).get("id")
        if own in self.ids:
            self.faults.append(f"id {own} is there twice")
        self.ids |= {own} if own else set()
        if tag in self.BLOCKS and "p" in self.open:
            self.faults.append(f"{tag} inside p")
        if tag not in self.ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"closed but not open: {tag}")


def test_every_element_is_closed_where_it_belongs(pages):
    found = sorted(pages.glob("*.html"))
    assert len(found) == len(KINDS) * len(LANGUAGES)
    for page in found:
        assert Nesting(page.read_text()).faults == [], page.name
    assert Nesting("<p><ul></p>").faults


def test_every_kind_of_page_on_a_phone(node_modules, pages):
    """Each kind in one language, in turn, for the time it takes; `make looks` does the rest."""
    plan = [files(pages, kind, LANGUAGES[i % len(LANGUAGES)]) for i, kind in enumerate(KINDS)]
    # What is said of a PIN is so short in Chinese that the small line of who stated it comes up to the fold.
    with_product = {*VERDICTS} - {"bad_link", "busy"}
    for s in look(node_modules, "phone", plan, PHONE):
        assert s["requests"] <= 3, s["name"]  # the page, its photo, its icon
        assert len(s["sizes"]) <= (2 if s["name"].split(".")[0] in with_product else 3), (s["name"], s["sizes"])


def title(page):
    return html.unescape(page.read_text().partition("<title>")[2].partition("</title>")[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_and_state_has_a_title_of_its_own(pages, language):
    for kinds in (VERDICTS, FORMS):
        assert len({title(pages / f"{k}.{language}.html") for k in kinds}) == len(kinds)


def test_narrow_and_wide_screens(node_modules, pages):
    look(node_modules, "wide", [files(pages, "active", "fr"), files(pages, "recalled", "zh-CN"),
                                files(pages, "pin-wrong", "en"), files(pages, "report-refused", "fr")],
         320, 1280, schemes=["dark"])


def test_a_page_fits_into_one_round_trip(node_modules, pages):
    """14,600 bytes are ten segments of TCP: with headers and the records of TLS, 2,600 for both."""
    for kind in KINDS:
        for language in LANGUAGES:
            body = (pages / f"{kind}.{language}.html").read_bytes()
            assert looks.gzip_size(body) <= 14600 - 2600, (kind, language)


def test_hostile_and_endless_words_break_neither_page_nor_policy(node_modules, tmp_path):
    word = "<img src=x onerror=alert(1)>\u202eشاي" + "W" * 300
    endless = {"en": "Sugar, <b>salt</b> & " + "flour, " * 1000}
    entry = {"name": {"en": word}, "country": word, "share": "999999999", "supplier": {"fr": word}}
    brand = {"name": {"en": word}, "contact": {"phone": word, "email": word, "url": word},
             "accent": "#ffff00"}
    product = {"name": {"en": word}, "ingredients": endless, "category": {"ar": word},
               "materials": [entry]}
    lot = {"lot": word, "inputs": [entry | {"quantity": {"value": "1" * 40, "unit": word}}],
           "inspections": [{"test": {"en": word}, "value": {"text": word}, "verdict": "fail",
                            "laboratory": {"en": word}}]}
    for inputs in lot["inputs"]:
        inputs.pop("share")
    sources = []
    for name, document in (("brand", brand), ("product", product), ("lot", lot)):
        sources.append(tmp_path / f"{name}.json")
        sources[-1].write_text(json.dumps(document))
    out = looks.render(tmp_path / "pages", sources)
    look(node_modules, "hostile", [files(out, v, "en") | {"name": f"hostile-{v}"}
                                   for v in ("consumed", "never_issued")],
         320, schemes=["dark"])


def hardest(rows):
    """The longest ingredients, the longest name, and the first few with signs that mean something."""
    odd = [r for r in rows if set("<&") & set(r["ingredients"] + r["name"])]
    return [max(rows, key=lambda r: len(r["ingredients"])), max(rows, key=lambda r: len(r["name"])),
            *odd[:2]]


def test_real_products(node_modules, shared_data, tmp_path):
    with open(shared_data / "products-off/off_products_sample.csv", newline="") as file:
        rows = hardest([{"name": r["name"], "ingredients": r["ingredients"]}
                        for r in csv.DictReader(file)])
    for i, row in enumerate(rows):
        sources = [tmp_path / "brand.json", tmp_path / "product.json", tmp_path / "lot.json"]
        for source in sources:
            source.write_text("{}")
        sources[1].write_text(json.dumps({k: {"und": v} for k, v in row.items()}))
        out = looks.render(tmp_path / f"pages{i}", sources)
        for page in out.glob("*.html"):
            assert Nesting(page.read_text()).faults == [], page.name
        seen = look(node_modules, f"real{i}", [files(out, "active", "en") | {"name": f"real{i}"}],
                    PHONE, schemes=["light"])
        said = " ".join(seen[0]["text"].split())
        assert " ".join(row["name"].split()) in said
        assert " ".join(row["ingredients"].split()) in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_item_of_the_running_server(node_modules, instance, language):
    url = f"{instance.env['SUYUAN_SAMPLE_URI']}?lang={language}"
    seen = look(node_modules, f"server-{language}", [{"name": f"server.{language}", "url": url}], PHONE)
    serial = instance.env["SUYUAN_SAMPLE_URI"].rpartition("/")[2]
    assert all(serial in s["text"] for s in seen)


def test_the_pages_for_typing_and_reporting_of_the_running_server(node_modules, instance):
    host = instance.env["SUYUAN_LOOKUP_URL"]
    seen = look(node_modules, "server-check", [
        {"name": "server.check", "url": f"{host}/check?lang=fr"},
        {"name": "server.report", "url": f"{host}/report?lang=en"},
        {"name": "server.nowhere", "url": f"{host}/there/is/nothing?lang=zh-CN"}], PHONE)
    assert len({s["title"] for s in seen}) == 3


def test_a_code_is_checked_by_hand_and_reported_without_javascript(node_modules, instance):
    url = instance.env["SUYUAN_SAMPLE_URI"]
    done = subprocess.run(["node", looks.HERE / "hand.mjs", url, TOP / "assets/share.png"],
                          capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    item, slip, found, report = [json.loads(line) for line in done.stdout.splitlines()]
    assert item["status"] == 200 and url.rpartition("/")[2] in item["text"]
    assert "/check?" in slip["url"] and slip["status"] in (200, 400, 404)
    assert slip["title"] != item["title"] and found["title"] == item["title"]
    assert found["url"].startswith(url) and found["status"] == 200
    assert report["status"] in (200, 201, 202) and "your report has arrived" in report["text"]
    assert "Its number is" in report["text"]
