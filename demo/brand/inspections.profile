# Laboratory results; a result that is still to come is said to be missing.
table     = inspection
time_zone = Asia/Shanghai

gtin             = column GTIN
lot              = column 批号
test_code        = column 项目代码
sample           = column 样品
test.zh-CN       = column 项目
test.en          = column Test
method           = column 方法
value            = column 结果
unit             = column 单位
lower_limit      = column 下限
upper_limit      = column 上限
verdict          = column 判定 map 合格=pass 不合格=fail 缺结果=missing 仅供参考=information
measured_at      = column 时间 date "%Y-%m-%d %H:%M"
facility         = column 工厂
laboratory.zh-CN = column 检测机构
laboratory.en    = column Laboratory
instrument       = column 仪器
certificate      = column 报告编号
