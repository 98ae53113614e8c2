"""What an operator installs: units, HAProxy's example, the Debian package (installed for real by `make deb-test`)."""
import os
import re
import shutil
import subprocess
import tempfile
import pathlib

import pytest

from steps import TOP

UNITS = sorted((TOP / "conf/systemd").glob("*.service"))
PACKAGING = TOP / "packaging"


def unit(path):
    """{key: [values]} of a unit."""
    found = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", path.read_text(), re.M):
        found.setdefault(key, []).append(value)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The units with this checkout's programs in place of the package's."""
    folder = tmp_path_factory.mktemp("units")
    for path in (TOP / "conf/systemd").iterdir():
        (folder / path.name).write_text(path.read_text().replace("/usr/bin/", f"{TOP}/bin/"))
    return folder


def test_units_are_well_formed(installed):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *installed.iterdir()], capture_output=True,
                          text=True)
    complaints = [line for line in done.stderr.splitlines() if "suyuan" in line]
    assert done.returncode == 0 and not complaints, done.stderr


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_units_leave_little_to_attack(installed, path):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=30", installed / path.name],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-400:]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_units_start_what_there_is(path):
    for line in unit(path)["ExecStart"] + unit(path).get("ExecStartPre", []):
        program, *words = line.split()
        assert program.startswith("/usr/bin/")
        usage = subprocess.run([TOP / "bin" / program.rpartition("/")[2], *words, "--help"], capture_output=True)
        assert usage.returncode == 0, line


def allowed_calls(path):
    """What SystemCallFilter= lets through, as systemd reads the lines one after the other."""
    listing = subprocess.run(["systemd-analyze", "syscall-filter"], check=True, capture_output=True, text=True).stdout
    groups, name = {}, None
    for line in re.sub("\x1b\\[[0-9;]*m", "", listing).splitlines():
        if line.startswith("@"):
            name = line.strip()
            groups[name] = []
        elif name and line.startswith("    ") and not line.strip().startswith("#"):
            groups[name].append(line.strip())

    def flat(word):
        return {call for one in groups[word] for call in flat(one)} if word.startswith("@") else {word}
    allowed = set()
    for line in unit(path)["SystemCallFilter"]:
        words = {call for word in line.lstrip("~").split() for call in flat(word)}
        allowed = allowed - words if line.startswith("~") else allowed | words
    return allowed


# What may be refused without harm: glibc and libpq ask, and take "no" for an answer.
HARMLESS = {"sched_getaffinity", "sched_setaffinity"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing")
@pytest.mark.parametrize("name", ["lookup", "console"])
def test_units_allow_the_calls_a_server_makes(name, tmp_path):
    """From the start over requests to the end."""
    script = f"""
import sys; sys.path[:0] = ["{TOP}/tests/http", "{TOP}/tests/lib"]
import os, signal, server
server.program = lambda build: "{tmp_path}/traced"
confined = {{"run_as": "nobody"}} if os.getuid() == 0 else {{}}
with server.Server(build="release", program_name="{name}", drain_seconds=1, **confined) as s:
    s.get("/assets/icon.svg"); s.get("/nothing")
    s.ask_admin("/metrics")
    os.kill(server.children(s.process.pid)[0], signal.SIGTERM)  # strace itself would not pass it on
    s.process.wait(20)
os._exit(0)
"""
    traced = tmp_path / "traced"
    traced.write_text(f"#!/bin/sh\nexec strace -f -qq -o {tmp_path}/calls -e signal=none {TOP}/bin/suyuand \"$@\"\n")
    traced.chmod(0o755)
    subprocess.run(["/usr/bin/python3", "-c", script], timeout=60, capture_output=True)
    calls = set(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)", (tmp_path / "calls").read_text(), re.M)) - {"resumed"}
    path = TOP / f"conf/systemd/suyuan-{name}.service"
    assert {"execve", "accept4", "sendto"} <= calls
    assert calls - allowed_calls(path) - HARMLESS == set()


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is missing")
def test_haproxy_takes_the_example():
    done = subprocess.run(["haproxy", "-c", "-f", TOP / "conf/haproxy/haproxy.cfg"], capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr + done.stdout, done.stderr


# --- the package -------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def package():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run(["make", "-s", "man", "completion"], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
        for name in ("one", "two"):
            subprocess.run([PACKAGING / "build", "bin", "0.1.0", folder / f"{name}.deb"], cwd=TOP, check=True,
                           stdout=subprocess.DEVNULL)
        yield folder


def field(package, name):
    return subprocess.run(["dpkg-deb", "-f", package / "one.deb", name], check=True, capture_output=True,
                          text=True).stdout.strip()


def content(package):
    lines = subprocess.run(["dpkg-deb", "-c", package / "one.deb"], check=True, capture_output=True, text=True).stdout
    return {line.split()[5].lstrip("."): line.split()[:2] for line in lines.splitlines()}


def test_the_same_programs_give_the_same_package(package):
    assert (package / "one.deb").read_bytes() == (package / "two.deb").read_bytes()


def test_a_package_names_its_libraries(package):
    depends = field(package, "Depends")
    for library in ("libc6", "libpq5", "libssl3", "libhiredis0.14", "libjansson4", "adduser"):
        assert re.search(rf"\b{re.escape(library)}\b", depends), depends


def test_files_of_a_package_belong_to_root_and_are_in_their_places(package):
    found = content(package)
    assert {owner for _, owner in found.values()} == {"root/root"}
    assert found["/etc/suyuan/suyuan.conf"][0] == "-rw-r-----"
    for path, (mode, _) in found.items():
        assert mode[8] != "w" and mode[5] != "w" or mode[0] == "l", path
        assert not re.search(r"/(usr/local|home|tmp|build)/", path)
    for name in ("suyuan.1", "suyuan.conf.5", "suyuand.8"):
        assert f"/usr/share/man/man{name[-1]}/{name}.gz" in found
    for program in ("suyuan", "suyuand", "suyuan-database"):
        assert found[f"/usr/bin/{program}"][0] == "-rwxr-xr-x"
    assert {f"/lib/systemd/system/{path.name}" for path in UNITS} <= set(found)


def test_settings_of_a_package_are_valid(package, tmp_path):
    subprocess.run(["dpkg-deb", "-x", package / "one.deb", tmp_path], check=True)
    done = subprocess.run([tmp_path / "usr/bin/suyuan", "--config", tmp_path / "etc/suyuan/suyuan.conf", "config"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "run_as = suyuan" in done.stdout and "lookup_admin_port = 8445" in done.stdout
    # Programs carry no path of where they were built.
    for program in ("suyuan", "suyuand"):
        assert os.fsencode(TOP) not in (tmp_path / "usr/bin" / program).read_bytes()


def test_scripts_of_a_package_are_clean():
    scripts = [PACKAGING / name for name in ("build", "test", "test-services", "suyuan-database", "postinst", "prerm",
                                             "postrm")]
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
