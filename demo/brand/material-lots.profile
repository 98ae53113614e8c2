# What arrived, by supplier's lot.
table = material_lot

supplier    = column 供应商
material    = column 物料
lot         = column 批号
name.zh-CN  = column 名称
name.en     = column Name
country     = column 国家
received_on = column 到货日期
quantity    = column 数量
unit        = column 单位
