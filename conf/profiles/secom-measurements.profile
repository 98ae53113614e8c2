# The 590 measurements of SECOM units, one inspection each. The first column is the unit's number, the
# last the label (imported by secom-labels.profile); an empty cell was not measured. The line keeps no
# limits for them, so a value is information.
table      = inspection
each       = columns #2..#591
gtin       = constant 09506000134383
lot        = template "U{#1}"
test_code  = template "F{each}"
test.en    = template "Sensor {each}"
test.zh-CN = template "传感器 {each}"
value      = each value
verdict    = each value map ""=missing *=information
