"""`suyuan serial`: equal to an independent implementation, in both directions, and exact about refusals."""
import json
import subprocess

import pytest

from conftest import suyuan_program

SUYUAN = str(suyuan_program())
ZERO_KEY = "0" * 64


def serial(direction, lines):
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    return raw(direction, text.encode())


def raw(direction, data):
    done = subprocess.run([SUYUAN, "serial", direction], input=data, capture_output=True, timeout=60)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


@pytest.fixture(scope="module")
def vectors(shared_data):
    text = (shared_data / "serial" / "vectors.jsonl").read_text()
    found = [json.loads(line) for line in text.splitlines()]
    assert len(found) == 400
    return found


def without(vector, *names):
    return {k: v for k, v in vector.items() if k not in names}


def test_encodes_every_vector(vectors):
    status, out, err = serial("encode", [without(v, "serial") for v in vectors])
    assert (status, err) == (0, "")
    assert out == vectors


def test_decodes_every_vector(vectors):
    status, out, err = serial("decode", [without(v, "n", "length", "key_id") for v in vectors])
    assert (status, err) == (0, "")
    assert out == vectors


def test_length_comes_from_the_settings_when_missing():
    line = {"key": ZERO_KEY, "key_id": 3, "gtin": "09506000134352", "n": 1}
    status, out, _ = serial("encode", [line])
    assert status == 0
    assert out[0]["length"] == 14 and len(out[0]["serial"]) == 14 and out[0]["serial"][0] == "3"


@pytest.mark.parametrize("change, reason", [
    ({"key": "00"}, '"key" must be a text of 64 hexadecimal digits'),
    ({"key": "g" * 64}, '"key" must be a text of 64 hexadecimal digits'),
    ({"key": None}, '"key" must be a text'),
    ({"key_id": 32}, '"key_id" must be 0 to 31'),
    ({"key_id": 2**40}, '"key_id" must be 0 to 31'),
    ({"key_id": -1}, '"key_id" must be a whole number from 0'),
    ({"key_id": "3"}, '"key_id" must be a whole number from 0'),
    ({"gtin": "9506000134352"}, '"gtin" must be a text of 14 digits'),
    ({"gtin": "0950600013435x"}, '"gtin" must be a text of 14 digits'),
    ({"gtin": 9506000134352}, '"gtin" must be a text'),
    ({"n": 1.5}, '"n" must be a whole number from 0'),
    ({"n": 2**45, "length": 10}, "the counter does not fit"),
    ({"length": 9}, "a serial has 10 to 20 characters"),
    ({"length": 2**32 + 14}, "a serial has 10 to 20 characters"),
    ({"serial": "30000000000000"}, '"serial" is there, but should be'),
])
def test_names_line_and_reason_of_a_refusal_and_goes_on(change, reason):
    good = {"key": ZERO_KEY, "key_id": 3, "gtin": "09506000134352", "n": 1, "length": 14}
    status, out, err = serial("encode", [good, "\n", {**good, **change}, good])
    assert status == 3
    assert len(out) == 3 and out[0] == out[2] and "serial" in out[0]
    assert out[1]["line"] == 3 and out[1]["error"].startswith(reason)
    assert err == f"line 3: {out[1]['error']}\n"


@pytest.mark.parametrize("text, reason", [
    ("", "a serial has 10 to 20 characters"),
    ("300000000", "a serial has 10 to 20 characters"),
    ("3" * 21, "a serial has 10 to 20 characters"),
    ("U0000000000000", "a serial has only the characters"),
    ("3000000000000o", "a serial has only the characters"),
    ("3000000000000\u00e9", "a serial has only the characters"),
])
def test_refuses_serials_that_are_none(text, reason):
    status, out, err = serial("decode", [{"key": ZERO_KEY, "gtin": "09506000134352", "serial": text}])
    assert status == 3 and out[0]["error"].startswith(reason) and err.startswith("line 1: ")


def test_survives_lines_that_are_no_json():
    long = b'{"key": "' + b"0" * 100_000 + b'"}\n'
    lines = [b"{\n", b"[]\n", b"\xff\xfe\n", b"{\"a\":\"\0\"}\n", long, b'{"a":1,"a":2}\n', b"null"]
    status, out, err = raw("encode", b"".join(lines))
    assert status == 3
    assert [o["line"] for o in out] == [1, 2, 3, 4, 5, 6, 7]
    assert "longer than 65536 bytes" in out[4]["error"]
    assert len(err.splitlines()) == 7


def test_wants_a_direction():
    for arguments in ([], ["both"], ["encode", "x"]):
        done = subprocess.run([SUYUAN, "serial", *arguments], input=b"", capture_output=True)
        assert done.returncode == 2
