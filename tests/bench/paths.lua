-- For wrk: asks for the paths in the file BENCH_PATHS, one after the other, each once; without it,
-- for the path of the address. Ends with one line of JSON.
local file = os.getenv("BENCH_PATHS")
local paths, next_path, rest = {}, 0, nil

function init()
	if not file then return end
	for path in io.lines(file) do paths[#paths + 1] = path end
	rest = wrk.format("GET", "/"):gsub("^GET /", "")
end

if file then
	-- When all have been asked it begins again; the runner sees that from the number of requests.
	function request()
		next_path = next_path % #paths + 1
		return "GET " .. paths[next_path] .. rest
	end
end

function done(summary, latency)
	local e = summary.errors
	print(string.format('JSON {"done":%d,"seconds":%.6f,"bytes":%d,"failed":%d,"refused":%d,' ..
		'"p50_ms":%.3f,"p99_ms":%.3f}', summary.requests, summary.duration / 1e6,
		summary.bytes, e.connect + e.read + e.write + e.timeout, e.status,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
