// SPDX-License-Identifier: GPL-2.0-or-later
#include "lossy_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

namespace lossy {
namespace {

constexpr std::size_t kLargest = std::size_t{256} << 20;  // of a file: this is a test's

void overwrite(std::string& bytes, std::size_t offset, std::string_view with) {
  if (bytes.size() < offset + with.size()) {
    bytes.resize(offset + with.size());
  }
  std::copy(with.begin(), with.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

Files::Files() : files_(1) {
  add(true, 0755);
}

Number Files::add(bool is_directory, mode_t mode) {
  Kept kept;
  kept.file.is_directory = is_directory;
  kept.file.mode = mode & 07777;
  files_.push_back(std::move(kept));
  return files_.size() - 1;
}

Number Files::find(Number directory, const std::string& name) const {
  const auto& names = files_[directory].file.names;
  const auto found = names.find(name);
  return found == names.end() ? 0 : found->second;
}

void Files::change_names(Renaming names) {
  for (const Name& one : names) {
    auto& seen = files_[one.directory].file.names;
    if (one.file == 0) {
      seen.erase(one.name);
    } else {
      seen[one.name] = one.file;
    }
  }
  unsynced_names_.push_back(std::move(names));
}

void Files::put_on_disk(const Renaming& names) {
  for (const Name& one : names) {
    auto& kept = files_[one.directory].names_on_disk;
    if (one.file == 0) {
      kept.erase(one.name);
    } else {
      kept[one.name] = one.file;
    }
  }
}

int Files::make(Number directory, const std::string& name, bool is_directory, mode_t mode,
                Number& made) {
  if (find(directory, name) != 0) {
    return EEXIST;
  }
  made = add(is_directory, mode);
  change_names({{directory, name, made}});
  return 0;
}

int Files::remove(Number directory, const std::string& name, bool is_directory) {
  const Number number = find(directory, name);
  if (number == 0) {
    return ENOENT;
  }
  if (file(number).is_directory != is_directory) {
    return is_directory ? ENOTDIR : EISDIR;
  }
  if (!file(number).names.empty()) {
    return ENOTEMPTY;
  }
  change_names({{directory, name, 0}});
  return 0;
}

int Files::rename(Number from, const std::string& name, Number to, const std::string& new_name) {
  const Number number = find(from, name);
  if (number == 0) {
    return ENOENT;
  }
  const Number there = find(to, new_name);
  if (there != 0 && file(there).is_directory) {
    return file(there).names.empty() ? EISDIR : ENOTEMPTY;
  }
  change_names({{from, name, 0}, {to, new_name, number}});
  return 0;
}

int Files::write(Number number, std::size_t offset, std::string_view bytes) {
  if (offset + bytes.size() > kLargest) {
    return EFBIG;
  }
  overwrite(files_[number].file.seen, offset, bytes);
  files_[number].unsynced.push_back({false, offset, std::string(bytes)});
  return 0;
}

int Files::truncate(Number number, std::size_t size) {
  if (size > kLargest) {
    return EFBIG;
  }
  files_[number].file.seen.resize(size);
  files_[number].unsynced.push_back({true, size, {}});
  return 0;
}

void Files::sync(Number number) {
  Kept& kept = files_[number];
  for (const Change& change : kept.unsynced) {
    if (change.truncates) {
      kept.on_disk.resize(change.offset);
    } else {
      overwrite(kept.on_disk, change.offset, change.bytes);
    }
  }
  kept.unsynced.clear();
  if (!kept.file.is_directory) {
    return;
  }
  const auto is_its = [number](const Renaming& names) {
    return std::any_of(names.begin(), names.end(),
                       [number](const Name& one) { return one.directory == number; });
  };
  for (const Renaming& names : unsynced_names_) {
    if (is_its(names)) {
      put_on_disk(names);
    }
  }
  std::erase_if(unsynced_names_, is_its);
}

void Files::sync_all() {
  for (Number number = kRoot; number < files_.size(); ++number) {
    sync(number);
  }
}

void Files::cut_file(Kept& kept, double share, std::mt19937_64& random, Losses& losses) {
  std::bernoulli_distribution survives(share);
  std::bernoulli_distribution half(0.5);
  std::bernoulli_distribution rarely(0.05);
  for (const Change& change : kept.unsynced) {
    ++losses.writes;
    if (change.truncates) {
      if (survives(random)) {
        kept.on_disk.resize(change.offset);
      } else {
        ++losses.lost_writes;
      }
      continue;
    }
    const bool is_torn = half(random);
    if (!is_torn && survives(random)) {
      overwrite(kept.on_disk, change.offset, change.bytes);
      continue;
    }
    if (!is_torn) {
      ++losses.lost_writes;
      // The new size may be there without the bytes, which are then whatever the place held before.
      if (kept.on_disk.size() < change.offset + change.bytes.size() && half(random)) {
        kept.on_disk.resize(change.offset + change.bytes.size(), half(random) ? '\0' : '\xa5');
      }
      continue;
    }
    bool is_whole = true;
    const std::size_t end = change.offset + change.bytes.size();
    for (std::size_t at = change.offset; at < end;) {
      std::size_t length = std::min(end, (at / kSector + 1) * kSector) - at;
      const std::size_t next = at + length;
      if (!survives(random)) {
        length = 0;
      } else if (rarely(random)) {
        length = random() % length;
      }
      is_whole = is_whole && length == next - at;
      if (length > 0) {
        overwrite(kept.on_disk, at,
                  std::string_view(change.bytes).substr(at - change.offset, length));
      }
      at = next;
    }
    losses.torn_writes += is_whole ? 0 : 1;
  }
  kept.unsynced.clear();
}

Losses Files::cut(std::mt19937_64& random) {
  // Now little was written back by itself, now nearly all.
  constexpr std::array kShares = {0.0, 0.2, 0.5, 0.8, 0.95};
  Losses losses;
  std::bernoulli_distribution name_survives(kShares[random() % kShares.size()]);
  for (const Renaming& names : unsynced_names_) {
    ++losses.names;
    if (name_survives(random)) {
      put_on_disk(names);
    } else {
      ++losses.lost_names;
    }
  }
  unsynced_names_.clear();
  for (Kept& kept : files_) {
    cut_file(kept, kShares[random() % kShares.size()], random, losses);
    kept.file.seen = kept.on_disk;
    kept.file.names = kept.names_on_disk;
  }
  return losses;
}

void Files::load(const std::filesystem::path& directory) {
  load_into(kRoot, directory);
  sync_all();
}

void Files::load_into(Number directory, const std::filesystem::path& path) {
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const auto mode = static_cast<mode_t>(entry.status().permissions());
    Number made = 0;
    make(directory, entry.path().filename(), entry.is_directory(), mode, made);
    if (entry.is_directory()) {
      load_into(made, entry.path());
      continue;
    }
    std::ifstream file(entry.path(), std::ios::binary);
    write(made, 0, std::string(std::istreambuf_iterator<char>(file), {}));
  }
}

void Files::save(const std::filesystem::path& directory) const {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::filesystem::remove_all(entry.path());
  }
  save_from(kRoot, directory);
}

void Files::save_from(Number directory, const std::filesystem::path& path) const {
  for (const auto& [name, number] : file(directory).names) {
    const std::filesystem::path there = path / name;
    if (file(number).is_directory) {
      std::filesystem::create_directory(there);
      save_from(number, there);
    } else {
      std::ofstream(there, std::ios::binary) << file(number).seen;
    }
    std::filesystem::permissions(there, std::filesystem::perms(file(number).mode));
  }
}

}  // namespace lossy
