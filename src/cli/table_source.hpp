// The flags that say where a table comes from and how to read it, and reading it. Thread safety: used by the main thread
// only.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "data/readers/open.hpp"
#include "data/table.hpp"

namespace CLI {
class App;
}

namespace backprop::cli {

struct TableSource {
  std::string path, format, query, arrays, labels;
  bool header = false, no_header = false;  // neither: found from the data
  bool decimal_comma = false;

  void add_to(CLI::App& app, const std::string& description);
  // All of it, in memory or in a scratch file. Throws UsageError when no table was given.
  data::Table read(bool on_disk = false) const;
  // Block after block, so that no more than one is in memory.
  void read_blocks(const std::function<void(const data::Table& block)>& take) const;
  // Another table with the same flags, but the labels.
  data::Table read_from(const std::string& other, const std::string& other_labels = "", bool on_disk = false) const;

  data::Source source() const;

 private:
  std::unique_ptr<data::RowReader> open() const;
};

}  // namespace backprop::cli
