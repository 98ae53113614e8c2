# Lots of material as they were delivered.
# Columns are named like the fields, text once a language.
table = material_lot
supplier    = column supplier
material    = column material
lot         = column lot
name.zh-CN  = column name.zh-CN
name.en     = column name.en
country     = column country
received_on = column received_on
quantity    = column quantity
unit        = column unit
