"""Another master key: the serial keys change their wrapping, no code changes, and a death at any moment leaves them
readable."""
import os
import subprocess

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import samples
from database import Database, over
from steps import TOP

TEA = samples.GTINS[0]


@pytest.fixture
def house(instance, tmp_path):
    """Two serial keys and a batch of each."""
    house = Database(instance, tmp_path, migrated=True)
    house.suyuan("migrate")
    house.suyuan("key", "init", status=0)
    samples.make_brand(over(house.connect("suyuan_owner")), "a", [TEA])
    house.batches = []
    for _ in range(2):
        house.suyuan("key", "add", status=0)
        out = tmp_path / f"{len(house.batches)}.csv"
        made = house.suyuan("batch", "--gtin", TEA, "--quantity", 20, "--out", out, "--json", status=0).json
        house.batches.append((made["id"], out.read_bytes()))
    house.key = house.folder / f"{house.name}.key"
    yield house
    house.drop()


def beside(house, ending):
    return house.key.with_name(house.key.name + ending)


def codes(house):
    """Whether every code of every batch is computed as before."""
    for i, (batch, before) in enumerate(house.batches):
        out = house.folder / f"again{i}.csv"
        out.unlink(missing_ok=True)
        done = house.suyuan("batch", "--again", batch, "--out", out, status=None)
        if done.status != 0 or out.read_bytes() != before:
            return False
    return True


def wrapped(house):
    with house.connect("postgres").cursor() as cursor:
        cursor.execute("SELECT c.wrapped = p.wrapped, c.wrapped FROM code.serial_key AS c JOIN pub.serial_key AS p USING (key_id)"
                       " ORDER BY key_id")
        rows = cursor.fetchall()
    assert len(rows) == 2 and all(same for same, _ in rows)
    return [bytes(w) for _, w in rows]


def test_the_new_key_opens_all_and_the_old_one_nothing(house):
    old, before = house.key.read_text(), wrapped(house)
    house.suyuan("key", "next", status=0)
    new = beside(house, ".next").read_text()
    assert new != old and beside(house, ".next").stat().st_mode & 0o777 == 0o600
    assert codes(house)
    assert house.suyuan("key", "rewrap", "--json", status=0).json["rewrapped"] == 2
    assert house.key.read_text() == new and beside(house, ".old").read_text() == old
    assert not beside(house, ".next").exists()
    assert not set(wrapped(house)) & set(before)
    assert codes(house)
    house.key.write_text(old)
    assert not codes(house)


def test_it_may_be_done_again_and_again(house):
    for ending in (".old", ".old2", ".old3"):
        before = house.key.read_text()
        house.suyuan("key", "next", status=0)
        house.suyuan("key", "add", status=0)
        house.suyuan("key", "rewrap", status=0)
        assert beside(house, ending).read_text() == before
        with house.connect("suyuan_owner").cursor() as cursor:
            cursor.execute("DELETE FROM code.serial_key WHERE key_id > 1")
            cursor.execute("DELETE FROM pub.serial_key WHERE key_id > 1")
        assert codes(house)


def test_refuses_without_a_next_key_or_over_one(house):
    assert "key next" in house.suyuan("key", "rewrap", status=1).err
    house.suyuan("key", "next", status=0)
    new = beside(house, ".next").read_text()
    house.suyuan("key", "next", status=1)
    assert beside(house, ".next").read_text() == new
    beside(house, ".next").chmod(0o644)
    assert "chmod 600" in house.suyuan("key", "rewrap", status=1).err
    assert wrapped(house)


def test_a_key_that_neither_opens_stops_it(house):
    with house.connect("suyuan_owner").cursor() as cursor:
        cursor.execute("UPDATE code.serial_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1) WHERE key_id = 1")
    house.suyuan("key", "next", status=0)
    with house.connect("suyuan_owner").cursor() as cursor:
        cursor.execute("SELECT wrapped FROM code.serial_key ORDER BY key_id")
        before = cursor.fetchall()
        house.suyuan("key", "rewrap", status=1)
        cursor.execute("SELECT wrapped FROM code.serial_key ORDER BY key_id")
        assert cursor.fetchall() == before
    assert beside(house, ".next").exists()


def strace(house, *options):
    return subprocess.run(["strace", "-f", "-o", house.folder / "trace", *options, TOP / "bin/suyuan", "--config",
                           house.config, "key", "rewrap"], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)


CALLS = ("link", "rename", "fsync", "openat", "sendto")


def test_killed_at_any_call_that_matters_it_leaves_the_keys_readable(house):
    """Each call of the kind, one run each, from the master key's files to the last reply."""
    kills = 0
    for call in CALLS:
        at = 0
        while at < 60:
            at += 1
            if not beside(house, ".next").exists():
                house.suyuan("key", "next", status=0)
            done = strace(house, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={at}")
            if done.returncode == 0:
                break
            kills += 1
            assert done.returncode in (-9, 137), done
            if call not in ("openat",) or at % 10 == 0:
                assert codes(house), (call, at)
        assert at > 1, f"{call} was never met"
    assert kills > 20
    if beside(house, ".next").exists():
        house.suyuan("key", "rewrap", status=0)
    assert codes(house) and os.listdir(house.folder)


def test_secrets_of_second_factors_go_along(house):
    """One in the clear, from before, is sealed; sealed ones change their key and open with no other."""
    secret, opener = bytes(range(20)), lambda: AESGCM(bytes.fromhex(house.key.read_text().strip()))
    db = over(house.connect("suyuan_owner"))
    [(account,)] = db(None, "INSERT INTO team.account (brand_id, name, roles) SELECT id, 'x', '{viewer}' FROM trace.brand RETURNING id")
    db(None, "INSERT INTO team.secret (account_id, totp, totp_at) VALUES (%s, %s, now())", account, secret)
    kept, openers = [], [opener()]
    for _ in range(2):
        house.suyuan("key", "next", status=0)
        house.suyuan("key", "rewrap", status=0)
        [(sealed,)] = db(None, "SELECT totp FROM team.secret WHERE account_id = %s", account)
        kept.append(bytes(sealed))
        openers.append(opener())
    for i, sealed in enumerate(kept, 1):
        assert sealed[0] == 1 and len(sealed) == 49 and secret not in sealed
        use = f"suyuan second factor {account}".encode()
        for number, key in enumerate(openers):
            if number == i:
                assert key.decrypt(sealed[1:13], sealed[13:], use) == secret
                with pytest.raises(InvalidTag):
                    key.decrypt(sealed[1:13], sealed[13:], use + b"0")
            else:
                with pytest.raises(InvalidTag):
                    key.decrypt(sealed[1:13], sealed[13:], use)
