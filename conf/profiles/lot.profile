# Lots of the brand's products.
# Columns are named like the fields, text once a language.
table = lot
gtin          = column gtin
lot           = column lot
facility      = column facility
produced_on   = column produced_on
best_before   = column best_before
quantity      = column quantity
unit          = column unit
internal_note = column internal_note
