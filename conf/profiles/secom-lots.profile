# The units of the SECOM line, each a lot of its own, from the label file: the n-th record, counted from
# 0 like in the file of measurements, is unit n. Change gtin to the brand's.
table       = lot
delimiter   = space
header      = no
count_from  = 0
time_zone   = UTC
gtin        = constant 09506000134383
lot         = template "U{record}"
produced_on = column #2 date %d/%m/%Y %H:%M:%S
quantity    = constant 1
