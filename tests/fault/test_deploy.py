"""A deploy (SIGUSR2, src/web/handover.h): what takes over, what does not, and what goes wrong on the way."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
from backends import Place, soon
from server import Server, children, free_port, program, wait_until
from shop import gtin
from steps import alive

TEA = gtin(740001)


@pytest.fixture(scope="module")
def place():
    place = Place("deploys")
    place.shop.record("product", {"gtin": TEA, "name.en": "Carried tea"})
    place.shop.show("product.name")
    place.code = place.shop.codes(TEA)[0]
    yield place
    place.remove()


def deploy(server):
    server.process.send_signal(signal.SIGUSR2)


def begin_deploy(server):
    """Until old and new are there; while PostgreSQL hangs it goes no further."""
    deploy(server)
    says(server, "a new start takes over")
    wait_until(lambda: len(parents(server)) == 2, 15)


def parents(server):
    """Kore's; there are others below the supervisor, and each is for a moment what it was forked from."""
    return [pid for pid in children(server.process.pid) if command(pid).startswith("suyuand [parent]")]


def command(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def says(server, text, times=1, seconds=15):
    wait_until(lambda: server.errors().count(text) >= times, seconds)


def is_right(server, place):
    return server.get(place.code.path).status == 200


@pytest.mark.parametrize("build", ["release", "asan"])
def test_a_deploy_changes_program_and_settings_under_the_same_process(place, build):
    with place.server(build, workers=2) as server:
        wait_until(lambda: is_right(server, place))
        before, supervisor = server.processes(), server.process.pid
        server.settings["workers"] = 3
        server.write_settings()
        deploy(server)
        says(server, "the older server finishes")
        wait_until(lambda: not any(map(alive, before[1:])), 15)
        assert server.process.pid == supervisor and alive(supervisor)
        wait_until(lambda: len(server.workers) == 3)
        assert is_right(server, place)


def test_settings_that_are_not_good_change_nothing(place):
    with place.server("release") as server:
        wait_until(lambda: is_right(server, place))
        processes = server.processes()
        good = (server.folder / "suyuan.conf").read_text()
        for wrong in ("workers = many\n", f"tls_key = {server.folder}/none\n", "master_key_file = /nonexistent/x\nrun_as = nobody-here\n"):
            (server.folder / "suyuan.conf").write_text(good + wrong)
            refused = server.errors().count("going on as before")
            deploy(server)
            says(server, "going on as before", refused + 1)
            assert is_right(server, place)
        assert server.processes() == processes
        (server.folder / "suyuan.conf").write_text(good)


def test_the_program_that_lies_there_now_takes_over(place, tmp_path):
    """As a package does: a new file in the old one's place."""
    robots = tmp_path / "robots.json"  # a program elsewhere does not find its own
    robots.write_text('[{"pattern": "bot"}]')
    with place.server("release", robots_file=robots) as server:
        own = server.folder / "suyuand"
        shutil.copy(program("release"), own)
        server.stop()
        server.process = None
        server.process = subprocess.Popen([own, "lookup", "--config", server.folder / "suyuan.conf"], stdout=server.out,
                                          stderr=server.err, stdin=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: server.is_ready() and is_right(server, place), 20)
        inode = os.stat(f"/proc/{server.process.pid}/exe").st_ino
        broken = server.folder / "broken"
        broken.write_text("#!/bin/sh\nexit 1\n")
        broken.chmod(0o755)
        os.rename(broken, own)
        deploy(server)
        says(server, "going on as before")
        assert is_right(server, place) and os.stat(f"/proc/{server.process.pid}/exe").st_ino == inode
        shutil.copy(program("release"), server.folder / "new")
        os.rename(server.folder / "new", own)
        parent = server.parent
        deploy(server)
        wait_until(lambda: not alive(parent), 15)
        assert is_right(server, place) and os.stat(f"/proc/{server.process.pid}/exe").st_ino == own.stat().st_ino


def test_while_the_new_server_cannot_load_the_old_one_serves(place):
    """PostgreSQL is away: the old one has pages it can show, the new one has none."""
    with place.server("release") as server:
        wait_until(lambda: is_right(server, place))
        old = server.parent
        with place.postgres_hung():
            begin_deploy(server)
            for _ in range(40):
                assert is_right(server, place)
                time.sleep(0.02)
            deploy(server)
            says(server, "not again yet")
            assert alive(old)
        wait_until(lambda: not alive(old), 20)
        assert is_right(server, place)


def test_when_the_old_server_dies_meanwhile_the_new_one_lets_everybody_in(place):
    with place.server("release") as server:
        wait_until(lambda: is_right(server, place))
        old = server.parent
        with place.postgres_hung():
            begin_deploy(server)
            everybody = [old, *children(old)]
            os.kill(old, signal.SIGKILL)
            wait_until(lambda: not any(map(alive, everybody)))
            assert server.get(place.code.path).status == 503
        soon(lambda: is_right(server, place), bool, 10)


def test_a_new_server_that_dies_is_started_again(place):
    with place.server("release") as server:
        wait_until(lambda: is_right(server, place))
        old = server.parent
        with place.postgres_hung():
            begin_deploy(server)
            new = [pid for pid in parents(server) if pid != old][0]
            os.kill(new, signal.SIGKILL)
            says(server, "starting it again")
            assert is_right(server, place)
        wait_until(lambda: not alive(old), 20)
        assert is_right(server, place)


def test_a_server_that_is_to_end_ends_with_those_before_it(place):
    with place.server("release") as server:
        wait_until(lambda: is_right(server, place))
        everybody = server.processes()
        with place.postgres_hung():
            begin_deploy(server)
            everybody += server.processes()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(15) == 0
        assert not any(map(alive, everybody))
        server.start()


def test_an_idle_client_gets_one_more_answer_and_is_told_to_go(place):
    with place.server("release") as server, server.client() as client:
        wait_until(lambda: is_right(server, place))
        assert client.get(place.code.path).headers.get("connection") != "close"
        parent = server.parent
        deploy(server)
        says(server, "the older server finishes")
        time.sleep(0.3)
        last = client.get(place.code.path)
        assert last.status == 200 and last.headers["connection"] == "close" and client.is_closed()
        wait_until(lambda: not alive(parent), 5)


def test_the_operators_port_stays_open(place):
    with place.server("release", lookup_admin_port=free_port()) as server:
        address = f"http://127.0.0.1:{server.settings['lookup_admin_port']}/healthz"
        def ask():
            try:
                return urllib.request.urlopen(address, timeout=5).status
            except urllib.error.HTTPError as answer:
                return answer.status  # 503 before all workers have begun
        soon(ask, lambda s: s == 200, 10)
        parent = server.parent
        deploy(server)
        while alive(parent):
            assert ask() in (200, 503)
            time.sleep(0.02)
        soon(ask, lambda s: s == 200, 10)


def test_the_console_is_handed_over_too(place):
    # As the instance's settings have it, but for the folder, which is that of a chroot there.
    who = (place.var / "suyuan.conf").read_text().partition("console_database_url = ")[2].partition("@")[0]
    settings = {"console_database_url": who + "@" + place.env["PUBLIC_DATABASE_URL"].partition("@")[2]}
    with Server("release", program_name="console", master_key_file=place.var / "secrets/master.key", **settings) as server:
        parent = server.parent
        deploy(server)
        wait_until(lambda: not alive(parent), 15)
        assert "/sign-in" in server.get("/").text
