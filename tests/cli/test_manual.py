"""The manual and the shipped settings say what the program does."""
import pathlib
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


def manual(page):
    return subprocess.run([TOP / "bin/suyuan", "--config", "/dev/null", "man", page], check=True,
                          capture_output=True, text=True).stdout


def rendered(roff):
    if shutil.which("groff") is None:
        pytest.skip("no groff here")
    done = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-P-cbou"], input=roff, check=True,
                          capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


def test_every_command_is_in_the_manual_with_its_help():
    overview = subprocess.run([TOP / "bin/suyuan", "--help"], check=True, capture_output=True, text=True).stdout
    names = [line.split()[0] for line in overview.splitlines() if line.startswith("  ") and line[2] != "s"
             or line.startswith("  serial")]
    text = rendered(manual("suyuan"))
    assert len(names) > 10
    for name in names:
        assert f"suyuan {name}" in text, name


def test_the_settings_page_has_every_key():
    text = rendered(manual("suyuan.conf"))
    for line in (TOP / "conf/suyuan.conf").read_text().splitlines():
        if line and not line.startswith("#"):
            assert line.split(" =")[0] in text


def test_the_server_page_renders():
    text = rendered((TOP / "man/suyuand.8").read_text())
    assert "SIGUSR1" in text and "SIGUSR2" in text


def test_the_shipped_settings_are_what_the_program_prints():
    printed = subprocess.run([TOP / "bin/suyuan", "--config", "/dev/null", "config"], check=True,
                             capture_output=True, text=True).stdout
    assert (TOP / "conf/suyuan.conf").read_text() == printed
