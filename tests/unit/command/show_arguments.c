/* SPDX-License-Identifier: GPL-2.0-or-later
 * Prints each argument as LENGTH:BYTES and a newline, so that every byte of it can be told. */
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    size_t size = strlen(argv[i]);
    printf("%zu:", size);
    fwrite(argv[i], 1, size, stdout);
    putchar('\n');
  }
  return fflush(stdout) == 0 ? 0 : 1;
}
