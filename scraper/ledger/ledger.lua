-- The ledger of one run in Redis: each change is one call of this script.
-- KEYS[1]: the prefix of all its keys; ARGV[1]: the name of a function; ARGV[2]: the calling worker, '' = a person; ARGV[3]: the
-- start of the worker's run, '' = the current one; then the function's arguments.
--
-- A seed that is not settled is an entry in the stream of its platform. Its owner is its consumer in the stream's group: none yet,
-- a worker, or one of the four below. The delivery count of an entry is the number of its seed's leases, without released ones.
local prefix, me, run = KEYS[1], ARGV[2], ARGV[3]
local GROUP = 'workers'
local FREE = '=free' -- released
local DIED = '=died' -- its worker was silent for too long
local WAIT = '=wait' -- ends together with another seed
local FOR = '=for:'  -- repeats an envelope of the named worker
local SWEEP = 1000   -- most entries that one call reads, so that no call takes long
local FIELDS = 6     -- number of fields stored for a settled seed

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

-- The place of the seed in its stream: entry, stream, row; nothing for an unknown seed.
local function find(id)
  local value = redis.call('HGET', name('seeds'), id)
  if not value then return nil end
  local entry, platform, row = string.match(value, '^(%S+) (%S*) (.*)$')
  return entry, stream_of(platform), row, platform
end

-- The owner of an entry, and the number of its leases.
local function holder_of(stream, entry)
  local found = redis.call('XPENDING', stream, GROUP, entry, entry, 1)[1]
  if not found then return nil, 0 end
  return found[2], found[4]
end

local function give(stream, entry, consumer, count)
  redis.call('XCLAIM', stream, GROUP, consumer, 0, entry, 'RETRYCOUNT', math.max(count, 0), 'JUSTID')
end

-- The result of a settled seed.
local function ending_of(id)
  local value = redis.call('HGET', name('ended'), id)
  if not value then return nil end
  local code, offset, worker, error, first, key = string.match(value, '^(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
  return {code = code, offset = tonumber(offset), worker = worker, error = error, first = first, key = key}
end

-- Limit of a worker's silence in ms, the same for all workers of the run.
local function patience(given)
  return tonumber(redis.call('HGET', name('run'), 'lease_ms') or given)
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

-- Release seeds that wait for *first*, SWEEP at most; return their number.
local function free_waiting(first)
  local ids = redis.call('LPOP', name('waiting', first), SWEEP) or {}
  for _, id in ipairs(ids) do
    local entry, stream = find(id)
    local _, count = holder_of(stream, entry)
    give(stream, entry, FREE, count)
    redis.call('HDEL', name('waits'), id)
  end
  if redis.call('EXISTS', name('waiting', first)) == 0 then redis.call('SREM', name('firsts'), first) end
  return #ids
end

local function drop_claim(id, key)
  if key and redis.call('HGET', name('claims'), key) == id then redis.call('HDEL', name('claims'), key) end
end

local function count_ending(ending, by)
  local result = ending.error == '' and 'ok' or ending.error
  redis.call('HINCRBY', name('results'), result, by)
  redis.call('HINCRBY', name('results', ending.worker), result, by)
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

-- Free the entries of workers that were silent for *idle* ms: as XAUTOCLAIM, but without free and waiting entries.
local function sweep(stream, platform, idle)
  if not redis.call('SET', name('swept', platform), 1, 'NX', 'PX', math.max(1, math.floor(idle / 10))) then return end
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', stream, GROUP)) do
    local holder = consumer[2]
    if consumer[4] > 0 and holder ~= FREE and holder ~= DIED and holder ~= WAIT then
      for _, each in ipairs(redis.call('XPENDING', stream, GROUP, 'IDLE', idle, '-', '+', SWEEP, holder)) do
        give(stream, each[1], DIED, each[4])
      end
    end
  end
  local start = redis.call('GET', name('cursor', platform)) or '-'
  local page = redis.call('XPENDING', stream, GROUP, 'IDLE', idle, start, '+', SWEEP, WAIT)
  redis.call('SET', name('cursor', platform), #page < SWEEP and '-' or '(' .. page[#page][1])
  for _, each in ipairs(page) do
    local entry, count = each[1], each[4]
    local id = redis.call('XRANGE', stream, entry, entry)[1][2][2]
    local first = redis.call('HGET', name('waits'), id)
    local ending = first and ending_of(first)
    if ending and ending.worker ~= me and not is_alive(ending.worker, idle) then
      stop_waiting(id, first) -- no seed is left to repeat it
      give(stream, entry, FREE, count)
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

-- id, platform, row of each seed -> number of new ones
function ops.load()
  local added, last = 0, tonumber(redis.call('GET', name('lines')) or 0)
  for i = 4, #ARGV, 3 do
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
  if added > 0 then redis.call('HDEL', name('run'), 'finished') end
  return added
end

-- lines -> the number before the first of them
function ops.reserve()
  return redis.call('INCRBY', name('lines'), ARGV[4]) - ARGV[4]
end

-- ms for which no other worker may load -> whether this worker may
function ops.may_load()
  local loader = redis.call('GET', name('loader'))
  if loader and loader ~= me then return 0 end
  redis.call('SET', name('loader'), me, 'PX', ARGV[4])
  return 1
end

-- key below the run's prefix, name, value ('' = none) of each field
function ops.note()
  for i = 4, #ARGV, 3 do
    if ARGV[i + 2] == '' then
      redis.call('HDEL', name(ARGV[i]), ARGV[i + 1])
    else
      redis.call('HSET', name(ARGV[i]), ARGV[i + 1], ARGV[i + 2])
    end
  end
  return 0
end

-- number of reopened seeds whose lines were removed -> whether there are no more by now
function ops.clear_stale()
  if (redis.call('HGET', name('worker', me), 'stale') or '0') ~= ARGV[4] then return 0 end
  redis.call('HDEL', name('worker', me), 'stale')
  return 1
end

-- ids -> result of each, '' = none
function ops.endings()
  local found = {}
  for i = 4, #ARGV do table.insert(found, redis.call('HGET', name('ended'), ARGV[i]) or '') end
  return found
end

-- id, new offset of each line of this worker's file
function ops.move()
  for i = 4, #ARGV, 2 do
    local ending = ending_of(ARGV[i])
    if ending and ending.worker == me then
      local e = ending
      redis.call('HSET', name('ended'), ARGV[i], table.concat({e.code, ARGV[i + 1], me, e.error, e.first, e.key}, '|'))
    end
  end
  return 0
end

function ops.platforms()
  local found = {}
  for _, platform in ipairs(platforms()) do
    if redis.call('XLEN', stream_of(platform)) > 0 then table.insert(found, platform) end
  end
  return found
end

-- platform, number, ms of silence after which a worker is dead -> id, leases so far, row of each
function ops.lease()
  local platform, limit, idle = ARGV[4], tonumber(ARGV[5]), patience(ARGV[6])
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
  for i = 4, #ARGV do
    local entry, stream = find(ARGV[i])
    if entry then
      local holder, count = holder_of(stream, entry)
      if holder == me or holder == DIED then give(stream, entry, me, count) end
    end
  end
  return 0
end

-- Release an open seed, as if it had never been leased.
local function release(id)
  local entry, stream = find(id)
  if not entry then return end
  local holder, count = holder_of(stream, entry)
  local first = redis.call('HGET', name('waits'), id)
  if first then
    stop_waiting(id, first)
    give(stream, entry, FREE, count)
  elseif holder == me or holder == DIED then
    give(stream, entry, FREE, count - 1)
    redis.call('HDEL', name('keys'), id)
  else
    return
  end
  free_waiting(id)
end

-- ids
function ops.release()
  for i = 4, #ARGV do release(ARGV[i]) end
  return 0
end

-- Call *act* for SWEEP open entries of this worker, and free the seeds that wait for results of it; return the number of both.
local function let_go(consumers, act)
  local count = 0
  for _, platform in ipairs(platforms()) do
    local stream = stream_of(platform)
    for _, consumer in ipairs(consumers) do
      for _, each in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', SWEEP, consumer)) do
        local id = redis.call('XRANGE', stream, each[1], each[1])[1][2][2]
        act(id, stream, each[1], each[4])
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

-- -> number of seeds that a dead process left open here; call it until that is 0
function ops.expire_all()
  return let_go({me, DIED}, function(id, stream, entry, count)
    give(stream, entry, FREE, count)
    redis.call('HDEL', name('keys'), id)
  end)
end

-- -> number of released seeds; call it until that is 0
function ops.release_all()
  return let_go({me}, release)
end

-- key, id, ms of silence after which a worker is dead -> the seed that came first, and the offset of its envelope if that is here
function ops.claim()
  local key, id, idle = ARGV[4], ARGV[5], patience(ARGV[6])
  local first = redis.call('HGET', name('claims'), key)
  local entry, stream = find(id)
  local holder, count = holder_of(stream, entry)
  if not holder or (holder ~= me and holder ~= DIED and holder ~= WAIT) then return {id} end -- another worker has it by now
  if first and first ~= id then
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

-- first, number -> ids
function ops.waiting()
  return redis.call('LRANGE', name('waiting', ARGV[4]), 0, ARGV[5] - 1)
end

-- id, code, error, offset, end of envelopes, end of records ('' = unchanged), 1 = the line must follow the last known one -> 1,
-- 0 if another worker has the seed or it is unknown, -1 if this Redis has lost lines that stand before this one in the file
function ops.settle()
  local id, code, error, offset = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
  local entry, stream = find(id)
  if not entry then return 0 end
  local ending = ending_of(id)
  local known = tonumber(redis.call('HGET', name('worker', me), 'envelopes_end') or 0)
  if ARGV[10] == '1' and known < tonumber(offset) then return -1 end
  if ending then
    -- the same call again, because the answer was lost; else another worker has it, or two workers repeated it at once
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
  redis.call('HSET', name('worker', me), 'envelopes_end', ARGV[8])
  if ARGV[9] ~= '' then redis.call('HSET', name('worker', me), 'posts_end', ARGV[9]) end
  return 1
end

-- id, code, error, offset, first, end of each line of this worker's file -> number of known ones
function ops.recover()
  local known, size = 0, tonumber(redis.call('HGET', name('worker', me), 'envelopes_end') or 0)
  for i = 4, #ARGV, FIELDS do
    local id = ARGV[i]
    local entry, stream = find(id)
    if entry then
      local ending = ending_of(id)
      if ending and ending.worker ~= me then
        redis.call('HINCRBY', name('worker', me), 'stale', 1)
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

-- ids of settled seeds to reopen -> number of reopened ones
function ops.reopen()
  local count = 0
  for i = 4, #ARGV do
    local id = ARGV[i]
    local ending = ending_of(id)
    if ending then
      local _, stream, row, platform = find(id)
      local entry = redis.call('XADD', stream, '*', 's', id)
      redis.call('HSET', name('seeds'), id, entry .. ' ' .. platform .. ' ' .. row)
      redis.call('HDEL', name('ended'), id)
      drop_claim(id, ending.key)
      count_ending(ending, -1)
      redis.call('HINCRBY', name('worker', ending.worker), 'stale', 1)
      count = count + 1
    end
  end
  if count > 0 then redis.call('HDEL', name('run'), 'finished') end
  return count
end

-- -> number of waiting seeds, number of open seeds
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

-- platform, first entry -> next entry to continue with ('' = none), then ids of open seeds
function ops.open()
  local stream = stream_of(ARGV[4])
  local page = redis.call('XPENDING', stream, GROUP, ARGV[5], '+', SWEEP)
  local found = {#page < SWEEP and '' or '(' .. page[#page][1]}
  for _, each in ipairs(page) do
    local entry = each[2] ~= FREE and redis.call('XRANGE', stream, each[1], each[1])[1]
    if entry then table.insert(found, entry[2][2]) end
  end
  return found
end

-- -> each worker, ms of its silence, its last pulse
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

-- This worker ends: the others need not wait for the limit of its silence.
function ops.leave()
  return redis.call('ZREM', name('workers'), me)
end

-- -> whether the run has finished
function ops.finish()
  if redis.call('HGET', name('run'), 'loaded') ~= 'true' or #ops.platforms() > 0 then return 0 end
  redis.call('HSETNX', name('run'), 'finished', string.format('%.3f', now / 1000))
  return 1
end

-- source, start of the run before ('' = none), start of this one, whether it is loaded, ms of silence (0 = set by the first worker)
-- -> whether this call began it
function ops.begin()
  if (redis.call('HGET', name('run'), 'started') or '') ~= ARGV[5] then return 0 end
  for _, platform in ipairs(platforms()) do
    redis.call('UNLINK', stream_of(platform), name('swept', platform), name('cursor', platform))
  end
  for _, first in ipairs(redis.call('SMEMBERS', name('firsts'))) do redis.call('UNLINK', name('waiting', first)) end
  for _, worker in ipairs(redis.call('ZRANGE', name('workers'), 0, -1)) do
    redis.call('UNLINK', name('worker', worker), name('results', worker))
  end
  for _, each in ipairs({'platforms', 'seeds', 'ended', 'claims', 'keys', 'waits', 'firsts', 'results', 'lines', 'loader', 'workers', 'run'}) do
    redis.call('UNLINK', name(each))
  end
  redis.call('HSET', name('run'), 'source', ARGV[4], 'started', ARGV[6], 'loaded', ARGV[7])
  if ARGV[8] ~= '0' then redis.call('HSET', name('run'), 'lease_ms', ARGV[8]) end
  return 1
end

if run ~= '' and redis.call('HGET', name('run'), 'started') ~= run then
  return redis.error_reply('OVER that run is over, another one has begun')
end
if me ~= '' then redis.call('ZADD', name('workers'), now, me) end
return ops[ARGV[1]]()
