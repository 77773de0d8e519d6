# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the demo's programs: keeps what this one was started with, byte for byte, for the demo
# to show. $$.argv comes last, and whole: it tells that the other is there.
if [ -d "$DEMO_DIR/runs" ]; then
  cat "/proc/$$/environ" >"$DEMO_DIR/runs/$$.environ"
  cat "/proc/$$/cmdline" >"$DEMO_DIR/runs/$$.part"
  mv "$DEMO_DIR/runs/$$.part" "$DEMO_DIR/runs/$$.argv"
fi
