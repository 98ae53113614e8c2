# What went into a lot: a material lot (supplier, material, input_lot) or a lot of a product (input_gtin,
# input_lot).
# Columns are named like the fields, text once a language.
table = lot_input
gtin       = column gtin
lot        = column lot
supplier   = column supplier
material   = column material
input_gtin = column input_gtin
input_lot  = column input_lot
quantity   = column quantity
unit       = column unit
