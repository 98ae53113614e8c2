"""The whole walk with real products: CSV -> import -> batch -> PNG -> a foreign reader -> HTTPS -> the
page shows that product's name and ingredients."""
import csv
import html.parser
import subprocess

import pytest

BRAND = "walk"
SHOWN = ["product.name", "product.ingredients"]


class Text(html.parser.HTMLParser):
    """What a person reads: the text of a page, entities resolved, blanks folded. Notes every element."""

    def __init__(self, page):
        super().__init__()
        self.pieces, self.elements, self.hidden = [], [], 0
        self.feed(page)
        self.text = " ".join("".join(self.pieces).split())

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.hidden += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.hidden:
            self.pieces.append(data)


def folded(text):
    return " ".join(text.split())


def chosen(rows):
    """The awkward ones: markup in the text, the longest, other scripts, and a few plain ones."""
    awkward = [r for r in rows if "<" in r["name"] + r["ingredients"] or "&" in r["name"] + r["ingredients"]]
    longest = sorted(rows, key=lambda r: len(r["ingredients"].encode()))[-2:]
    foreign = [r for r in rows if any(ord(c) > 0x24f for c in r["name"])]
    return {r["gtin"]: r for r in awkward[:6] + longest + foreign[:3] + rows[10:14]}


@pytest.fixture(scope="module")
def products(shared_data, suyuan):
    """Every product of the list, imported and shown to the public."""
    file = shared_data / "products-off/off_products_sample.csv"
    suyuan("brand", "add", BRAND, "--name", "en=Walk & Sons", "--name", "zh-CN=行者", status=0)
    suyuan("policy", "show", "--brand", BRAND, *SHOWN, status=0)
    suyuan("import", "--brand", BRAND, "--profile", "conf/profiles/products-off.profile", file, seconds=170)
    with open(file, encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def codes_of(suyuan, gtin, folder, quantity=1):
    """`quantity` new codes of a GTIN, put into use; their addresses as written for the printer."""
    out = folder / f"{gtin}.csv"
    batch = suyuan("batch", "--gtin", gtin, "--quantity", quantity, "--out", out, "--json", status=0).json
    suyuan("commission", "--batch", batch["id"], status=0)
    with open(out, encoding="utf-8", newline="") as source:
        return out, [row["url"] for row in csv.DictReader(source)]


def read_with_zbar(picture):
    return subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture],
                          capture_output=True, text=True, check=True).stdout.strip()


def test_a_scanned_code_shows_its_product(products, suyuan, https, tmp_path):
    for gtin, product in chosen(products).items():
        sheet, urls = codes_of(suyuan, gtin, tmp_path)
        pictures = tmp_path / f"{gtin}-png"
        suyuan("labels", "--format", "png", "--out", pictures, sheet, status=0)
        scanned = [read_with_zbar(p) for p in sorted(pictures.glob("*.png"))]
        assert scanned == urls
        for language in ("en", "zh-CN"):
            answer = https.get(scanned[0], {"Accept-Language": language, "Accept": "text/html"})
            assert answer.status == 200, (gtin, answer.text[:500])
            page = Text(answer.text)
            assert folded(product["name"]) in page.text, gtin
            assert folded(product["ingredients"]) in page.text, gtin
            assert not {"img", "iframe", "object", "b", "i", "strong"} & set(page.elements) or \
                "<" not in product["ingredients"], gtin


def test_the_same_fields_come_as_json(products, suyuan, https, tmp_path):
    product = products[3]
    _, urls = codes_of(suyuan, product["gtin"], tmp_path)
    answer = https.get(urls[0], {"Accept": "application/json"})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    shown = answer.json
    assert shown["verdict"]["code"] == "active"
    assert product["name"] in str(shown["product"]) and "internal_note" not in answer.text


def test_a_hidden_field_is_gone_at_once(products, suyuan, https, tmp_path):
    product = next(p for p in products if len(p["ingredients"]) > 60)
    _, urls = codes_of(suyuan, product["gtin"], tmp_path)
    headers = {"Accept-Language": "en"}
    assert folded(product["ingredients"]) in Text(https.get(urls[0], headers).text).text
    suyuan("policy", "hide", "--gtin", product["gtin"], "product.ingredients", status=0)
    assert folded(product["ingredients"]) not in Text(https.get(urls[0], headers).text).text
    suyuan("policy", "show", "--gtin", product["gtin"], "product.ingredients", status=0)


def test_a_code_not_put_into_use_says_so(products, suyuan, https, tmp_path):
    out = tmp_path / "idle.csv"
    suyuan("batch", "--gtin", products[5]["gtin"], "--quantity", 1, "--out", out, status=0)
    with open(out, encoding="utf-8", newline="") as source:
        url = next(csv.DictReader(source))["url"]
    answer = https.get(url, {"Accept": "application/json"})
    assert (answer.status, answer.json["verdict"]["code"]) == (200, "inactive")


def test_a_made_up_serial_was_never_issued(products, https):
    answer = https.get(f"/01/{products[5]['gtin'].zfill(14)}/21/0ZZZZZZZZZZZZZ", {"Accept": "application/json"})
    assert (answer.status, answer.json["verdict"]["code"]) == (404, "never_issued")
