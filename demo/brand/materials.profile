# What each product is made of.
table = material

gtin           = column GTIN
lot            = column 批号
position       = column 序号
name.zh-CN     = column 原料
name.en        = column Material
country        = column 国家
supplier       = column 供应商
share          = column 占比(%)
recycled_share = column 再生料占比(%)
hazard.zh-CN   = column 提示
hazard.en      = column Note
