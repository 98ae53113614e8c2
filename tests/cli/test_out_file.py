"""`--out` writes whole files, and writes through what is no file."""
import os
import signal
import stat
import subprocess
import threading
import time

import pytest

from conftest import suyuan_program
import instance as shared

GTIN = "09506000134376"


@pytest.fixture(scope="module")
def batch(suyuan):
    """Makes one code, with `--out` as given."""
    if not suyuan("key", "list", status=0).out:
        suyuan("key", "add", status=0)
    suyuan("brand", "add", "out-file", "--name", "en=Out", status=0)
    suyuan("brand", "own", "out-file", GTIN, status=0)
    return lambda out: suyuan("batch", "--gtin", GTIN, "--quantity", 1, "--out", out, status=0)


def test_a_file_is_replaced_whole_and_private(batch, tmp_path):
    out = tmp_path / "codes.csv"
    out.write_text("old")
    batch(out)
    assert out.read_text().startswith('"seq"')
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["codes.csv"]


def test_a_pipe_is_written_to_not_replaced(batch, tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    batch(pipe)
    reader.join(10)
    assert got[0].startswith('"seq"')
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a device")
def test_a_device_stays_a_device(batch, tmp_path):
    null = tmp_path / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    batch(null)
    assert stat.S_ISCHR(null.stat().st_mode)


@pytest.mark.parametrize("name", ["folder", "folder/", "missing/"])
def test_a_folder_is_refused_before_codes_are_made(batch, suyuan, tmp_path, name):
    (tmp_path / "folder").mkdir()
    before = suyuan("batch", "--list", "--gtin", GTIN, status=0).out
    refused = suyuan("batch", "--gtin", GTIN, "--quantity", 1, "--out", f"{tmp_path}/{name}", status=1)
    assert "Is a directory" in refused.err
    assert suyuan("batch", "--list", "--gtin", GTIN, status=0).out == before
    assert sorted(os.listdir(tmp_path)) == ["folder"] and os.listdir(tmp_path / "folder") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_stopped_leaves_no_codes_behind(batch, instance, tmp_path, number):
    running = subprocess.Popen(
        [suyuan_program(), "batch", "--gtin", GTIN, "--quantity", "50000000", "--out", tmp_path / "codes.csv"],
        env=shared.command_env(instance.var), stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while not any(p.stat().st_size for p in tmp_path.iterdir()):
        assert time.monotonic() < end and running.poll() is None
        time.sleep(0.01)
    running.send_signal(number)
    assert running.wait(20) == -number
    assert os.listdir(tmp_path) == []
