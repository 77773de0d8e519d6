// SPDX-License-Identifier: GPL-2.0-or-later
// lossy_disk MOUNTPOINT DIRECTORY: a file system (FUSE) with a power switch. It holds at first what
// is in DIRECTORY. It reads words from standard input, one a line, and answers each with a line:
//   (at the start)  mounted
//   cut SEED        the power fails: DIRECTORY gets what survives (lossy_files.h), and every access
//                   gets EIO from now on. "cut WRITES LOST TORN NAMES LOST"
//   end             DIRECTORY gets everything. "ended"
// At the end of standard input it takes the mount away and ends.
//
// SQLite's shared memory (mmap of a file) works: pages are the kernel's, which writes them back.
#define FUSE_USE_VERSION 314

#include <fuse_lowlevel.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <random>
#include <sstream>
#include <string>

#include "lossy_files.h"

namespace {

constexpr double kForever = 3600;  // nobody else changes what the kernel has seen

lossy::Files files;
bool is_cut = false;

bool refuse(fuse_req_t request) {
  if (is_cut) {
    fuse_reply_err(request, EIO);
  }
  return is_cut;
}

struct stat attributes(lossy::Number number) {
  const lossy::File& file = files.file(number);
  struct stat shown {};
  shown.st_ino = number;
  shown.st_mode = file.mode | (file.is_directory ? S_IFDIR : S_IFREG);
  shown.st_nlink = 1;
  shown.st_uid = getuid();
  shown.st_gid = getgid();
  shown.st_size = static_cast<off_t>(file.seen.size());
  shown.st_blocks = static_cast<blkcnt_t>((file.seen.size() + 511) / 512);
  shown.st_blksize = 4096;
  return shown;
}

fuse_entry_param entry(lossy::Number number) {
  fuse_entry_param shown{};
  shown.ino = number;
  shown.attr = attributes(number);
  shown.attr_timeout = shown.entry_timeout = kForever;
  return shown;
}

void reply_entry(fuse_req_t request, lossy::Number number) {
  const fuse_entry_param shown = entry(number);
  fuse_reply_entry(request, &shown);
}

void begin(void*, fuse_conn_info* connection) {
  // It would drop pages that are mapped when a size changes.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_WRITEBACK_CACHE);
}

void look_up(fuse_req_t request, fuse_ino_t directory, const char* name) {
  if (refuse(request)) {
    return;
  }
  const lossy::Number number = files.find(directory, name);
  if (number == 0) {
    fuse_reply_err(request, ENOENT);
  } else {
    reply_entry(request, number);
  }
}

void get_attributes(fuse_req_t request, fuse_ino_t number, fuse_file_info*) {
  if (!refuse(request)) {
    const struct stat shown = attributes(number);
    fuse_reply_attr(request, &shown, kForever);
  }
}

void set_attributes(fuse_req_t request, fuse_ino_t number, struct stat* wanted, int which,
                    fuse_file_info*) {
  if (refuse(request)) {
    return;
  }
  if ((which & FUSE_SET_ATTR_MODE) != 0) {
    files.set_mode(number, wanted->st_mode & 07777);
  }
  int error = 0;
  if ((which & FUSE_SET_ATTR_SIZE) != 0) {
    error = files.truncate(number, static_cast<std::size_t>(wanted->st_size));
  }
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  const struct stat shown = attributes(number);
  fuse_reply_attr(request, &shown, kForever);
}

void make_directory(fuse_req_t request, fuse_ino_t directory, const char* name, mode_t mode) {
  if (refuse(request)) {
    return;
  }
  lossy::Number made = 0;
  const int error = files.make(directory, name, true, mode, made);
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    reply_entry(request, made);
  }
}

void create(fuse_req_t request, fuse_ino_t directory, const char* name, mode_t mode,
            fuse_file_info* opened) {
  if (refuse(request)) {
    return;
  }
  lossy::Number made = 0;
  const int error = files.make(directory, name, false, mode, made);
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  opened->keep_cache = 1;
  const fuse_entry_param shown = entry(made);
  fuse_reply_create(request, &shown, opened);
}

void open_file(fuse_req_t request, fuse_ino_t, fuse_file_info* opened) {
  if (!refuse(request)) {
    opened->keep_cache = 1;
    fuse_reply_open(request, opened);
  }
}

void read_file(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset,
               fuse_file_info*) {
  if (refuse(request)) {
    return;
  }
  const std::string& bytes = files.file(number).seen;
  const std::size_t at = std::min(static_cast<std::size_t>(offset), bytes.size());
  fuse_reply_buf(request, bytes.data() + at, std::min(size, bytes.size() - at));
}

void write_file(fuse_req_t request, fuse_ino_t number, const char* bytes, std::size_t size,
                off_t offset, fuse_file_info*) {
  if (refuse(request)) {
    return;
  }
  const int error = files.write(number, static_cast<std::size_t>(offset), {bytes, size});
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_write(request, size);
  }
}

void sync_file(fuse_req_t request, fuse_ino_t number, int, fuse_file_info*) {
  if (!refuse(request)) {
    files.sync(number);
    fuse_reply_err(request, 0);
  }
}

void remove_file(fuse_req_t request, fuse_ino_t directory, const char* name) {
  if (!refuse(request)) {
    fuse_reply_err(request, files.remove(directory, name, false));
  }
}

void remove_directory(fuse_req_t request, fuse_ino_t directory, const char* name) {
  if (!refuse(request)) {
    fuse_reply_err(request, files.remove(directory, name, true));
  }
}

void rename_file(fuse_req_t request, fuse_ino_t from, const char* name, fuse_ino_t to,
                 const char* new_name, unsigned flags) {
  if (!refuse(request)) {
    fuse_reply_err(request, flags != 0 ? EINVAL : files.rename(from, name, to, new_name));
  }
}

void read_directory(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset,
                    fuse_file_info*) {
  if (refuse(request)) {
    return;
  }
  std::string reply(size, '\0');
  std::size_t used = 0;
  off_t at = 0;
  for (const auto& [name, file] : files.file(number).names) {
    if (++at <= offset) {
      continue;
    }
    const struct stat shown = attributes(file);
    const std::size_t length =
        fuse_add_direntry(request, &reply[used], size - used, name.c_str(), &shown, at);
    if (length > size - used) {
      break;
    }
    used += length;
  }
  fuse_reply_buf(request, reply.data(), used);
}

fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops ops{};
  ops.init = begin;
  ops.lookup = look_up;
  ops.getattr = get_attributes;
  ops.setattr = set_attributes;
  ops.mkdir = make_directory;
  ops.create = create;
  ops.open = open_file;
  ops.read = read_file;
  ops.write = write_file;
  ops.fsync = sync_file;
  ops.fsyncdir = sync_file;
  ops.unlink = remove_file;
  ops.rmdir = remove_directory;
  ops.rename = rename_file;
  ops.readdir = read_directory;
  return ops;
}

void answer(const std::string& line, const char* directory) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == "cut") {
    std::uint64_t seed = 0;
    words >> seed;
    std::mt19937_64 random(seed);
    is_cut = true;
    const lossy::Losses losses = files.cut(random);
    files.save(directory);
    std::printf("cut %zu %zu %zu %zu %zu\n", losses.writes, losses.lost_writes, losses.torn_writes,
                losses.names, losses.lost_names);
  } else {
    is_cut = true;
    files.save(directory);
    std::puts("ended");
  }
  std::fflush(stdout);
}

/// Requests of the kernel, and words of the test, in turns, until the test ends.
void serve(fuse_session* session, const char* directory) {
  fuse_buf buffer{};
  std::string input;
  while (fuse_session_exited(session) == 0) {
    pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {fuse_session_fd(session), POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0) {
      continue;
    }
    if (waiting[1].revents != 0 && fuse_session_receive_buf(session, &buffer) > 0) {
      fuse_session_process_buf(session, &buffer);
    }
    if (waiting[0].revents != 0) {
      char bytes[256];
      const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
      if (got <= 0) {
        break;
      }
      input.append(bytes, static_cast<std::size_t>(got));
      for (std::size_t end = 0; (end = input.find('\n')) != std::string::npos;) {
        answer(input.substr(0, end), directory);
        input.erase(0, end + 1);
      }
    }
  }
  std::free(buffer.mem);  // NOLINT: the library's
}

int run(const char* mountpoint, const char* directory) {
  files.load(directory);
  char name[] = "lossy_disk";
  char* words[] = {name, nullptr};
  fuse_args arguments = FUSE_ARGS_INIT(1, words);
  const fuse_lowlevel_ops ops = operations();
  fuse_session* session = fuse_session_new(&arguments, &ops, sizeof ops, nullptr);
  if (session == nullptr || fuse_session_mount(session, mountpoint) != 0) {
    std::fprintf(stderr, "lossy_disk: can't mount at %s\n", mountpoint);
    return 1;
  }
  std::puts("mounted");
  std::fflush(stdout);
  serve(session, directory);
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: lossy_disk MOUNTPOINT DIRECTORY\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);  // the test's end is ours
  try {
    return run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lossy_disk: %s\n", error.what());
    return 1;
  }
}
