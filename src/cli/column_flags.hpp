// The flags that say what the columns of a table are, and how much its rows count. Thread safety: value type.
#pragma once
#include <string>
#include <vector>

#include "data/preprocessing.hpp"
#include "data/target.hpp"

namespace CLI {
class App;
}

namespace backprop::cli {

struct ColumnFlags {
  std::vector<std::string> numeric, categorical, date, ignore;
  std::string date_order;
  bool tame_tails = false;
  std::string weight;         // column of example weights
  std::string class_weights;  // "balanced", or nothing

  void add_to(CLI::App& app);
  void check() const;  // throws UsageError
  data::RoleOptions roles() const;
  data::PreprocessingOptions preprocessing() const;
};

}  // namespace backprop::cli
