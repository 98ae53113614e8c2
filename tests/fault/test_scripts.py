"""Our shell scripts and package lists hold what they promise."""
import json
import subprocess

import pytest

from steps import TOP

SCRIPTS = ["demo/instance", "demo/load", "mk/deps", "tests/shape", ".ci/run"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_finds_nothing(script):
    done = subprocess.run(["shellcheck", "-x", script], cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_deps_says_and_does_nothing_the_second_time():
    subprocess.run([TOP / "mk/deps"], check=True, capture_output=True, timeout=300)
    done = subprocess.run([TOP / "mk/deps"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_deps_names_the_command_where_it_may_not_install(tmp_path):
    """As a user without sudo, with a package on the list that is not installed."""
    home = tmp_path / "mk"
    home.mkdir()
    (home / "deps").write_bytes((TOP / "mk/deps").read_bytes())
    (home / "packages.txt").write_text("[build]\nsuyuan-no-such-package  to see what is said\n")
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "sudo").write_text("#!/bin/sh\nexit 1\n")
    for name in ["id", "sudo"]:
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(["bash", home / "deps", "build"], capture_output=True, text=True,
                          env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert done.returncode == 1
    assert "apt-get install --no-install-recommends suyuan-no-such-package" in done.stderr


def test_npm_lock_names_versions_and_digests_but_no_host():
    lock = json.loads((TOP / "package-lock.json").read_text())
    packages = {name: p for name, p in lock["packages"].items() if name}
    assert packages
    for name, package in packages.items():
        assert "integrity" in package and "resolved" not in package, name
