-- The ledger of one run in Redis: every change of it is one call of this script.
-- KEYS[1]: what all its keys begin with; ARGV[1]: what to do; ARGV[2]: the worker that asks, '' = a person; then its arguments.
--
-- A seed that is not settled is an entry of the stream of its platform. Who has it shows in the stream's group: nobody yet, a worker,
-- or one of the four below. An entry's delivery count is how often its seed was leased; leases that were given back do not count.
local prefix, me = KEYS[1], ARGV[2]
local GROUP = 'workers'
local FREE = '=free' -- given back
local DIED = '=died' -- its worker was silent for too long
local WAIT = '=wait' -- ends together with another seed
local FOR = '=for:'  -- repeats an envelope of the worker that is named
local SWEEP = 1000   -- entries that are looked at once
local FIELDS = 6     -- of what is kept of a settled seed

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function name(...)
  return prefix .. ':' .. table.concat({...}, ':')
end

local function stream_of(platform)
  return name('todo', platform)
end

local function platforms()
  local found = redis.call('SMEMBERS', name('platforms'))
  table.sort(found)
  return found
end

-- Where the seed stands in its stream: entry, stream, row; nothing for one that is not known.
local function find(id)
  local value = redis.call('HGET', name('seeds'), id)
  if not value then return nil end
  local entry, platform, row = string.match(value, '^(%S+) (%S*) (.*)$')
  return entry, stream_of(platform), row, platform
end

-- Who has an entry, and how often it was leased.
local function holder_of(stream, entry)
  local found = redis.call('XPENDING', stream, GROUP, entry, entry, 1)[1]
  if not found then return nil, 0 end
  return found[2], found[4]
end

local function give(stream, entry, consumer, count)
  redis.call('XCLAIM', stream, GROUP, consumer, 0, entry, 'RETRYCOUNT', math.max(count, 0), 'JUSTID')
end

-- What a settled seed ended with.
local function ending_of(id)
  local value = redis.call('HGET', name('ended'), id)
  if not value then return nil end
  local code, offset, worker, error, first, key = string.match(value, '^(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
  return {code = code, offset = tonumber(offset), worker = worker, error = error, first = first, key = key}
end

local function is_alive(worker, idle)
  local seen = redis.call('ZSCORE', name('workers'), worker)
  return seen and now - seen < idle
end

local function stop_waiting(id, first)
  redis.call('HDEL', name('waits'), id)
  redis.call('LREM', name('waiting', first), 1, id)
  if redis.call('EXISTS', name('waiting', first)) == 0 then redis.call('SREM', name('firsts'), first) end
end

local function start_waiting(id, first, stream, entry, count)
  if redis.call('HSETNX', name('waits'), id, first) == 0 then return end
  redis.call('RPUSH', name('waiting', first), id)
  redis.call('SADD', name('firsts'), first)
  give(stream, entry, WAIT, count - 1)
end

-- Give back the seeds that wait for *first*; return how many.
local function free_waiting(first)
  local ids = redis.call('LRANGE', name('waiting', first), 0, -1)
  for _, id in ipairs(ids) do
    local entry, stream = find(id)
    local _, count = holder_of(stream, entry)
    give(stream, entry, FREE, count)
    redis.call('HDEL', name('waits'), id)
  end
  redis.call('DEL', name('waiting', first))
  redis.call('SREM', name('firsts'), first)
  return #ids
end

local function drop_claim(id, key)
  if key and redis.call('HGET', name('claims'), key) == id then redis.call('HDEL', name('claims'), key) end
end

local function count_ending(ending, by)
  redis.call('HINCRBY', name('codes'), ending.code, by)
  redis.call('HINCRBY', name('codes', ending.worker), ending.code, by)
  if ending.error ~= '' then redis.call('HINCRBY', name('errors'), ending.error, by) end
end

local function end_seed(id, entry, stream, code, error, offset, first)
  local before = ending_of(id)
  local key
  if before then
    count_ending(before, -1)
    key = before.key
  else
    redis.call('XACK', stream, GROUP, entry)
    redis.call('XDEL', stream, entry)
    local waits = redis.call('HGET', name('waits'), id)
    if waits then
      stop_waiting(id, waits)
      if first == '' then first = waits end
    end
    key = redis.call('HGET', name('keys'), id) or ''
    redis.call('HDEL', name('keys'), id)
  end
  redis.call('HSET', name('ended'), id, table.concat({code, offset, me, error, first, key}, '|'))
  count_ending({code = code, worker = me, error = error}, 1)
end

-- Let others have the entries of workers that were silent for *idle* ms: what XAUTOCLAIM does, but not to what is free or waits.
local function sweep(stream, platform, idle)
  if not redis.call('SET', name('swept', platform), 1, 'NX', 'PX', math.max(1, math.floor(idle / 10))) then return end
  local start = redis.call('GET', name('cursor', platform)) or '-'
  local page = redis.call('XPENDING', stream, GROUP, 'IDLE', idle, start, '+', SWEEP)
  redis.call('SET', name('cursor', platform), #page < SWEEP and '-' or '(' .. page[#page][1])
  for _, each in ipairs(page) do
    local entry, holder, count = each[1], each[2], each[4]
    if holder == WAIT then
      local id = redis.call('XRANGE', stream, entry, entry)[1][2][2]
      local first = redis.call('HGET', name('waits'), id)
      local ending = first and ending_of(first)
      if ending and ending.worker ~= me and not is_alive(ending.worker, idle) then
        stop_waiting(id, first) -- nobody is left to repeat it
        give(stream, entry, FREE, count)
      end
    elseif holder ~= FREE and holder ~= DIED then
      give(stream, entry, DIED, count)
    end
  end
end

local function before(one, other)
  local ms, seq = string.match(one, '(%d+)-(%d+)')
  local other_ms, other_seq = string.match(other, '(%d+)-(%d+)')
  if ms ~= other_ms then return tonumber(ms) < tonumber(other_ms) end
  return tonumber(seq) < tonumber(other_seq)
end

local ops = {}

-- id, platform, row of each seed -> how many are new
function ops.load()
  local added, last = 0, tonumber(redis.call('GET', name('lines')) or 0)
  for i = 3, #ARGV, 3 do
    local id, platform, row = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    if redis.call('HEXISTS', name('seeds'), id) == 0 then
      local stream = stream_of(platform)
      if redis.call('SADD', name('platforms'), platform) == 1 then
        redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
      end
      local entry = redis.call('XADD', stream, '*', 's', id)
      redis.call('HSET', name('seeds'), id, entry .. ' ' .. platform .. ' ' .. row)
      last = math.max(last, tonumber(string.match(id, '^%d+')))
      added = added + 1
    end
  end
  redis.call('SET', name('lines'), string.format('%.0f', last))
  return added
end

-- lines -> the number before the first of them
function ops.reserve()
  redis.call('HDEL', name('run'), 'finished')
  return redis.call('INCRBY', name('lines'), ARGV[3]) - ARGV[3]
end

-- ms for which nobody else may load -> whether this worker may
function ops.may_load()
  local loader = redis.call('GET', name('loader'))
  if loader and loader ~= me then return 0 end
  redis.call('SET', name('loader'), me, 'PX', ARGV[3])
  return 1
end

function ops.platforms()
  local found = {}
  for _, platform in ipairs(platforms()) do
    if redis.call('XLEN', stream_of(platform)) > 0 then table.insert(found, platform) end
  end
  return found
end

-- platform, how many, ms of silence after which a worker is dead -> id, leases so far, row of each
function ops.lease()
  local platform, limit, idle = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
  local stream, entries, found = stream_of(platform), {}, {}
  if limit <= 0 or redis.call('SISMEMBER', name('platforms'), platform) == 0 then return found end
  sweep(stream, platform, idle)
  for _, consumer in ipairs({FREE, DIED, FOR .. me}) do
    for _, each in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', limit, consumer)) do
      table.insert(entries, each[1])
    end
  end
  table.sort(entries, before)
  for i = 1, math.min(limit, #entries) do
    local taken = redis.call('XCLAIM', stream, GROUP, me, 0, entries[i])[1]
    if taken then
      local id = taken[2][2]
      local _, count = holder_of(stream, entries[i])
      drop_claim(id, redis.call('HGET', name('keys'), id))
      redis.call('HDEL', name('keys'), id)
      free_waiting(id)
      local _, _, row = find(id)
      table.insert(found, id)
      table.insert(found, count)
      table.insert(found, row)
    end
  end
  local left = limit - #found / 3
  if left > 0 then
    local answer = redis.call('XREADGROUP', 'GROUP', GROUP, me, 'COUNT', left, 'STREAMS', stream, '>')
    for _, each in ipairs(answer and answer[1][2] or {}) do
      local id = each[2][2]
      local _, _, row = find(id)
      table.insert(found, id)
      table.insert(found, 1)
      table.insert(found, row)
    end
  end
  return found
end

-- ids
function ops.renew()
  for i = 3, #ARGV do
    local entry, stream = find(ARGV[i])
    local holder, count = holder_of(stream, entry)
    if holder == me or holder == DIED then give(stream, entry, me, count) end
  end
  return 0
end

-- ids
function ops.release()
  for i = 3, #ARGV do
    local id = ARGV[i]
    local entry, stream = find(id)
    local holder, count = holder_of(stream, entry)
    local first = redis.call('HGET', name('waits'), id)
    if first then
      stop_waiting(id, first)
      give(stream, entry, FREE, count)
    elseif holder == me or holder == DIED then
      give(stream, entry, FREE, count - 1)
      redis.call('HDEL', name('keys'), id)
    end
    if first or holder == me or holder == DIED then free_waiting(id) end
  end
  return 0
end

-- -> how many seeds a dead process had open here
function ops.expire_all()
  local count = 0
  for _, platform in ipairs(platforms()) do
    local stream = stream_of(platform)
    for _, consumer in ipairs({me, DIED}) do
      for _, each in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', 1000000, consumer)) do
        local id = redis.call('XRANGE', stream, each[1], each[1])[1][2][2]
        give(stream, each[1], FREE, each[4])
        redis.call('HDEL', name('keys'), id)
        count = count + 1 + free_waiting(id)
      end
    end
  end
  for _, first in ipairs(redis.call('SMEMBERS', name('firsts'))) do
    local ending = ending_of(first)
    if ending and ending.worker == me then count = count + free_waiting(first) end
  end
  return count
end

-- key, id, ms of silence after which a worker is dead -> the seed that comes first, and where its envelope is if that is here
function ops.claim()
  local key, id, idle = ARGV[3], ARGV[4], tonumber(ARGV[5])
  local first = redis.call('HGET', name('claims'), key)
  if first and first ~= id then
    local entry, stream = find(id)
    local _, count = holder_of(stream, entry)
    local ending = ending_of(first)
    if ending and ending.key == key and ending.worker == me then
      start_waiting(id, first, stream, entry, count)
      return {first, ending.offset}
    elseif ending and ending.key == key and is_alive(ending.worker, idle) then
      give(stream, entry, FOR .. ending.worker, count - 1)
      return {first}
    elseif not ending and redis.call('HGET', name('keys'), first) == key then
      start_waiting(id, first, stream, entry, count)
      return {first}
    end
  end
  redis.call('HSET', name('claims'), key, id)
  redis.call('HSET', name('keys'), id, key)
  return {}
end

-- first, how many -> ids
function ops.waiting()
  return redis.call('LRANGE', name('waiting', ARGV[3]), 0, ARGV[4] - 1)
end

-- id, code, error, offset, end of envelopes, end of records ('' = as before) -> 1, 0 where it is not to be had, -1 not known
function ops.settle()
  local id, code, error, offset = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
  local entry, stream = find(id)
  if not entry then return -1 end
  local ending = ending_of(id)
  if ending then
    -- said twice, because the answer was lost; else it is another's, or was repeated by two at once
    return (ending.worker == me and ending.offset == tonumber(offset)) and 1 or 0
  else
    local holder = holder_of(stream, entry)
    if holder == WAIT then
      local first = ending_of(redis.call('HGET', name('waits'), id))
      if not first or first.worker ~= me then return 0 end
    elseif holder and holder ~= me and holder ~= DIED and holder ~= FREE then
      return 0
    end
  end
  end_seed(id, entry, stream, code, error, offset, '')
  redis.call('HSET', name('worker', me), 'envelopes_end', ARGV[7])
  if ARGV[8] ~= '' then redis.call('HSET', name('worker', me), 'posts_end', ARGV[8]) end
  return 1
end

-- id, code, error, offset, first, end of each line of this worker's file -> how many are known
function ops.recover()
  local known, size = 0, tonumber(redis.call('HGET', name('worker', me), 'envelopes_end') or 0)
  for i = 3, #ARGV, FIELDS do
    local id = ARGV[i]
    local entry, stream = find(id)
    if entry then
      local ending = ending_of(id)
      if ending and ending.worker ~= me then
        redis.call('HSET', name('worker', me), 'stale', 'true')
      else
        end_seed(id, entry, stream, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
        known = known + 1
      end
    end
    size = math.max(size, tonumber(ARGV[i + 5]))
  end
  redis.call('HSET', name('worker', me), 'envelopes_end', string.format('%.0f', size))
  return known
end

-- ids of settled seeds that are opened anew -> how many
function ops.reopen()
  local count = 0
  for i = 3, #ARGV do
    local id = ARGV[i]
    local ending = ending_of(id)
    if ending then
      local _, stream, row, platform = find(id)
      local entry = redis.call('XADD', stream, '*', 's', id)
      redis.call('HSET', name('seeds'), id, entry .. ' ' .. platform .. ' ' .. row)
      redis.call('HDEL', name('ended'), id)
      drop_claim(id, ending.key)
      count_ending(ending, -1)
      redis.call('HSET', name('worker', ending.worker), 'stale', 'true')
      count = count + 1
    end
  end
  if count > 0 then redis.call('HDEL', name('run'), 'finished') end
  return count
end

-- -> seeds that wait, that are open
function ops.counts()
  local todo, leased = 0, 0
  for _, platform in ipairs(platforms()) do
    local stream, free = stream_of(platform), 0
    local pending = redis.call('XPENDING', stream, GROUP)
    for _, each in ipairs(pending[4] or {}) do
      if each[1] == FREE then free = tonumber(each[2]) end
    end
    todo = todo + redis.call('XLEN', stream) - pending[1] + free
    leased = leased + pending[1] - free
  end
  return {todo, leased}
end

-- -> ids of the seeds that are open
function ops.open()
  local found = {}
  for _, platform in ipairs(platforms()) do
    local stream = stream_of(platform)
    for _, each in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', 1000000)) do
      local entry = redis.call('XRANGE', stream, each[1], each[1])[1]
      if entry and each[2] ~= FREE then table.insert(found, entry[2][2]) end
    end
  end
  return found
end

-- -> each worker, for how many ms it was silent, what it noted last
function ops.pulses()
  local found = {}
  local workers = redis.call('ZRANGE', name('workers'), 0, -1, 'WITHSCORES')
  for i = 1, #workers, 2 do
    local pulse = redis.call('HGET', name('worker', workers[i]), 'pulse')
    if pulse then
      table.insert(found, workers[i])
      table.insert(found, math.max(0, math.floor(now - workers[i + 1])))
      table.insert(found, pulse)
    end
  end
  return found
end

-- -> whether the run has finished
function ops.finish()
  if redis.call('HGET', name('run'), 'loaded') ~= 'true' or #ops.platforms() > 0 then return 0 end
  redis.call('HSETNX', name('run'), 'finished', string.format('%.3f', now / 1000))
  return 1
end

-- source, start of the run before ('' = none), start of this one -> whether this worker began it
function ops.begin()
  if (redis.call('HGET', name('run'), 'started') or '') ~= ARGV[4] then return 0 end
  for _, platform in ipairs(platforms()) do
    redis.call('UNLINK', stream_of(platform), name('swept', platform), name('cursor', platform))
  end
  for _, first in ipairs(redis.call('SMEMBERS', name('firsts'))) do redis.call('UNLINK', name('waiting', first)) end
  for _, worker in ipairs(redis.call('ZRANGE', name('workers'), 0, -1)) do
    redis.call('UNLINK', name('worker', worker), name('codes', worker))
  end
  for _, each in ipairs({'platforms', 'seeds', 'ended', 'claims', 'keys', 'waits', 'firsts', 'codes', 'errors', 'lines', 'loader', 'workers', 'run'}) do
    redis.call('UNLINK', name(each))
  end
  redis.call('HSET', name('run'), 'source', ARGV[3], 'started', ARGV[5])
  return 1
end

if me ~= '' then redis.call('ZADD', name('workers'), now, me) end
return ops[ARGV[1]]()
