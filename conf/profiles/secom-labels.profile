# The end-of-line test of every SECOM unit: -1 passed, 1 failed, and when.
table       = inspection
delimiter   = space
header      = no
count_from  = 0
time_zone   = UTC
gtin        = constant 09506000134383
lot         = template "U{record}"
test_code   = constant line-test
test.en     = constant "End-of-line test"
test.zh-CN  = constant 下线检验
verdict     = column #1 map -1=pass 1=fail
measured_at = column #2 date %d/%m/%Y %H:%M:%S
