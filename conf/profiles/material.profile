# What a product, or one lot of it, is made of; a blank lot means every lot of the product.
# Columns are named like the fields, text once a language.
table = material
gtin           = column gtin
lot            = column lot
position       = column position
name.zh-CN     = column name.zh-CN
name.en        = column name.en
country        = column country
supplier       = column supplier
share          = column share
recycled_share = column recycled_share
hazard.zh-CN   = column hazard.zh-CN
hazard.en      = column hazard.en
