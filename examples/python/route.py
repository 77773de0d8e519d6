# SPDX-License-Identifier: GPL-2.0-or-later
"""A redirect server in Python: programs decide whether the caller may call, and where.

In kamailio.cfg:
  loadmodule "app_python3.so"
  loadmodule "exec.so"
  modparam("app_python3", "load", "/etc/kamailio/route.py")
  cfgengine "python"

The module gets a finished string from Python: a value pasted into it would be shell text. The
safe form keeps them apart: a fixed text with $1 ... $5, and the values beside it. The number at
the end of the function's name is the number of values.
"""

import KSR as KSR


def mod_init():
    return Router()


class Router:
    def child_init(self, rank):
        return 0

    def ksr_request_route(self, msg):
        if not KSR.is_INVITE():
            KSR.sl.send_reply(200, "OK")
            return 1
        caller = KSR.pv.gete("$fU")

        # Every line that the program prints is an AVP: 1, 2, 3, ...
        rc = KSR.exec.exec_avp_p1("account -- $1", caller)
        if rc == -1:  # the program refused
            return reply(403, "No Such Account")
        if rc < -1:  # no answer: deadline, not started, refused, unusable
            return reply(503, "Accounts Unavailable")
        KSR.hdr.append_to_reply("X-Account: " + KSR.pv.gete("$avp(i:1)") + "\r\n")

        # Every line is a URI; the R-URI is appended to the arguments.
        if KSR.exec.exec_dset_p1("pick-gateway -- $1", caller) < 0:
            return reply(404, "No Gateway")
        return reply(302, "Moved Temporarily")


def reply(status, reason):
    KSR.sl.send_reply(status, reason)
    return 1
