// The flags that every subcommand with a table has, and reading it. Thread safety: used by the main thread only.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "data/table.hpp"

namespace backprop::cli {

struct TableSource {
  std::string path;
  bool header = false, no_header = false;  // neither: found from the data

  void add_to(CLI::App& app, const std::string& description);
  data::Table read() const;                              // throws UsageError when no table was given
  data::Table read_from(const std::string& file) const;  // another table with the same flags
};

}  // namespace backprop::cli
