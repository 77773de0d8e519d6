// SPDX-License-Identifier: GPL-2.0-or-later
// What a program that was taken over tries, one attack a function. tests/kamailio/test_escape.py
// runs them with and without containment; docs/security.md has the table of what succeeds.
//
//   attacker NAME [ARGUMENT...]     one attack, as a program of one call
//   attacker worker                 the attacks that requests name, as a worker
//   (docs/worker-protocol.md) attacker --list                 the names
//
// Prints one line, "succeeded" or "refused: STEP: ERROR", and ends with 0 or 1; 2: no such attack.
// All are harmless beyond what the arguments name, and bounded in memory, processes and time.
#pragma once

#include <stdio.h>

#ifndef _GNU_SOURCE
#error "compile with -D_GNU_SOURCE"
#endif

/// How an attack ended: NULL, it succeeded; else the step that was refused, with errno.
typedef const char* Refused;

typedef struct {
  const char* name;
  int arguments;  // how many it takes
  Refused (*run)(char** arguments);
} Attack;

/// Tables that end with a name that is NULL.
extern const Attack file_attacks[];
extern const Attack network_attacks[];
extern const Attack process_attacks[];
extern const Attack kernel_attacks[];
extern const Attack resource_attacks[];

/// Where this program is, to run it again: argv[0] as a full path.
extern const char* own_path;

/// Writes the result as the one line of output. `line` is what a worker puts before it, or "".
void tell(FILE* to, const char* before, Refused refused, int error);
