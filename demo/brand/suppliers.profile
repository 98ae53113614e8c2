# Suppliers.
table = supplier

code        = column 编号
name.zh-CN  = column 名称
name.en     = column Name
country     = column 国家
place.zh-CN = column 所在地
place.en    = column Place
contact     = column 联系方式
