# Inspections of a lot, or of one item of it (serial); sample tells repeated tests apart.
# Columns are named like the fields, text once a language.
table = inspection
time_zone = UTC
gtin             = column gtin
lot              = column lot
serial           = column serial
test_code        = column test_code
sample           = column sample
test.zh-CN       = column test.zh-CN
test.en          = column test.en
method           = column method
value            = column value
value_text       = column value_text
unit             = column unit
lower_limit      = column lower_limit
upper_limit      = column upper_limit
verdict          = column verdict
measured_at      = column measured_at
facility         = column facility
laboratory.zh-CN = column laboratory.zh-CN
laboratory.en    = column laboratory.en
instrument       = column instrument
certificate      = column certificate
