#include "train/diverged.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "backprop/fit.hpp"
#include "run/cpu/finite.hpp"

namespace backprop {
namespace {

constexpr std::size_t shown_rows = 8;
const std::string advice = "; a smaller learning rate may help";

std::string place(int epoch, std::uint64_t step) {
  return "diverged in epoch " + std::to_string(epoch) + ", step " + std::to_string(step) + ": ";
}

}  // namespace

DivergedStep::DivergedStep(const std::string& message, std::vector<std::uint32_t> rows)
    : DivergedError(message), rows_(std::move(rows)) {}

void diverged(int epoch, std::uint64_t step, const std::string& what, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  throw DivergedError(place(epoch, step) + what + " to " + text + advice);
}

void explain_diverged(int epoch, std::uint64_t step, std::string what, std::span<const std::uint32_t> batch,
                      std::span<const std::uint32_t> numbers) {
  // The engine counts the steps before this one.
  what.erase(std::min(what.rfind(" at step "), what.size()));
  std::vector<std::uint32_t> rows(batch.begin(), batch.end());
  if (!numbers.empty()) {
    for (std::uint32_t& row : rows) row = numbers[row];
  }
  std::sort(rows.begin(), rows.end());
  std::string list;
  for (std::size_t r = 0; r < std::min(rows.size(), shown_rows); ++r) {
    list += (r == 0 ? "" : ", ") + std::to_string(rows[r] + 1);
  }
  if (rows.size() > shown_rows) list += " and " + std::to_string(rows.size() - shown_rows) + " more";
  throw DivergedStep(
      place(epoch, step) + what + ", on rows " + list + " of the table; that step was not applied" + advice,
      std::move(rows));
}

void check_states(int epoch, const StateStore& states) {
  const auto bad = std::find_if(states.begin(), states.end(), [](const auto& state) {
    const Tensor& tensor = state.second.tensor;
    return is_floating(tensor.dtype()) && !cpu::is_finite(tensor);
  });
  if (bad == states.end()) return;
  throw DivergedError(place(epoch, states.step()) + "the state '" + bad->first +
                      "' overflowed; the checkpoint before it is kept" + advice);
}

}  // namespace backprop
