# Facilities: factories, warehouses, laboratories.
# Columns are named like the fields, text once a language.
table = facility
code        = column code
name.zh-CN  = column name.zh-CN
name.en     = column name.en
country     = column country
place.zh-CN = column place.zh-CN
place.en    = column place.en
time_zone   = column time_zone
address     = column address
