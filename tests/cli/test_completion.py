"""Pressing TAB behind `suyuan` and `suyuand`: bash itself is asked."""
import re
import shlex
import subprocess

import pytest

from steps import TOP

SUYUAN = TOP / "bin/suyuan"
COMMANDS = re.findall(r"^COMMAND\((\w+)\)", (TOP / "src/cli/commands.def").read_text(), re.M)


def run(*words):
    return subprocess.run([SUYUAN, "--config", "/dev/null", *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion") / "suyuan"
    path.write_text(run("man", "completion"))
    return path


def complete(script, *words):
    """What bash would offer for the last word."""
    line = " ".join(map(shlex.quote, words))
    asked = f"""source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _{words[0]}
        printf '%s\\n' "${{COMPREPLY[@]}}" """
    return set(subprocess.run(["bash", "-c", asked], check=True, capture_output=True, text=True).stdout.split())


def test_every_command_completes(script):
    assert set(COMMANDS) | {"--help", "--version"} == complete(script, "suyuan", "")
    for name in COMMANDS:
        assert name in complete(script, "suyuan", name[:-1])


def options_in_source(name):
    """The options that the command's own table reads."""
    source = TOP / f"src/cli/{name}.c"
    return set(re.findall(r'OPTION\((?!OPERANDS)\w+, "([a-z0-9-]+)"', source.read_text()))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_completes(script, name):
    help_text = re.sub(r"`[^`]*`", "", run(name, "--help"))
    told = set(re.findall(r"(?:^|[ |\[])(--[a-z][a-z0-9-]*)", help_text, re.M))
    offered = complete(script, "suyuan", name, "--")
    assert told <= offered
    assert {f"--{option}" for option in options_in_source(name)} <= offered


@pytest.mark.parametrize("name, words", [
    ("key", {"init", "add", "list", "next", "rewrap"}), ("line", {"add", "set", "rotate", "revoke", "list"}),
    ("policy", {"list", "show", "hide", "inherit"}), ("batch", {"reconcile", "close", "lot"}), ("labels", {"designs"}),
    ("man", {"suyuan", "suyuan.conf", "completion"})])
def test_what_a_command_does_completes(script, name, words):
    assert complete(script, "suyuan", name, "") == words


def test_the_servers_complete(script):
    assert complete(script, "suyuand", "l") == {"lookup"}
    assert complete(script, "suyuand", "lookup", "--c") == {"--config", "--check"}
    usage = subprocess.run([TOP / "bin/suyuand", "--help"], check=True, capture_output=True, text=True).stdout
    assert set(re.findall(r"^  (--[a-z]+)", usage, re.M)) <= complete(script, "suyuand", "lookup", "--")
