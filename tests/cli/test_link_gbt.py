"""`suyuan link check-gbt`: what GB/T 33993 knows of a code, line by line."""
import json
import subprocess

from hypothesis import given
from hypothesis import strategies as st

from conftest import suyuan_program
from examples import examples

GTIN = "06901234567892"


def check(*lines, status=0, strict=False):
    done = subprocess.run([str(suyuan_program()), "link", "check-gbt", *(["--strict"] if strict else [])],
                          input=b"".join(line + b"\n" for line in lines), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, b""), done
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_url_and_element_strings_say_the_same():
    url, elements = check(f"http://h.cn/gtin/{GTIN}/bat/Q4/ser/3%2Ba".encode(), f"(01){GTIN}(10)Q4(21)3+a".encode())
    assert (url["form"], elements["form"]) == ("manufacturer_url", "elements")
    for answer in (url, elements):
        assert (answer["gtin"], answer["lot"], answer["serial"], answer["unchecked"]) == (GTIN, "Q4", "3+a", None)
        assert answer["manufacturer_url"].endswith(f"/gtin/{GTIN}/bat/Q4/ser/3%2Ba")
    assert check(url["manufacturer_url"].encode())[0]["manufacturer_url"] == url["manufacturer_url"]


def test_a_digital_link_is_no_form_of_the_standard_but_has_one():
    good, none = check(f"https://h/01/{GTIN}/10/L/21/A".encode(), f"https://h/01/{GTIN}/21/A%2FB".encode())
    assert (good["valid"], good["code"]) == (False, "no_form")
    assert good["manufacturer_url"].endswith(f"/gtin/{GTIN}/bat/L/ser/A") and none["manufacturer_url"] is None


def test_strict_tells_by_its_status():
    check(f"(01){GTIN}".encode(), status=0, strict=True)
    check(b"x", status=3, strict=True)


@examples(60)
@given(st.lists(st.binary(max_size=60).filter(lambda b: b"\n" not in b), max_size=20))
def test_any_bytes_get_one_answer_a_line(lines):
    lines += [b"http://h/gtin/" + GTIN.encode() + b"/" + line for line in lines]
    assert len(check(*lines)) == len(lines)
