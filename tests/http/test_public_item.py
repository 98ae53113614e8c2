"""The public JSON of an item: as conf/public-item.schema.json says, and exactly what its page shows."""
import html
import json
import re

import jsonschema
import pytest

from shop import Shop, gtin
from steps import TOP

TEA = gtin(706101)
SCHEMA = json.loads((TOP / "conf/public-item.schema.json").read_text())
LANGUAGES = ("en", "fr", "zh-CN")
# what a page says by a sign, a name or a sentence instead of the letters that data has for it
SAID_OTHERWISE = {"language", "code", "country", "origin_country", "verdict", "state"}


def valid(answer):
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(answer)
    return answer


@pytest.fixture(scope="module")
def shop(suyuan, tmp_path_factory):
    shop = Shop(suyuan, tmp_path_factory.mktemp("public"), "public", en="Public & Co", zh_CN="公开")
    shop.record("product", {"gtin": TEA, "name.en": "Tea \"<green>\" & more", "name.zh-CN": "绿茶", "description.en": "One of the teas",
                            "origin_country": "CN", "unit_cost": "3.25"})
    shop.record("lot", {"gtin": TEA, "lot": "L1", "best_before": "2999-12-31"},
                {"gtin": TEA, "lot": "OLD", "best_before": "2020-01-31"})
    shop.show("product.name", "product.description", "product.origin_country", "lot.number", "lot.best_before")
    return shop


def leaves(value, key=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, key)
    else:
        yield key, value


def plain(page):
    """All a page holds, as characters: texts and attributes, without its style sheet and its own data block."""
    page = re.sub(r"<style>.*?</style>|<script.*?</script>", "", page, flags=re.S)
    return html.unescape(page).replace("\u2068", "").replace("\u2069", "")


def shown(text, key, value):
    if key in SAID_OTHERWISE or isinstance(value, bool):
        return True
    value = str(value)
    forms = {value, value.replace(".", ","), re.sub(r"\.?0+$", "", value),
             re.sub(r"\.?0+$", "", value).replace(".", ",")}
    return any(form in text for form in forms)


def compare(https, path, language):
    headers = {"Accept-Language": language}
    data = valid(https.get(path, {**headers, "Accept": "application/json"}).json)
    page = plain(https.get(path, {**headers, "Accept": "text/html"}).text)
    assert data["language"] == language
    for key, value in leaves(data):
        if key != "suyuan":
            assert shown(page, key, value), (key, value)
    return data, page


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_item_tells_the_same_as_its_page(https, shop, language):
    data, page = compare(https, shop.codes(TEA, lot="L1")[0].path, language)
    assert data["product"]["origin_country"] == "CN" and "3.25" not in page
    assert data["item"]["gtin"] == TEA and data["suyuan"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_tells_the_same_as_its_page(https, instance, language):
    path = "/" + instance.env["SUYUAN_SAMPLE_URI"].split("/", 3)[3]
    data, _ = compare(https, path, language)
    assert {"product", "lot", "brand"} <= set(data)


def test_other_verdicts_are_as_the_schema_says(https, shop):
    code = shop.codes(TEA, lot="L1")[0].path
    used = shop.codes(TEA, lot="L1", used=False)[0].path
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    for path, verdict in ((shop.codes(TEA, lot="OLD")[0].path, "expired"), (used, "inactive"),
                          (forged, "never_issued"), (code[:-4], "mistyped")):
        answer = https.get(path, {"Accept": "application/json"})
        assert valid(answer.json)["verdict"]["code"] == verdict


def test_the_schema_is_one_and_refuses_what_it_does_not_name():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    sample = json.loads((TOP / "tests/golden/page/full/active.en.json").read_text())
    valid(sample)
    sample["product"]["price"] = "3.25"
    with pytest.raises(jsonschema.ValidationError):
        valid(sample)
