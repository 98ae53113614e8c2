"""The public page in a real browser: every verdict, both languages, light and dark, narrow and wide;
no accessibility rule broken, nothing refused by the page's own policy, no other server asked."""
import csv
import html.parser
import json
import pathlib
import shutil
import subprocess

import pytest

from steps import TOP

HERE = pathlib.Path(__file__).parent
WORK = TOP / "build/test/browser"
LIBRARIES = [f"build/release/lib{layer}.a" for layer in ("page", "model", "base")]
OBJECT = "build/release/obj/tests/browser/render.o"
VERDICTS = ("active", "inactive", "consumed", "recalled", "expired", "blocked", "never_issued",
            "mistyped", "bad_link", "busy")
LANGUAGES = ("zh-CN", "en")
PHONE = 390


@pytest.fixture(scope="session")
def node_modules():
    if shutil.which("chromium") is None or shutil.which("node") is None:
        pytest.skip("no chromium or no node")
    if not (TOP / "node_modules/axe-core/axe.min.js").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=TOP, check=True,
                       capture_output=True, timeout=120)


def run_render(out, sources):
    out.mkdir(parents=True, exist_ok=True)
    program = WORK / "render"
    subprocess.run(["make", "--no-print-directory", OBJECT, *LIBRARIES], cwd=TOP, check=True,
                   capture_output=True, timeout=300)
    subprocess.run(["gcc", "-pie", "-o", program, OBJECT, *LIBRARIES, "-ljansson", "-lcrypto"],
                   cwd=TOP, check=True, timeout=60)
    subprocess.run([program, out, *sources], check=True, timeout=60)
    return out


@pytest.fixture(scope="session")
def pages():
    """Every verdict in every language, written to files."""
    sample = TOP / "tests/golden/page"
    return run_render(WORK / "pages", [sample / f"{n}.json" for n in ("brand", "product", "lot")])


def look(node_modules, name, pages, *widths, schemes=("light", "dark")):
    plan = WORK / f"{name}.json"
    shots = WORK / "shots"
    shots.mkdir(parents=True, exist_ok=True)
    plan.write_text(json.dumps({"shots": str(shots), "pages": pages, "widths": widths,
                                "schemes": schemes}))
    done = subprocess.run(["node", HERE / "look.mjs", plan], capture_output=True, text=True,
                          timeout=170)
    assert done.returncode == 0, done.stderr
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(seen) == len(pages) * len(widths) * len(schemes)
    faults = {f"{s['name']} {s['width']} {s['scheme']}": s["faults"] for s in seen if s["faults"]}
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)
    return seen


def files(pages, verdict, language):
    return {"name": f"{verdict}.{language}", "file": str(pages / f"{verdict}.{language}.html"),
            "policy": (pages / f"{verdict}.{language}.policy").read_text()}


class Nesting(html.parser.HTMLParser):
    """Collects elements that are closed wrongly, stand where they must not, or share an id."""
    ALONE = {"meta", "link", "br", "rect", "path", "circle"}
    BLOCKS = {"p", "ul", "ol", "dl", "div", "section", "h1", "h2", "h3", "details"}

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
    assert len(found) == len(VERDICTS) * len(LANGUAGES)
    for page in found:
        assert Nesting(page.read_text()).faults == [], page.name
    assert Nesting("<p><ul></p>").faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_on_a_phone(node_modules, pages, language):
    seen = look(node_modules, f"phone-{language}", [files(pages, v, language) for v in VERDICTS], PHONE)
    assert len({s["title"] for s in seen}) == len(VERDICTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_narrow_and_wide_screens(node_modules, pages, language):
    look(node_modules, f"wide-{language}",
         [files(pages, v, language) for v in ("active", "recalled", "never_issued")], 320, 1280,
         schemes=["light"])


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
    out = run_render(tmp_path / "pages", sources)
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
        out = run_render(tmp_path / f"pages{i}", sources)
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
