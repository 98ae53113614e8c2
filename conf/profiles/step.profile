# Process steps of a lot. A parameter has a line of its own, for example:
#   parameters.temperature = column temperature label.en Temperature label.zh-CN 温度 unit °C
# Columns are named like the fields, text once a language.
table = step
time_zone = UTC
gtin       = column gtin
lot        = column lot
position   = column position
name.zh-CN = column name.zh-CN
name.en    = column name.en
facility   = column facility
started_at = column started_at
ended_at   = column ended_at
operator   = column operator
