# Documents of a product or a lot.
# Columns are named like the fields, text once a language.
table = document
gtin         = column gtin
lot          = column lot
code         = column code
kind         = column kind
title.zh-CN  = column title.zh-CN
title.en     = column title.en
issuer.zh-CN = column issuer.zh-CN
issuer.en    = column issuer.en
issued_on    = column issued_on
media_type   = column media_type
sha256       = column sha256
uri          = column uri
