"""`suyuan code`, `commission` and `batch reconcile|close|lot`: what they say, line by line, and their exit statuses."""
import csv
import itertools
import uuid

import pytest

numbers = itertools.count(0)


def gtin():
    """The 14 digits of a GTIN that no other test has."""
    body = f"0950600{uuid.uuid4().int % 10 ** 6:06d}"
    return body + str(-sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(body)) % 10)


@pytest.fixture(scope="module")
def brand(suyuan):
    slug = f"life-{uuid.uuid4().hex[:12]}"
    suyuan("brand", "add", slug, "--name", "en=Life", status=0)
    return slug


class Batch:
    def __init__(self, suyuan, brand, folder, quantity, *options):
        self.suyuan, self.gtin = suyuan, gtin()
        suyuan("brand", "own", brand, self.gtin, status=0)
        self.file = folder / f"{next(numbers)}.csv"
        self.id = suyuan("batch", "--gtin", self.gtin, "--quantity", quantity, "--out", self.file, "--json", *options,
                         status=0).json["id"]
        with open(self.file, encoding="utf-8", newline="") as rows:
            self.codes = [row["url"] for row in csv.DictReader(rows)]

    def counts(self, *options):
        lines = self.suyuan("batch", "reconcile", self.id, "--json", *options, status=0).json_lines
        return {k: sum(line[k] for line in lines) for k in lines[0] if k not in ("batch", "lot")}


@pytest.fixture
def make(suyuan, brand, tmp_path):
    return lambda quantity, *options: Batch(suyuan, brand, tmp_path, quantity, *options)


def forged(code):
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def test_a_file_names_every_line_that_was_refused(make, suyuan, tmp_path):
    batch = make(20)
    suyuan("code", "state", batch.codes[3], "void", status=0)
    file = tmp_path / "left.txt"
    file.write_text("\ufeff" + "\r\n".join(batch.codes[:5] + ["", forged(batch.codes[6]), "x" * 3000, "rubbish"]) + "\r\n")
    done = suyuan("code", "state", "--file", file, "commissioned", status=3)
    assert done.out == "4 now commissioned, 0 were already, 1 refused, 3 not known\n"
    assert done.err.splitlines() == [
        f"{file}:4: cannot become commissioned: it is void", f"{file}:7: this code was never issued",
        f"{file}:8: the line is too long", f"{file}:9: neither a GS1 Digital Link nor a serial with its GTIN"]
    again = suyuan("commission", "--file", "-", input="\n".join(batch.codes[:3]) + "\n", status=0)
    assert again.out == "0 now commissioned, 3 were already, 0 refused, 0 not known\n"
    assert batch.counts()["commissioned"] == 4


def test_a_file_in_json_is_a_line_for_each_and_a_sum(make, suyuan, tmp_path):
    batch = make(3)
    file = tmp_path / "codes.txt"
    file.write_text("\n".join([batch.codes[0], forged(batch.codes[1]), "x"]))
    done = suyuan("code", "state", "--file", file, "printed", "--json", status=3)
    assert done.json_lines == [
        {"line": 1, "code": batch.codes[0], "result": "changed", "was": "provisioned", "to": "printed", "batch": batch.id,
         "place": 1},
        {"line": 2, "code": forged(batch.codes[1]), "result": "never_issued"},
        {"line": 3, "code": "x", "result": "malformed", "reason": "neither a GS1 Digital Link nor a serial with its GTIN"},
        {"state": "printed", "changed": 1, "already": 0, "refused": 0, "unknown": 2}]
    assert done.err == ""


def test_the_file_of_a_batch_and_serials_alone(make, suyuan, tmp_path):
    batch = make(10)
    suyuan("code", "state", "--file", batch.file, "--column", "url", "printed", status=0)
    serials = tmp_path / "serials.txt"
    serials.write_text("\n".join(code.rpartition("/")[2] for code in batch.codes))
    done = suyuan("commission", "--file", serials, "--gtin", batch.gtin, status=0)
    assert done.out.startswith("10 now commissioned")
    assert "names no column" in suyuan("commission", "--file", batch.file, "--column", "nothing", status=1).err
    assert "No such file" in suyuan("commission", "--file", tmp_path / "none", status=1).err


def test_a_file_longer_than_a_slice(make, suyuan, tmp_path):
    batch = make(10_003)
    done = suyuan("commission", "--file", batch.file, "--column", "url", status=0)
    assert done.out.startswith("10003 now commissioned")
    assert batch.counts()["commissioned"] == 10_003


def test_one_code_is_told_in_words(make, suyuan):
    batch = make(2)
    assert suyuan("code", "state", batch.codes[0], "commissioned", status=0).out == f"{batch.codes[0]}: now commissioned\n"
    done = suyuan("code", "state", batch.codes[0], batch.codes[1], "printed", status=3)
    assert done.err == f"suyuan: {batch.codes[0]}: cannot become printed: it is commissioned\n"
    assert suyuan("code", "state", batch.codes[0], "printed", status=1).out == ""


def test_places_of_a_batch(make, suyuan):
    batch = make(10)
    done = suyuan("code", "state", "--batch", batch.id, "--from", 3, "--to", 5, "void", status=0)
    assert done.out == f"{batch.id}: 3 now void\n"
    assert suyuan("commission", "--batch", batch.id, status=3).out == f"{batch.id}: 7 now commissioned\n"
    assert "3 codes cannot become commissioned: they are void" in suyuan(
        "commission", "--batch", batch.id, "--from", 3, "--to", 5, status=1).err
    assert "places of this batch are 1 to 10" in suyuan("commission", "--batch", batch.id, "--from", 11, status=1).err
    assert "there is no batch" in suyuan("commission", "--batch", str(uuid.uuid4()), status=1).err


@pytest.mark.parametrize("words", [
    ["code"], ["code", "state"], ["code", "state", "void"], ["code", "state", "x", "lost"], ["code", "check"],
    ["code", "state", "x", "--batch", "y", "void"], ["code", "state", "x", "--from", "1", "void"], ["commission"],
    ["commission", "--batch", "x", "--file", "y"], ["batch", "close"], ["batch", "lot", "x"],
    ["batch", "lot", "x", "ü"], ["batch", "close", "x", "--from", "0"]])
def test_a_wrong_command_line_does_nothing(suyuan, words):
    suyuan(*words, status=2)


def test_a_print_check_tells_duplicates_and_forged_codes_and_writes_them_down(make, suyuan, owner_db):
    batch = make(3, "--lot", "L-1")
    done = suyuan("code", "check", batch.codes[1], status=0)
    assert done.out == f"{batch.codes[1]}: printed, place 2 of batch {batch.id}, lot L-1\n"
    again = suyuan("code", "check", batch.codes[1], batch.codes[0], forged(batch.codes[2]), status=3)
    assert "seen before, at " in again.err and "it is printed" in again.err and "never issued" in again.err
    suyuan("code", "state", batch.codes[2], "void", status=0)
    assert "not to be printed: it is void" in suyuan("code", "check", batch.codes[2], status=1).err
    lines = suyuan("code", "check", batch.codes[0], "--json", status=1).json_lines
    assert (lines[0]["result"], lines[0]["state"], lines[0]["place"], lines[0]["lot"]) == ("duplicate", "printed", 1, "L-1")
    assert lines[0]["seen_at"] <= lines[0]["seen_until"] and lines[1] == {"printed": 0, "other": 1}
    serials = [code.rpartition("/")[2] for code in batch.codes]
    suyuan("code", "check", batch.codes[0], status=1)
    with owner_db.cursor() as cursor:  # as of the API
        cursor.execute("SELECT serial, result, batch_id::text, place, state::text, times FROM code.misread WHERE gtin = %s "
                       "ORDER BY id", [int(batch.gtin)])
        assert sorted(cursor.fetchall()) == sorted([
            (serials[1], "duplicate", batch.id, 2, "printed", 1), (serials[0], "duplicate", batch.id, 1, "printed", 2),
            (forged(serials[2]), "never_issued", None, None, None, 1), (serials[2], "refused", batch.id, 3, "void", 1)])


def test_the_story_of_a_code(make, suyuan):
    batch = make(2)
    suyuan("code", "check", batch.codes[0], status=0)
    suyuan("commission", "--batch", batch.id, status=0)
    suyuan("batch", "lot", batch.id, "AFTER-1", status=0)
    suyuan("code", "state", batch.codes[0], "blocked", "--reason", "en=Stolen", status=0)
    shown = suyuan("code", "show", batch.codes[0], "--json", status=0).json
    assert [s.get("state", s.get("lot")) for s in shown["steps"]] == ["printed", "commissioned", "AFTER-1", "blocked"]
    assert (shown["state"], shown["lot"], shown["place"]) == ("blocked", "AFTER-1", 1)
    words = suyuan("code", "show", batch.codes[0], status=0).out.splitlines()
    assert "blocked since" in words[0] and "lot AFTER-1" in words[0] and len(words) == 5
    assert "never issued" in suyuan("code", "show", forged(batch.codes[0]), status=1).err


def test_counting_closing_and_the_lot(make, suyuan):
    batch = make(10)
    suyuan("commission", "--batch", batch.id, "--to", 6, status=0)
    suyuan("code", "state", batch.codes[6], "destroyed", status=0)
    assert suyuan("batch", "reconcile", batch.id, status=0).out == (
        f"{batch.id}: 10 issued = 3 provisioned + 0 printed + 6 commissioned + 0 consumed + 0 decommissioned + 0 blocked"
        " + 0 void + 1 destroyed\n")
    before = batch.file.read_bytes()
    assert "4 codes have the lot now, 0 had it already" in suyuan("batch", "lot", batch.id, "A", "--to", 4, status=0).out
    assert suyuan("batch", "lot", batch.id, "A", "--from", 3, "--to", 5, "--json", status=0).json == {
        "batch": batch.id, "changed": 1, "already": 2}
    refused = suyuan("batch", "lot", batch.id, "B", status=1)
    assert "lot A" in refused.err and "lot B" in refused.err
    assert suyuan("batch", "--again", batch.id, status=0).out.encode() == before.replace(b"\r\n", b"\n")
    assert batch.counts()["open"] == 3 and batch.counts("--from", 8)["issued"] == 3
    assert suyuan("batch", "close", batch.id, status=0).out == f"{batch.id}: closed, 3 open codes are now void\n"
    assert "closed already, at 20" in suyuan("batch", "close", batch.id, status=1).err
    assert batch.counts() == {"issued": 10, "provisioned": 0, "printed": 0, "commissioned": 6, "consumed": 0,
                              "decommissioned": 0, "blocked": 0, "void": 3, "destroyed": 1, "open": 0}


def test_serials_made_elsewhere_take_the_same_steps(suyuan, brand, tmp_path):
    number = gtin()
    suyuan("brand", "own", brand, number, status=0)
    file = tmp_path / "serials.txt"
    file.write_text('A"B,C\nPLAIN-2\n')
    suyuan("serials", "import", "--gtin", number, file, status=0)
    done = suyuan("commission", "--file", file, "--gtin", number, status=0)
    assert done.out.startswith("2 now commissioned")
    assert "it is commissioned" in suyuan("code", "state", "PLAIN-2", "--gtin", number, "printed", status=1).err
    assert suyuan("code", "check", "PLAIN-2", "--gtin", number, "--json", status=1).json_lines[0]["result"] == "duplicate"
    shown = suyuan("code", "show", 'A"B,C', "--gtin", number, "--json", status=0).json
    assert shown["state"] == "commissioned" and [s["state"] for s in shown["steps"]] == ["commissioned"]
