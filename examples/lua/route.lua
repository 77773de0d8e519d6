-- SPDX-License-Identifier: GPL-2.0-or-later
-- A redirect server in Lua: programs decide whether the caller may call, and where. kamailio.cfg:
--
--   loadmodule "app_lua.so"
--   loadmodule "exec.so"
--   modparam("app_lua", "load", "/etc/kamailio/route.lua")
--   cfgengine "lua"
--
-- The module gets a finished string from Lua: a value pasted into it would be shell text. The safe
-- form keeps them apart: a fixed text with $1 ... $5, and the values beside it. The number at the
-- end of the function's name is the number of values.

function ksr_request_route()
  if not KSR.is_INVITE() then
    KSR.sl.send_reply(200, "OK")
    return 1
  end
  local caller = KSR.pv.gete("$fU")

  -- Every line that the program prints is an AVP: 1, 2, 3, ...
  local rc = KSR.exec.exec_avp_p1("account -- $1", caller)
  if rc == -1 then -- the program said no
    KSR.sl.send_reply(403, "No Such Account")
    return 1
  elseif rc < -1 then -- it could not say: deadline, not started, refused, unusable
    KSR.sl.send_reply(503, "Accounts Unavailable")
    return 1
  end
  KSR.hdr.append_to_reply("X-Account: " .. KSR.pv.gete("$avp(i:1)") .. "\r\n")

  -- Every line is a URI; the R-URI is appended to the arguments.
  if KSR.exec.exec_dset_p1("pick-gateway -- $1", caller) < 0 then
    KSR.sl.send_reply(404, "No Gateway")
    return 1
  end
  KSR.sl.send_reply(302, "Moved Temporarily")
  return 1
end
