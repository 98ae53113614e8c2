# Production lots.
table = lot

gtin          = column GTIN
lot           = column 批号
facility      = column 工厂
produced_on   = column 生产日期
best_before   = column 保质期至
quantity      = column 数量
unit          = column 单位
internal_note = column 内部备注
