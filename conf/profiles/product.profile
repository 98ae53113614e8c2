# Products; a GTIN nobody has taken becomes the brand's.
# Columns are named like the fields, text once a language.
table = product
gtin               = column gtin
name.zh-CN         = column name.zh-CN
name.en            = column name.en
description.zh-CN  = column description.zh-CN
description.en     = column description.en
category.zh-CN     = column category.zh-CN
category.en        = column category.en
ingredients.zh-CN  = column ingredients.zh-CN
ingredients.en     = column ingredients.en
net_content        = column net_content
origin_country     = column origin_country
origin_place.zh-CN = column origin_place.zh-CN
origin_place.en    = column origin_place.en
responsible.zh-CN  = column responsible.zh-CN
responsible.en     = column responsible.en
care.zh-CN         = column care.zh-CN
care.en            = column care.en
internal_note      = column internal_note
unit_cost          = column unit_cost
