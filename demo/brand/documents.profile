# Reports, with the digest of the file in documents/.
table = document

gtin         = column GTIN
lot          = column 批号
code         = column 编号
kind         = column 种类
title.zh-CN  = column 标题
title.en     = column Title
issuer.zh-CN = column 出具方
issuer.en    = column Issuer
issued_on    = column 日期
media_type   = column 类型
sha256       = column SHA-256
