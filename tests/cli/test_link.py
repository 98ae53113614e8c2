"""`suyuan link parse`: the verdict of GS1's own engine, one form for one meaning, and input of any kind."""
import json
import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import suyuan_program
from examples import examples

SUYUAN = str(suyuan_program())
GTIN = "09780345418913"
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def run(data, *arguments):
    return subprocess.run([SUYUAN, "link", "parse", *arguments], input=data, capture_output=True,
                          timeout=60)


def parse(lines, *arguments):
    done = run(b"".join(line + b"\n" for line in lines), *arguments)
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- the collection ---

@pytest.fixture(scope="module")
def collection(shared_data):
    text = (shared_data / "gs1-digital-link" / "dl_uris_oracle.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_every_link_of_the_collection_gets_the_engines_verdict(collection):
    assert len(collection) > 800
    answers = parse([line["uri"].encode() for line in collection])
    assert len(answers) == len(collection)
    wrong = [(expected["uri"], field, expected.get(field), answer[field])
             for expected, answer in zip(collection, answers)
             for field in ("uri", "valid", "ai", "canonical", "ignored_query")
             if answer[field] != expected.get(field)]
    assert wrong == []


def test_every_refusal_says_why_and_nothing_else_does(collection):
    for answer in parse([line["uri"].encode() for line in collection]):
        assert bool(answer["error"]) == bool(answer["code"]) == (not answer["valid"])


def test_a_trailing_slash_changes_no_verdict(collection):
    links = [line for line in collection
             if line["valid"] and "?" not in line["uri"] and "#" not in line["uri"]]
    answers = parse([line["uri"].encode() + b"/" for line in links])
    assert [a["canonical"] for a in answers] == [line["canonical"] for line in links]


def test_canonical_links_are_their_own_canonical_form(collection):
    canonical = [line["canonical"] for line in collection if line["valid"]]
    assert [a["canonical"] for a in parse([c.encode() for c in canonical])] == canonical


# --- properties ---

class Parser:
    """One running `suyuan link parse`, asked line by line: it answers before it waits for more."""

    def __init__(self):
        self.process = subprocess.Popen([SUYUAN, "link", "parse"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, uri):
        self.process.stdin.write(uri.encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=10) == 0
        self.process.stdout.close()


@pytest.fixture(scope="module")
def parser():
    running = Parser()
    yield running
    running.close()


def percent(draw, text):
    """`text` for a path or a query: what must be escaped is, what need not be may be, in any case."""
    plain = "-._~"
    out = ""
    for c in text:
        may_stay = c.isascii() and (c.isalnum() or c in plain)
        if may_stay and not draw(st.booleans()):
            out += c
        else:
            out += draw(st.sampled_from(["%%%02X", "%%%02x"])) % ord(c)
    return out


serials = st.text(SET_82, min_size=1, max_size=20)
dates = st.dates().map(lambda d: d.strftime("%y%m%d"))


@st.composite
def links(draw):
    """A valid link written in one of many ways, and the elements of its path and its query."""
    lot, serial = draw(st.none() | serials), draw(st.none() | serials)
    best_before, order = draw(st.none() | dates), draw(st.none() | serials)
    path = [("01", GTIN)] + [(ai, v) for ai, v in (("10", lot), ("21", serial)) if v is not None]
    query = [(ai, v) for ai, v in (("15", best_before), ("400", order)) if v is not None]
    query = draw(st.permutations(query))
    uri = draw(st.sampled_from(["https://example.com", "http://a:8080/stem", "HTTPS://X/01/2"]))
    uri += "".join(f"/{ai}/{percent(draw, v)}" for ai, v in path)
    uri += draw(st.sampled_from(["", "/"]))
    parameters = [f"{ai}={percent(draw, v)}" for ai, v in query]
    if draw(st.booleans()):
        parameters.insert(draw(st.integers(0, len(parameters))), "linkType=gs1:pip")
    uri += "?" + "&".join(parameters) if parameters else ""
    return uri, path, query


def element_string(elements):
    return "".join(f"({ai})" + v.replace("(", "\\(") for ai, v in elements)


@examples(300)
@given(link=links())
def test_however_it_is_written_a_link_says_the_same(parser, link):
    uri, path, query = link
    answer = parser.ask(uri)
    assert answer["valid"], answer
    assert answer["ai"] == element_string(path + query)


@examples(300)
@given(link=links())
def test_the_canonical_form_says_the_same_and_is_stable(parser, link):
    uri, path, query = link
    canonical = parser.ask(uri)["canonical"]
    again = parser.ask(canonical)
    assert again["canonical"] == canonical
    fixed_first = sorted(query, key=lambda element: element[0] != "15")
    assert again["ai"] == element_string(path + fixed_first)
    assert again["ignored_query"] == []


@examples(300)
@given(line=st.text(st.characters(blacklist_characters="\n", blacklist_categories=["Cs"])))
def test_any_text_gets_one_answer(parser, line):
    answer = parser.ask(line)
    assert answer["valid"] is False
    assert answer["error"] and answer["code"]


@examples(300)
@given(tail=st.text("/?&=#%+0123456789aF.~^ é", max_size=60))
def test_any_tail_gets_an_answer_whose_canonical_form_is_stable(parser, tail):
    answer = parser.ask(f"https://x/01/{GTIN}{tail}")
    if answer["valid"]:
        assert parser.ask(answer["canonical"])["canonical"] == answer["canonical"]


# --- the command ---

VALID = f"https://example.com/01/{GTIN}/21/A1".encode()


def test_answers_in_the_order_of_the_lines():
    answers = parse([VALID, b"nolink", VALID])
    assert [a["valid"] for a in answers] == [True, False, True]
    assert answers[0] == {
        "uri": VALID.decode(), "valid": True, "error": None, "code": None,
        "ai": f"(01){GTIN}(21)A1", "canonical": f"https://id.gs1.org/01/{GTIN}/21/A1",
        "ignored_query": []}
    assert answers[1]["code"] == "bad_scheme"


def test_bad_lines_get_an_answer_each():
    answers = parse([b"", VALID + b"\0", b"\xff\xfe", VALID + b"\xc3", "https://x/溯源".encode()])
    assert [a["code"] for a in answers] == ["bad_scheme", "bad_character", "not_utf8", "not_utf8",
                                            "bad_character"]
    assert [a["uri"] for a in answers] == ["", VALID.decode() + "\0", None, None,
                                           "https://x/溯源"]


def test_line_ends_may_be_crlf_and_the_last_may_lack_one():
    done = run(VALID + b"\r\n" + VALID)
    assert [json.loads(line)["valid"] for line in done.stdout.splitlines()] == [True, True]


def test_nothing_in_nothing_out():
    done = run(b"")
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize("length", [1999, 2000, 2001, 2002, 65535, 65536, 10_000_000])
def test_a_line_over_the_limit_is_refused_and_the_next_is_read(length):
    link = VALID + b"?a="
    long_line = link + b"b" * (length - len(link))
    answers = parse([long_line, VALID])
    assert answers[0]["code"] == (None if length <= 2000 else "too_long")
    assert answers[1]["valid"]
    if length > 2000:
        assert answers[0]["uri"] == long_line[:80].decode()


def test_a_long_line_is_never_cut_inside_a_character():
    answers = parse([b"a" * 79 + "溯".encode() * 1000])
    assert answers[0]["uri"] == "a" * 79


def test_lines_across_the_pieces_of_input_stay_whole():
    lines = [VALID + b"-" * (n % 19) for n in range(5000)]
    answers = parse(lines)
    assert [a["uri"].encode() for a in answers] == lines


def test_the_exit_status_counts_refusals_only_when_strict():
    assert run(b"no link\n").returncode == 0
    assert run(b"no link\n", "--strict").returncode == 3
    assert run(VALID + b"\n", "--strict").returncode == 0


@pytest.mark.parametrize("arguments", [[], ["parse", "extra"], ["draw"], ["parse", "--loose"]])
def test_a_wrong_command_line_is_refused(arguments):
    done = subprocess.run([SUYUAN, "link", *arguments], input=b"", capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"suyuan link parse" in done.stderr


def test_a_full_disk_is_no_success():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([SUYUAN, "link", "parse"], input=VALID + b"\n", stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1
    assert b"No space left" in done.stderr


def test_unreadable_input_is_no_success():
    folder = os.open("/", os.O_RDONLY)
    try:
        done = subprocess.run([SUYUAN, "link", "parse"], stdin=folder, capture_output=True,
                              timeout=60)
    finally:
        os.close(folder)
    assert done.returncode == 1
    assert b"standard input" in done.stderr
