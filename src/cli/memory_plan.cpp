#include "cli/memory_plan.hpp"

#include "backprop/error.hpp"
#include "cli/memory_size.hpp"

namespace backprop::cli {
namespace {

// Bytes, as they were measured and some more: the program with the blocks of a table that it reads; a row of the table,
// and each of its predictions; a parameter with all that is kept of it, and what a layer gives of a row of the batch.
constexpr std::size_t program = 32 << 20, of_a_row = 36, of_an_output = 16, of_a_parameter = 72, of_a_unit = 12;
constexpr std::size_t fewest = 1 << 20;  // for examples

std::size_t of_network(const TrainFlags& flags, std::size_t features, std::size_t outputs, std::size_t rows) {
  const Effort effort = flags.effort(rows);
  std::size_t before = features, parameters = 0, units = 0;
  const auto add = [&](std::size_t width) {
    parameters += (before + 1) * width;
    units += width;
    before = width;
  };
  for (const std::int64_t width : flags.hidden_units()) add(static_cast<std::size_t>(width));
  add(outputs);
  return static_cast<std::size_t>(effort.members) *
         (parameters * of_a_parameter + units * of_a_unit * static_cast<std::size_t>(effort.batch_size));
}

}  // namespace

std::size_t example_memory(const TrainFlags& flags, const LearningTable& learning, std::size_t features) {
  const std::size_t allowed = flags.memory_bytes(), rows = learning.table.rows();
  const auto outputs = static_cast<std::size_t>(learning.outputs());
  const std::size_t needed = program + rows * (of_a_row + outputs * of_an_output) +
                             of_network(flags, features, outputs, learning.target.rows.size()) +
                             2 * features * sizeof(float) * 4096;
  if (needed + 2 * fewest > allowed) {
    throw UsageError("--memory " + flags.memory + ": " + std::to_string(rows) +
                     " rows and this network need at least " + megabytes(needed + 2 * fewest));
  }
  return (allowed - needed) / 2;  // as much again while they are dealt to buckets
}

}  // namespace backprop::cli
