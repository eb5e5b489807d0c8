// Central differences, extrapolated to step 0 (Richardson 1911): five levels from 0.01 give about 12 digits of a smooth
// function in float64. Thread safety: pure function.
#pragma once
#include <vector>

#include "backprop/tensor.hpp"

namespace backprop::evidence {

inline constexpr double richardson_step = 0.01;
inline constexpr int richardson_levels = 5;

// d values_at(h) / dh at 0, where `values_at` gives float64 tensors: [tensor][element].
template <class ValuesAt> std::vector<std::vector<double>> richardson(ValuesAt&& values_at) {
  std::vector<std::vector<std::vector<double>>> row;  // [order][tensor][element], of the level before
  double h = richardson_step;
  for (int level = 0; level < richardson_levels; ++level, h /= 2) {
    const std::vector<Tensor> above = values_at(h), below = values_at(-h);
    std::vector<std::vector<std::vector<double>>> next(static_cast<std::size_t>(level) + 1);
    for (std::size_t k = 0; k < above.size(); ++k) {
      const auto a = above[k].as<double>();
      const auto b = below[k].as<double>();
      next[0].emplace_back(a.size());
      for (std::size_t i = 0; i < a.size(); ++i) next[0][k][i] = (a[i] - b[i]) / (2 * h);
    }
    double power = 1;
    for (std::size_t order = 1; order < next.size(); ++order) {
      power *= 4;
      next[order] = next[order - 1];
      for (std::size_t k = 0; k < next[order].size(); ++k) {
        for (std::size_t i = 0; i < next[order][k].size(); ++i) {
          next[order][k][i] += (next[order - 1][k][i] - row[order - 1][k][i]) / (power - 1);
        }
      }
    }
    row = std::move(next);
  }
  return row.back();
}

}  // namespace backprop::evidence
