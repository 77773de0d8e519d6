/* SPDX-License-Identifier: GPL-2.0-or-later
 * Prints its standard input, 1 MiB at most, as LENGTH:BYTES and a newline. */
#include <stdio.h>

int main(void) {
  static char text[1 << 20];
  size_t size = fread(text, 1, sizeof text, stdin);
  printf("%zu:", size);
  fwrite(text, 1, size, stdout);
  putchar('\n');
  return fflush(stdout) == 0 ? 0 : 1;
}
