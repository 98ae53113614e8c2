"""Brands with links, and asking the resolver."""
import json
import urllib.parse

from lines import fresh_gtin
from patience import soon
from shop import Shop

VOC = "https://ref.gs1.org/voc/"


def link(type_, href, title="A title", **members):
    return {"link_type": type_, "href": href, "title": title, **members}


def until(ask, good, seconds=3):
    """Asks until the answer is good: a change reaches every worker within a second."""
    return soon(ask, good, seconds)


class Linked:
    """A brand with a product, a lot L1 of it, and links as a test puts them."""

    def __init__(self, suyuan, folder, https, slug, redirects=False):
        self.suyuan, self.https, self.gtin = suyuan, https, fresh_gtin()
        self.shop = Shop(suyuan, folder, slug, en="Linked", zh_CN="链接")
        self.shop.record("product", {"gtin": self.gtin, "name.en": "Linked tea", "name.zh-CN": "链接茶"})
        self.shop.record("lot", {"gtin": self.gtin, "lot": "L1"})
        self.shop.show("product.name")
        if redirects:
            self.shop("links", "mode", "--brand", slug, "redirect")
        self.path = f"/01/{self.gtin}"
        self.item = self.shop.codes(self.gtin, lot="L1")[0]
        self.known()

    def known(self):
        """Until every worker knows the GTIN and its codes."""
        for _ in range(6):
            until(lambda: self.https.get(self.item.path + "?linkType=linkset"), lambda a: a.status in (200, 404)
                  and "Unknown GTIN" not in a.text)

    def put(self, *links, **place):
        """Adds links to the GTIN, or to place's lot or serial."""
        lines = [json.dumps({"gtin": self.gtin, **place, **one}) for one in links]
        return self.shop("links", "import", "-", "--json", input="\n".join(lines)).json

    def clear(self, **place):
        words = [w for name, value in place.items() for w in (f"--{name}", value)]
        self.suyuan("links", "remove", "--gtin", self.gtin, *words)

    def ask(self, path=None, type_=None, method="GET", query="", **headers):
        path = self.path if path is None else path
        parts = [query] if query else []
        parts += [f"linkType={urllib.parse.quote(type_, safe=':/')}"] if type_ else []
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if "://" in path else "https://resolver" + path
        return self.https.request(method, address + "?" * bool(parts) + "&".join(parts), headers)

    def linkset(self, path=None, **headers):
        answer = self.ask(path, "linkset", **headers)
        assert answer.status == 200, answer.text
        return {place["anchor"].split("/01/")[1]: place for place in answer.json["linkset"]}


def hrefs(place, type_):
    return [one["href"] for one in place.get(VOC + type_, [])]
