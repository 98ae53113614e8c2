# What went into each production lot.
table = lot_input

gtin      = column GTIN
lot       = column 批号
supplier  = column 供应商
material  = column 物料
input_lot = column 物料批号
quantity  = column 用量
unit      = column 单位
