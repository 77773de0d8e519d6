#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# For workers in sh that must examine values, or send text from other sources. It needs only the
# shell. Copy the functions into your worker, or source this file.

# decoded VALUE: sets $result to the bytes that an escaped value stands for (but NUL, which no shell
# variable can hold).
decoded() {
  rest=$1 result=
  while case $rest in *%*) true ;; *) false ;; esac; do
    result=$result${rest%%\%*}
    rest=${rest#*%}
    code=${rest%"${rest#??}"}
    rest=${rest#??}
    [ "$code" = 00 ] || {
      # The dot keeps a line feed at the end, which $( ) would drop.
      byte=$(printf "\\$(printf '%03o' "0x$code").")
      result=$result${byte%.}
    }
  done
  result=$result$rest
}

# escaped TEXT: sets $result to the text as a line's value.
escaped() {
  rest=$1 result=
  while case $rest in *[%"$line_feed"]*) true ;; *) false ;; esac; do
    before=${rest%%[%"$line_feed"]*}
    rest=${rest#"$before"}
    case $rest in %*) result=$result$before%25 ;; *) result=$result$before%0A ;; esac
    rest=${rest#?}
  done
  result=$result$rest
}

line_feed='
'
