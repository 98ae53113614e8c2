# Process steps with what was set or measured.
table     = step
time_zone = Asia/Shanghai

gtin       = column GTIN
lot        = column 批号
position   = column 序号
name.zh-CN = column 工序
name.en    = column Step
facility   = column 工厂
started_at = column 开始 date "%Y-%m-%d %H:%M"
ended_at   = column 结束 date "%Y-%m-%d %H:%M"
operator   = column 操作

parameters.temperature = column 温度(°C) label.zh-CN 温度 label.en Temperature unit °C
parameters.humidity    = column 湿度(%) label.zh-CN 湿度 label.en Humidity unit %
parameters.duration    = column 时长(min) label.zh-CN 时长 label.en Duration unit min
parameters.oxygen      = column 残氧(%) label.zh-CN 残氧 label.en "Residual oxygen" unit %
