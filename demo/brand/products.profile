# Articles, from the ERP.
table = product

gtin                = column GTIN
name.zh-CN          = column 品名
name.en             = column "Product name"
description.zh-CN   = column 简介
description.en      = column Description
category.zh-CN      = column 类别
category.en         = column Category
ingredients.zh-CN   = column 配料
ingredients.en      = column Ingredients
net_content         = column 净含量
origin_country      = column 原产国
origin_place.zh-CN  = column 产地
origin_place.en     = column "Place of origin"
responsible.zh-CN   = column 责任方
responsible.en      = column Responsible
care.zh-CN          = column 储存与冲泡
care.en             = column "Storage and brewing"
internal_note       = column 内部备注
unit_cost           = column 成本(元)
