#!/usr/bin/env lua
-- SPDX-License-Identifier: GPL-2.0-or-later
-- A worker that picks gateways for a number. It speaks the protocol of docs/worker-protocol.md.
local gateways = { ["49"] = { "gw1.example.net", "gw2.example.net" }, ["44"] = { "gw3.example.net" } }

-- The exit status and the lines of the answer.
local function answer(arguments)
  if not arguments[1] then error("no number was given", 0) end
  local number = arguments[1]:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  local hosts = number:match("^%d+$") and gateways[number:sub(1, 2)]
  if not hosts then return 1, { "no route" } end
  local lines = {}
  for _, host in ipairs(hosts) do lines[#lines + 1] = "sip:" .. number .. "@" .. host end
  return 0, lines
end

local function escaped(text)
  return (tostring(text):gsub("[%%\n]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local id, arguments
for line in io.lines() do
  local field, value = line:match("^(%S+) ?(.*)$")
  if field == "hello" then io.write("hello 1\n")
  elseif field == "request" then id, arguments = value:match("^%S+"), {}
  elseif field == "arg" then arguments[#arguments + 1] = value
  elseif field == "end" then
    local good, status, lines = pcall(answer, arguments)
    local reply = good and "reply " .. id .. " " .. status .. "\n"
    for _, text in ipairs(lines or {}) do reply = reply .. "line " .. escaped(text) .. "\n" end
    io.write(good and reply .. "end " .. id .. "\n" or "error " .. id .. " " .. escaped(status) .. "\n")
  end
  io.flush()
end
