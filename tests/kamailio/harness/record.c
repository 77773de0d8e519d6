// SPDX-License-Identifier: GPL-2.0-or-later
// record PREFIX [ARGUMENT...]: writes down how it was started, for a test to read.
//   PREFIX.argv     its arguments after PREFIX, each ended by NUL
//   PREFIX.environ  its environment, each entry ended by NUL
//   PREFIX.fds      numbers of its open descriptors, one a line
//   PREFIX.status   /proc/self/status, and lines "pgid:" and "sid:"
// PREFIX.argv appears last, and whole: it tells that the others are there.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char** environ;

static FILE* create(const char* prefix, const char* suffix, char* path, size_t size) {
  snprintf(path, size, "%s.%s", prefix, suffix);
  return fopen(path, "we");
}

static void write_list(FILE* file, char* const* list) {
  for (; *list != NULL; ++list) {
    fwrite(*list, 1, strlen(*list) + 1, file);
  }
  fclose(file);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    return 2;
  }
  char path[4096];
  char last[4096];

  int open_descriptors[4096];
  int count = 0;
  for (int fd = 0; fd < 4096; ++fd) {
    if (fcntl(fd, F_GETFD) != -1) {
      open_descriptors[count++] = fd;
    }
  }

  FILE* file = create(argv[1], "fds", path, sizeof path);
  if (file == NULL) {
    return errno == EACCES ? 3 : 4;
  }
  for (int i = 0; i < count; ++i) {
    fprintf(file, "%d\n", open_descriptors[i]);
  }
  fclose(file);

  file = create(argv[1], "status", path, sizeof path);
  FILE* status = fopen("/proc/self/status", "re");
  if (file == NULL || status == NULL) {
    return 4;
  }
  char line[512];
  while (fgets(line, sizeof line, status) != NULL) {
    fputs(line, file);
  }
  fprintf(file, "pgid:\t%d\nsid:\t%d\n", (int)getpgid(0), (int)getsid(0));
  fclose(status);
  fclose(file);

  file = create(argv[1], "environ", path, sizeof path);
  if (file == NULL) {
    return 4;
  }
  write_list(file, environ);

  file = create(argv[1], "argv.part", path, sizeof path);
  if (file == NULL) {
    return 4;
  }
  write_list(file, argv + 2);
  snprintf(last, sizeof last, "%s.argv", argv[1]);
  return rename(path, last) == 0 ? 0 : 4;
}
