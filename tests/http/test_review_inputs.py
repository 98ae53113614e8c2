"""The name of a product stands on the pages of those it went into: it is hidden and corrected there too."""
import concurrent.futures
import random
import time

import pytest

from shop import Shop, gtin
from server import wait_until

SECRET = "Swordfish flour"
JSON = {"Accept": "application/json"}


@pytest.fixture(params=["brand", "product"])
def bakery(request, suyuan, tmp_path):
    number = random.randrange(750000, 799998)  # a policy cannot be undone, so each test has a brand
    flour, bread = gtin(number), gtin(number + 1)
    shop = Shop(suyuan, tmp_path, f"bakery-{number}", en="Bakery")
    shop.record("product", {"gtin": flour, "name.en": SECRET}, {"gtin": bread, "name.en": "Bread"})
    shop.record("lot", {"gtin": flour, "lot": "F1"}, {"gtin": bread, "lot": "B1"})
    shop.record("lot_input", {"gtin": bread, "lot": "B1", "input_gtin": flour, "input_lot": "F1",
                              "quantity": "1", "unit": "kg"})
    shop.show("product.name", "input.name", "input.quantity", "lot.number")
    code = shop.codes(bread, lot="B1")[0]
    scope = ("--brand", shop.slug) if request.param == "brand" else ("--gtin", flour)
    return shop, flour, code, scope


def inputs(https, code):
    return https.get(code.path, headers=JSON).json.get("lot", {}).get("inputs", [])


def names(https, code):
    return [i["name"] for i in inputs(https, code)]


def test_a_hidden_name_is_gone_where_the_product_went_into(bakery, https):
    shop, flour, code, scope = bakery
    wait_until(lambda: names(https, code) == [SECRET])
    shop("policy", "hide", *scope, "product.name")
    wait_until(lambda: SECRET not in https.get(code.path, headers=JSON).text, 2)
    shop("policy", "show", *scope, "product.name")
    wait_until(lambda: names(https, code) == [SECRET], 2)


def test_a_hidden_name_is_gone_before_the_documents_are_made_anew(bakery, https, owner_db):
    shop, flour, code, scope = bakery
    wait_until(lambda: names(https, code) == [SECRET])
    with owner_db.cursor() as cursor, concurrent.futures.ThreadPoolExecutor() as other:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pub.lock_documents(ARRAY[%s]::bigint[])", [int(flour)])
        hiding = other.submit(shop, "policy", "hide", *scope, "product.name")
        try:
            wait_until(lambda: SECRET not in https.get(code.path, headers=JSON).text, 2)
            assert not hiding.done()
        finally:
            cursor.execute("COMMIT")
        hiding.result()
    assert [i.get("quantity") for i in inputs(https, code)] == []


def test_a_corrected_name_is_corrected_where_the_product_went_into(bakery, https):
    shop, flour, code, _ = bakery
    wait_until(lambda: names(https, code) == [SECRET])
    shop.record("product", {"gtin": flour, "name.en": "Rye flour"})
    wait_until(lambda: names(https, code) == ["Rye flour"], 2)


def test_a_correction_of_what_is_private_leaves_no_mark(suyuan, https, tmp_path):
    number = random.randrange(750000, 799998)
    pan, made_of = gtin(number), [gtin(number + 1), gtin(number + 2)]
    shop = Shop(suyuan, tmp_path, f"marks-{number}", en="Pans")
    shop.record("product", *({"gtin": g, "name.en": f"Part {g}"} for g in (pan, *made_of)))
    shop.record("lot", *({"gtin": g, "lot": "L"} for g in (pan, *made_of)))
    inputs = [{"gtin": pan, "lot": "L", "input_gtin": g, "input_lot": "L", "quantity": "1", "unit": "kg"}
              for g in made_of]
    papers = [{"gtin": pan, "lot": lot, "code": code, "kind": "report", "title.en": f"Report {code}{lot}"}
              for code in "AB" for lot in ("L", "")]
    shop.record("lot_input", *inputs)
    shop.record("document", *papers)
    shop.show("product.name", "input.name", "document.title")
    code = shop.codes(pan, lot="L")[0]
    before = wait_until(lambda: https.get(code.path, headers=JSON))
    assert len(before.json["lot"]["inputs"]) == 2 == len(before.json["lot"]["documents"])
    shop.record("lot_input", {**inputs[0], "quantity": "2"})
    shop.record("document", *({**p, "kind": "certificate"} for p in papers[:2]))
    end = time.monotonic() + 1
    while time.monotonic() < end:
        after = https.get(code.path, headers=JSON)
        assert after.body == before.body and after.headers["etag"] == before.headers["etag"]


@pytest.mark.parametrize("serial", ["0ABCDEFGHJKMNP", "0abc"])
@pytest.mark.parametrize("accept", ["text/html", "application/json", "application/ld+json"])
def test_a_product_without_codes_looks_like_one_that_nobody_has(suyuan, https, tmp_path, serial, accept):
    number = random.randrange(750000, 799998)
    prepared, unknown = gtin(number), gtin(number + 1)
    shop = Shop(suyuan, tmp_path, f"secret-{number}", en="Secretive")
    shop.record("product", {"gtin": prepared, "name.en": "Unreleased"})
    time.sleep(1)  # so that the workers know of it

    def answer(g):
        got = https.get(f"/01/{g}/21/{serial}", headers={"Accept": accept})
        headers = {k: v for k, v in got.headers.items() if k.lower() != "date"}
        return got.status, headers, got.text.replace(g, "GTIN")
    assert answer(prepared) == answer(unknown)
