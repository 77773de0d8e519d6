#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A worker that picks gateways for a number. It speaks the protocol of docs/worker-protocol.md.
# Values arrive escaped and are sent back unchanged.

# The reply to request $1 with status $2 and a line for each further argument, in one write.
reply() {
  id=$1 text="reply $1 $2"
  shift 2
  for line; do text="$text
line $line"; done
  printf '%s\nend %s\n' "$text" "$id"
}

while read -r field value; do
  case $field in
    hello) echo 'hello 1' ;;
    request) name=${value%% *} count=0 ;;
    arg) count=$((count + 1)); [ "$count" -gt 1 ] || number=$value ;;
    end)
      [ "$count" -gt 0 ] || { echo "error $name no number was given"; continue; }
      case $number in
        *[!0-9]*) reply "$name" 1 'no route' ;; # from the caller: it may be anything
        49*) reply "$name" 0 "sip:$number@gw1.example.net" "sip:$number@gw2.example.net" ;;
        44*) reply "$name" 0 "sip:$number@gw3.example.net" ;;
        *) reply "$name" 1 'no route' ;;
      esac ;;
  esac
done
