# Products as Open Food Facts exports them: the language of name and ingredients is not known.
table       = product
gtin        = column gtin
name        = column name
ingredients = column ingredients
