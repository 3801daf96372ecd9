-- SPDX-License-Identifier: MIT
-- The requests of bench/run, for wrk(1).
--   wrk ... URL -- get STATUS
--   wrk ... URL -- post STATUS BODY CONTENT-TYPE PREFIX
--   wrk ... URL -- put STATUS BODY TARGETS
-- post sends the file BODY with a number of its own in place of the word
-- @SKU-OF-24-CHARACTERS@@; put sends BODY to the lines of TARGETS in turn.
-- The lines of LOAD_HEADERS in the environment go with each request.
-- Answers with another status than STATUS are counted as bad.

local mark = "@SKU-OF-24-CHARACTERS@@@"
local threads = {}

function setup(thread)
   table.insert(threads, thread)
   thread:set("number", #threads)
end

local function read(path)
   local file = assert(io.open(path, "rb"))
   local data = file:read("*a")
   file:close()
   return data
end

local function set_headers(lines)
   for name, value in lines:gmatch("([^:\n]+): ([^\n]*)") do
      wrk.headers[name] = value
   end
end

local function prepare_post(body, content_type, prefix)
   local from, to = body:find(mark, 1, true)
   local head, tail = body, ""
   if from then
      head, tail = body:sub(1, from - 1), body:sub(to + 1)
   end
   local count = 0
   wrk.headers["Content-Type"] = content_type
   return function()
      local sku = ""
      count = count + 1
      if from then
         sku = string.format("%s-%02d-%08d", prefix, number, count)
         sku = sku .. string.rep("x", #mark - #sku)
      end
      return wrk.format("POST", nil, nil, head .. sku .. tail)
   end
end

local function prepare_put(body, targets)
   local list = {}
   for line in targets:gmatch("[^\n]+") do
      table.insert(list, line)
   end
   local count = number * 17
   return function()
      count = count + 1
      return wrk.format("PUT", list[count % #list + 1], {}, body)
   end
end

function init(args)
   bad = 0
   good = 0
   wanted = tonumber(args[2])
   set_headers(os.getenv("LOAD_HEADERS") or "")
   if args[1] == "post" then
      request = prepare_post(read(args[3]), args[4], args[5])
   elseif args[1] == "put" then
      request = prepare_put(read(args[3]), read(args[4]))
   end
end

function response(status)
   if status == wanted then
      good = good + 1
   else
      bad = bad + 1
   end
end

function done(summary, latency)
   local good, bad = 0, 0
   for _, thread in ipairs(threads) do
      good = good + thread:get("good")
      bad = bad + thread:get("bad")
   end
   local errors = summary.errors
   io.write(string.format(
      '\nRESULT {"good":%d,"bad":%d,"lost":%d,"seconds":%f,' ..
      '"p50":%f,"p90":%f,"p99":%f}\n', good, bad,
      errors.connect + errors.read + errors.write + errors.timeout,
      summary.duration / 1e6, latency:percentile(50) / 1e3,
      latency:percentile(90) / 1e3, latency:percentile(99) / 1e3))
end
