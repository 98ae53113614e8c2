"""The master key changes under running servers: they read every code before, meanwhile and after."""
import os
import signal

import pytest

from backends import Place, soon
from shop import gtin

TEA = gtin(740001)


@pytest.fixture(scope="module")
def place():
    place = Place("rewrap")
    place.shop.record("product", {"gtin": TEA, "name.en": "Tea", "name.zh-CN": "茶"})
    yield place
    place.remove()


def test_servers_that_know_both_keys_go_on_through_the_change(place):
    codes = place.shop.codes(TEA, 5)
    place.suyuan("key", "next", status=0)
    with place.server("release") as node:
        def good(code):
            soon(lambda: node.ask(f"GET {code.path} HTTP/1.1\r\nHost: localhost\r\n\r\n").status, lambda s: s == 200, 5)
        good(codes[0])
        place.suyuan("key", "rewrap", status=0)
        good(codes[1])
        place.suyuan("key", "add", status=0)
        later = place.shop.codes(TEA, 2)
        assert later[0].serial[0] != codes[0].serial[0]
        good(later[0])
        os.kill(node.workers[0], signal.SIGKILL)  # its successor knows what the first one was told
        good(codes[2])
        good(later[1])
    with place.server("release") as node:
        assert node.ask(f"GET {codes[3].path} HTTP/1.1\r\nHost: localhost\r\n\r\n").status in (200, 503)
        soon(lambda: node.ask(f"GET {codes[3].path} HTTP/1.1\r\nHost: localhost\r\n\r\n").status, lambda s: s == 200, 5)
