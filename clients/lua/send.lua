-- Does what a plan says: puts exact octets on the wire.
--
-- usage: lua5.4 send.lua HOST PORT PLAN

local socket = require("socket")

local CANNOT = 77
local PIECE = 65536

-- ">" and "<" order the octets; without them pack takes the machine's order.
local INTEGERS = {
  u8 = "B", i8 = "b",
  u16be = ">I2", u16le = "<I2", i16be = ">i2", i16le = "<i2",
  u32be = ">I4", u32le = "<I4", i32be = ">i4", i32le = "<i4",
  u64be = ">I8", u64le = "<I8", i64be = ">i8", i64le = "<i8",
}
local FLOATS = { f32be = ">f", f32le = "<f", f64be = ">d", f64le = "<d" }
-- 0/0 is negative on some machines.
local NAMED_FLOATS = { inf = math.huge, nan = string.unpack(">d", "\x7f\xf8\0\0\0\0\0\0") }

-- tonumber would make a float of what lies above 2^63; integer arithmetic wraps round.
local function integer(text)
  local value = 0
  for digit in text:gmatch("%d") do
    value = value * 10 + tonumber(digit)
  end
  return text:sub(1, 1) == "-" and -value or value
end

-- The sign apart, since tonumber("-0") is the integer 0, which has none.
local function float(text)
  if text:sub(1, 1) == "-" then
    return -float(text:sub(2))
  end
  return NAMED_FLOATS[text] or tonumber(text) + 0.0
end

local function uleb(value)
  local octets = {}
  -- A value from 2^63 on looks negative; >> shifts zeros in all the same.
  while value & ~0x7f ~= 0 do
    octets[#octets + 1] = string.char(value & 0x7f | 0x80)
    value = value >> 7
  end
  return table.concat(octets) .. string.char(value)
end

local function sleb(value)
  local octets = {}
  while value < -0x40 or value >= 0x40 do
    octets[#octets + 1] = string.char(value & 0x7f | 0x80)
    -- Not >>, which loses the sign.
    value = value // 0x80
  end
  return table.concat(octets) .. string.char(value & 0x7f)
end

local function zigzag(value)
  return uleb(value < 0 and ~(value << 1) or value << 1)
end

local function each(encode)
  return function(rest)
    local octets = {}
    for argument in rest:gmatch("[^ ]+") do
      octets[#octets + 1] = encode(argument)
    end
    return table.concat(octets)
  end
end

local encoders = {}

-- A string is octets here, and the plan's are UTF-8 already.
function encoders.text(rest)
  return rest
end

encoders.points = each(function(point)
  return utf8.char(tonumber(point, 16))
end)

function encoders.bytes(rest)
  return (rest:gsub("(%x%x) ?", function(octet)
    return string.char(tonumber(octet, 16))
  end))
end

function encoders.frame(rest)
  local prefix, body = rest:match("^(%S+) (.*)$")
  return encoders[prefix](tostring(#body)) .. body
end

encoders["repeat"] = function(rest)
  local count, octet = rest:match("^(%d+) (%x+)$")
  return encoders.bytes(octet):rep(tonumber(count))
end

function encoders.ramp(rest)
  local count = tonumber(rest)
  local block = {}
  for i = 0, 250 do
    block[#block + 1] = string.char(i)
  end
  return table.concat(block):rep(count // 251 + 1):sub(1, count)
end

function encoders.noise(rest)
  local count, seed = rest:match("^(%d+) (%d+)$")
  local octets = {}
  local x = tonumber(seed)
  for i = 1, tonumber(count) do
    x = x * 16807 % 2147483647
    octets[i] = string.char(x >> 8 & 255)
  end
  return table.concat(octets)
end

for word, layout in pairs(INTEGERS) do
  encoders[word] = each(function(text)
    return layout:pack(integer(text))
  end)
end
for word, layout in pairs(FLOATS) do
  encoders[word] = each(function(text)
    return layout:pack(float(text))
  end)
end
for word, encode in pairs({ uleb = uleb, sleb = sleb, zigzag = zigzag }) do
  encoders[word] = each(function(text)
    return encode(integer(text))
  end)
end

-- One connection, ended as the contract says.
local Connection = {}
Connection.__index = Connection

function Connection.open(host, port)
  local tcp = assert(socket.connect(host, port))
  assert(tcp:setoption("tcp-nodelay", true))
  return setmetatable({ tcp = tcp, half_closed = false }, Connection)
end

-- send may take a part only; it returns the index of the last octet that it took.
function Connection:send(octets)
  local sent = 0
  while sent < #octets do
    sent = assert(self.tcp:send(octets, sent + 1))
  end
end

function Connection:half_close()
  assert(self.tcp:shutdown("send"))
  self.half_closed = true
end

-- Up to so many octets; none when the server has closed.
function Connection:receive_piece(most)
  -- Once receive was told of a reset it says "closed", as it does at an end. So ask before.
  socket.select({ self.tcp })
  assert(not self.tcp:getoption("error"), "the server reset the connection")
  -- Takes what is there, and does not wait for more.
  self.tcp:settimeout(0)
  local piece, failure, partial = self.tcp:receive(most)
  self.tcp:settimeout(nil)
  assert(piece or failure == "timeout" or failure == "closed", failure)
  return piece or partial
end

function Connection:receive(count)
  local left = count == "all" and math.huge or tonumber(count)
  while left > 0 do
    local piece = self:receive_piece(math.min(left, PIECE))
    if piece == "" then
      assert(count == "all", "the server closed with " .. left .. " octets still to receive")
      return
    end
    assert(io.stdout:write(piece))
    left = left - #piece
  end
end

function Connection:finish()
  if not self.half_closed then
    self:half_close()
  end
  -- Closing with something unread would send RST and may destroy what is on its way.
  repeat until self:receive_piece(PIECE) == ""
  self.tcp:close()
end

function Connection:reset()
  -- Lingering for 0 seconds makes close send RST.
  assert(self.tcp:setoption("linger", { on = true, timeout = 0 }))
  self.tcp:close()
end

-- The plan's lines, without comments and empty ones.
local function read_plan(path)
  local file = assert(io.open(path, "rb"))
  local plan = assert(file:read("a"))
  file:close()
  local lines = {}
  local number = 0
  for line in (plan .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    local word, rest = line:match("^([^ ]*) ?(.*)$")
    if line ~= "" and line:sub(1, 1) ~= "#" then
      lines[#lines + 1] = { number = number, word = word, rest = rest }
    end
  end
  return lines
end

local function follow(lines, host, port)
  local connection = Connection.open(host, port)
  for _, line in ipairs(lines) do
    if encoders[line.word] then
      connection:send(encoders[line.word](line.rest))
    elseif line.word == "pause" then
      socket.sleep(tonumber(line.rest) / 1000)
    elseif line.word == "half-close" then
      connection:half_close()
    elseif line.word == "receive" then
      connection:receive(line.rest)
    elseif line.word == "connect" then
      connection:finish()
      connection = Connection.open(host, port)
    elseif line.word == "reset" then
      connection:reset()
      return
    end
  end
  connection:finish()
end

local ACTIONS = {
  pause = true, ["half-close"] = true, receive = true, connect = true, reset = true,
}

local function main(host, port, path)
  assert(path, "usage: lua5.4 send.lua HOST PORT PLAN")
  local lines = read_plan(path)
  for _, line in ipairs(lines) do
    if not encoders[line.word] and not ACTIONS[line.word] then
      io.stderr:write(("line %d: cannot do %q\n"):format(line.number, line.word))
      return CANNOT
    end
  end
  follow(lines, host, port)
  assert(io.stdout:flush())
  return 0
end

local done, result = pcall(main, ...)
if not done then
  io.stderr:write(result, "\n")
end
os.exit(done and result or 1)
