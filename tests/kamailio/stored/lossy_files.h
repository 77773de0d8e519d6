// SPDX-License-Identifier: GPL-2.0-or-later
// Files as a machine has them whose power may fail: what programs see, and apart from it what the
// disk holds. Between the two are changes that no fsync has sent to the disk yet; a cut keeps a
// random part of those.
//
// As strict as POSIX lets a file system be: fsync of a file says nothing of its name, which is the
// directory's; changes reach the disk in any order, by sectors of 512 bytes, the last of which may
// be written in part. Of one sector the disk has what one of its writes left there, never a mixture
// of sectors of other places. Permissions and times come with the file.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lossy {

using Number = std::uint64_t;  // of a file or directory, from 1 (the root) on
inline constexpr Number kRoot = 1;
inline constexpr std::size_t kSector = 512;

/// What a cut found unsynced, and what it took.
struct Losses {
  std::size_t writes = 0;
  std::size_t lost_writes = 0;
  std::size_t torn_writes = 0;
  std::size_t names = 0;
  std::size_t lost_names = 0;
};

struct File {
  bool is_directory = false;
  mode_t mode = 0;
  std::string seen;                     // what programs read
  std::map<std::string, Number> names;  // of a directory, as programs see them
};

/// Functions give 0 or an errno. Numbers are those of existing files.
class Files {
 public:
  Files();

  [[nodiscard]] const File& file(Number number) const { return files_[number].file; }
  void set_mode(Number number, mode_t mode) { files_[number].file.mode = mode; }

  /// 0: there is none.
  [[nodiscard]] Number find(Number directory, const std::string& name) const;
  int make(Number directory, const std::string& name, bool is_directory, mode_t mode, Number& made);
  int remove(Number directory, const std::string& name, bool is_directory);
  int rename(Number from, const std::string& name, Number to, const std::string& new_name);

  int write(Number number, std::size_t offset, std::string_view bytes);
  int truncate(Number number, std::size_t size);
  /// A file's bytes, or a directory's names, are on the disk from now on.
  void sync(Number number);
  void sync_all();

  /// The power fails: what programs see is now what the disk had got by then.
  Losses cut(std::mt19937_64& random);

  /// What is below @p directory, as on the disk, and as seen; throws
  /// std::filesystem::filesystem_error.
  void load(const std::filesystem::path& directory);
  void save(const std::filesystem::path& directory) const;

 private:
  struct Change {  // a write, or a new size
    bool truncates = false;
    std::size_t offset = 0;  // or the size
    std::string bytes;
  };
  struct Kept {
    File file;
    std::string on_disk;
    std::map<std::string, Number> names_on_disk;
    std::vector<Change> unsynced;
  };
  struct Name {
    Number directory;
    std::string name;
    Number file;  // 0: it is gone
  };
  using Renaming = std::vector<Name>;  // all of it, or nothing, reaches the disk

  Number add(bool is_directory, mode_t mode);
  void change_names(Renaming names);
  void put_on_disk(const Renaming& names);
  void cut_file(Kept& kept, double share, std::mt19937_64& random, Losses& losses);
  void load_into(Number directory, const std::filesystem::path& path);
  void save_from(Number directory, const std::filesystem::path& path) const;

  std::vector<Kept> files_;  // none goes away: a file may come back at a cut
  std::vector<Renaming> unsynced_names_;
};

}  // namespace lossy
