// Learning from some rows of a table, and from those rows alone: for cross-validate and tune, which do it many times.
// Thread safety: used by the main thread only.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/interrupt.hpp"
#include "cli/training_data.hpp"

namespace backprop::cli {

// What was learned from some rows.
struct Learned {
  data::Preprocessing preprocessing;
  std::optional<Model> network;  // of the features
  FitReport report;
  Measured validation;  // of the rows that decided when to stop, or that each member left out

  Measured measure(const LearningTable& learning, std::span<const std::uint32_t> rows) const;
};

// Chooses the features, fits their scales, the network and the moment to stop on these rows.
Learned learn(const TrainFlags& flags, const LearningTable& learning, std::span<const std::uint32_t> rows,
              const std::shared_ptr<Device>& device, const Interrupt& interrupt);

// A number for each distinct cell of a column.
std::vector<std::int64_t> group_numbers(const data::Table& table, const std::string& column);

}  // namespace backprop::cli
