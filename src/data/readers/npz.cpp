// NumPy's NPZ: a ZIP archive of NPY files, whose columns stand side by side.
#include <algorithm>

#include "backprop/error.hpp"
#include "data/closest_name.hpp"
#include "data/readers/format.hpp"
#include "data/readers/npy.hpp"
#include "data/readers/side_by_side.hpp"
#include "data/readers/zip.hpp"

namespace backprop::data {
namespace {

std::string array_name(const ZipEntry& entry) {
  return entry.name.ends_with(".npy") ? entry.name.substr(0, entry.name.size() - 4) : entry.name;
}

// The entries that --arrays names, or all.
std::vector<ZipEntry> choose(std::vector<ZipEntry> entries, const std::string& wanted, const std::string& file) {
  if (entries.empty()) throw DataError(file + ": holds no arrays");
  if (wanted.empty()) return entries;
  std::vector<std::string> names;
  for (const ZipEntry& entry : entries) names.push_back(array_name(entry));
  std::vector<ZipEntry> chosen;
  std::size_t begin = 0;
  while (begin <= wanted.size()) {
    const std::size_t end = std::min(wanted.find(',', begin), wanted.size());
    const std::string name = wanted.substr(begin, end - begin);
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) {
      throw DataError(file + ": --arrays " + wanted + ": there is no '" + name + "'" + did_you_mean(name, names) +
                      "; the arrays are " + list_names(names));
    }
    chosen.push_back(entries[static_cast<std::size_t>(it - names.begin())]);
    begin = end + 1;
  }
  return chosen;
}

class NpzReader : public RowReader {
 public:
  NpzReader(std::unique_ptr<ByteSource> source, const std::string& arrays) : name_(source->name()) {
    read_archive(*source);
    std::vector<Side> sides;
    for (const ZipEntry& entry : choose(list_zip(archive_, name_), arrays, name_)) {
      const std::string name = array_name(entry), full = name_ + ": array '" + name + "'";
      sides.push_back({full, read_npy(open_zip_entry(entry, full)), name});
    }
    rows_ = side_by_side(std::move(sides));
  }

  std::optional<Cells> next(std::size_t rows) override { return rows_->next(rows); }

 private:
  void read_archive(ByteSource& source) {
    std::size_t used = 0, got = 0;
    do {
      archive_.resize(
          used + (source.size() ? static_cast<std::size_t>(*source.size()) + 1 : std::max<std::size_t>(used, 1 << 20)));
      got = source.read(std::span(archive_).subspan(used));
      used += got;
    } while (used == archive_.size());
    archive_.resize(used);
  }

  std::string name_;
  std::vector<char> archive_;
  std::unique_ptr<RowReader> rows_;
};

}  // namespace

extern const Format npz_format;
const Format npz_format = {"npz", [](Opening& opening) { return opening.head().starts_with("PK\3\4"); },
                           [](Opening& opening) -> std::unique_ptr<RowReader> {
                             return std::make_unique<NpzReader>(opening.take_bytes(), opening.source().arrays);
                           }};

}  // namespace backprop::data
