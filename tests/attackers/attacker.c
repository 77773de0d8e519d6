// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the attack that is asked for, as a program of one call or as a worker.
#include "attack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { most_arguments = 16 };

static const Attack* const tables[] = {file_attacks, network_attacks, process_attacks,
                                       kernel_attacks, resource_attacks};

const char* own_path;

static const Attack* find(const char* name) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i) {
    for (const Attack* attack = tables[i]; attack->name != NULL; ++attack) {
      if (strcmp(attack->name, name) == 0) {
        return attack;
      }
    }
  }
  return NULL;
}

void tell(FILE* to, const char* before, Refused refused, int error) {
  if (refused == NULL) {
    fprintf(to, "%ssucceeded\n", before);
  } else {
    fprintf(to, "%srefused: %s: %s\n", before, refused, strerror(error));
  }
  fflush(to);
}

/// @p words: the name and the arguments. The program's exit status.
static int carry_out(int count, char** words, FILE* to, const char* before) {
  while (count > 1 && strcmp(words[count - 1], "-") == 0) {  // a script has places for more
    --count;
  }
  const Attack* attack = count > 0 ? find(words[0]) : NULL;
  if (attack == NULL || attack->arguments != count - 1) {
    fprintf(to, "%sno such attack: %s with %d arguments\n", before, count > 0 ? words[0] : "",
            count - 1);
    fflush(to);
    return 2;
  }
  errno = 0;
  const Refused refused = attack->run(words + 1);
  tell(to, before, refused, errno);
  return refused == NULL ? 0 : 1;
}

/// "%2F" and the like, in place.
static void unescape(char* text) {
  char* to = text;
  for (; *text != '\0'; ++text, ++to) {
    if (*text == '%' && text[1] != '\0' && text[2] != '\0') {
      const char digits[] = {text[1], text[2], '\0'};
      *to = (char)strtol(digits, NULL, 16);
      text += 2;
    } else {
      *to = *text;
    }
  }
  *to = '\0';
}

static int work(void) {
  static char line[1 << 16];
  char id[64] = "";
  char* words[most_arguments] = {NULL};
  int count = 0;
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "hello ", 6) == 0) {
      puts("hello 1");
      fflush(stdout);
    } else if (strncmp(line, "request ", 8) == 0) {
      snprintf(id, sizeof id, "%.*s", (int)strcspn(line + 8, " "), line + 8);
      count = 0;
    } else if (strncmp(line, "arg ", 4) == 0 && count < most_arguments) {
      unescape(line + 4);
      free(words[count]);
      words[count++] = strdup(line + 4);
    } else if (strncmp(line, "end ", 4) == 0) {
      // In one piece, when all of it is known: an attack may take the rest of the worker's life.
      char* reply = NULL;
      size_t size = 0;
      FILE* to = open_memstream(&reply, &size);
      const int status = carry_out(count, words, to, "line ");
      fclose(to);
      printf("reply %s %d\n%send %s\n", id, status, reply, id);
      fflush(stdout);
      free(reply);
    }
  }
  return 0;
}

int main(int argc, char** argv) {
  own_path = argv[0];
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i) {
      for (const Attack* attack = tables[i]; attack->name != NULL; ++attack) {
        puts(attack->name);
      }
    }
    return 0;
  }
  if (argc == 2 && strcmp(argv[1], "worker") == 0) {
    return work();
  }
  return carry_out(argc - 1, argv + 1, stdout, "");
}
