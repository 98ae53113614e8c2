"""The mode of a brand's links holds for every GTIN of it, whenever that came."""
import threading
import time

import samples
from database import database, over


def test_a_gtin_that_comes_while_the_mode_changes_has_the_new_one(database):
    changing, coming = over(database.connect("postgres")), over(database.connect("postgres"))
    gtin = samples.GTINS[0]
    brand = samples.make_brand(coming, "modes", [gtin])
    changing("suyuan_owner", "BEGIN")
    changing("suyuan_owner", "SELECT trace.set_link_mode(%s, true)", brand)
    known = threading.Thread(target=coming, args=("suyuan_owner", "SELECT pub.know_gtins(ARRAY[%s]::bigint[])", gtin))
    known.start()
    time.sleep(0.3)
    assert known.is_alive()  # it waits for what the mode will be
    changing("suyuan_owner", "COMMIT")
    known.join(10)
    assert coming("suyuan_owner", "SELECT redirects FROM pub.gtin WHERE gtin = %s", gtin) == [(True,)]
