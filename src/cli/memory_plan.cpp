#include "cli/memory_plan.hpp"

#include "backprop/error.hpp"
#include "cli/memory_size.hpp"

namespace backprop::cli {
namespace {

// The program, the network and its plans; a cell of the blocks that are read; a row of the table, its target and its
// predictions: what was measured, and some more.
constexpr std::size_t program = 32 << 20, cells_at_once = 4096, of_a_cell = 48, of_a_row = 48, of_an_output = 16;
constexpr std::size_t fewest = 4 << 20;  // bytes for examples

}  // namespace

std::size_t example_memory(std::size_t allowed, const LearningTable& learning) {
  const data::Table& table = learning.table;
  const auto outputs = static_cast<std::size_t>(learning.outputs());
  const std::size_t needed =
      program + table.columns() * cells_at_once * of_a_cell + table.rows() * (of_a_row + outputs * of_an_output);
  if (needed + 2 * fewest > allowed) {
    throw UsageError("--memory " + megabytes(allowed) + ": " + std::to_string(table.rows()) + " rows of " +
                     std::to_string(table.columns()) + " columns need at least " + megabytes(needed + 2 * fewest));
  }
  return (allowed - needed) / 2;  // as much again while they are dealt to buckets
}

}  // namespace backprop::cli
