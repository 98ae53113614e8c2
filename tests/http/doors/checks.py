"""The doors of what happens out there."""
from doors import door

DOORS = [
    door("checks", "?by=product", others={200}),
    door("checks_csv", "?by=day", others={200}),
    door("checks_zone", "", lambda t: {"time_zone": "Asia/Kathmandu"}, others={200}),
    door("page_checks", "?by=hour", others={200}),
    door("page_checks_csv", "?by=country", others={200}),
    door("form_checks_zone", "", lambda t: {"time_zone": "Asia/Kathmandu"}, others={200, 303}),
]
