"""A brand with a little of everything, for tests that walk the whole console."""
import pathlib
import uuid

from lines import fresh_gtin
from pictures import png
from shop import Shop


class Company(Shop):
    """One product, two lots, what went into them, codes, a line, a photo, a recall that has ended."""

    def __init__(self, suyuan, folder, word=lambda name: name, slug=None):
        """`word(name)` is what stands in a text field."""
        super().__init__(suyuan, folder, slug or f"brand-{uuid.uuid4().hex[:12]}", en=word("brand"), zh_CN=word("brand"))
        self.gtin = fresh_gtin()
        self("brand", "own", self.slug, self.gtin)
        self.record("facility", {"code": "F1", "name.en": word("facility"), "country": "CN", "place.en": word("place"),
                                 "time_zone": "Asia/Shanghai", "address": word("address")})
        self.record("supplier", {"code": "S1", "name.en": word("supplier"), "country": "CN", "contact": word("contact")})
        self.record("product", {"gtin": self.gtin, "name.en": word("product"), "name.zh-CN": word("product"),
                                "description.en": word("description"), "internal_note": word("note")})
        self.record("lot", *({"gtin": self.gtin, "lot": lot, "facility": "F1", "produced_on": "2026-09-01",
                              "best_before": "2028-09-01", "quantity": "10", "unit": "kg", "internal_note": word("note")}
                             for lot in ("L1", "L2")))
        self.record("material", {"gtin": self.gtin, "position": "1", "name.en": word("material"), "country": "CN",
                                 "supplier": "S1", "share": "100"})
        self.record("material_lot", {"supplier": "S1", "material": "M1", "lot": "ML1", "name.en": word("material lot"),
                                     "country": "CN"})
        self.record("lot_input", {"gtin": self.gtin, "lot": "L1", "supplier": "S1", "material": "M1", "input_lot": "ML1",
                                  "quantity": "1", "unit": "kg"})
        self.record("step", {"gtin": self.gtin, "lot": "L1", "position": "1", "name.en": word("step"), "facility": "F1",
                             "started_at": "2026-09-01 08:00", "operator": word("operator")})
        self.record("inspection", {"gtin": self.gtin, "lot": "L1", "test_code": "T1", "test.en": word("test"),
                                   "method": word("method"), "value": "1", "unit": "mg", "verdict": "pass",
                                   "laboratory.en": word("laboratory"), "instrument": word("instrument")})
        self.record("document", {"gtin": self.gtin, "lot": "L1", "code": "D1", "kind": "certificate", "title.en": word("title"),
                                 "issuer.en": word("issuer")})
        self.items = self.codes(self.gtin, 5, "L1")
        picture = pathlib.Path(folder) / "photo.png"
        picture.write_bytes(png(120, 80))
        self("photo", "set", "--gtin", self.gtin, picture)
        self("line", "add", "packing", "--brand", self.slug)
