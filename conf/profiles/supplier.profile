# Suppliers.
# Columns are named like the fields, text once a language.
table = supplier
code        = column code
name.zh-CN  = column name.zh-CN
name.en     = column name.en
country     = column country
place.zh-CN = column place.zh-CN
place.en    = column place.en
contact     = column contact
