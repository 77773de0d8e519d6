# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the demo's programs: stores this program's arguments and environment, byte by byte, for
# the demo to show. $$.argv is written last and in one piece: it signals that the other file is there.
if [ -d "$DEMO_DIR/runs" ]; then
  cat "/proc/$$/environ" >"$DEMO_DIR/runs/$$.environ"
  cat "/proc/$$/cmdline" >"$DEMO_DIR/runs/$$.part"
  mv "$DEMO_DIR/runs/$$.part" "$DEMO_DIR/runs/$$.argv"
fi
