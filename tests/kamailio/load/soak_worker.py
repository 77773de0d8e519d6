#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A pool's worker that does what it is asked for, the wrong things too. Arguments: seconds, and how
it ends: "yes", "no", "error", "garbage", "exit", "hang"."""
import sys
import time

ENDS = {
    "yes": "reply {0} 0\nline a\nline b\nend {0}\n",
    "no": "reply {0} 3\nline why\nend {0}\n",
    "error": "error {0} on purpose\n",
    "garbage": "reply {0} 0\nline of no re\0ply\nend other\n",
    "exit": "reply {0} 0\nline half",
}

for line in sys.stdin:
    field, _, value = line.rstrip("\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name, arguments = value.split(" ")[0], []
    elif field == "arg":
        arguments.append(value)
    elif field == "end":
        seconds, how = arguments[:2]
        time.sleep(30 if how == "hang" else float(seconds))
        sys.stdout.write(ENDS[how].format(name))
        sys.stdout.flush()
        if how == "exit":
            sys.exit()
