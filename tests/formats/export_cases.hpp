// One graph, or a few, for each operation that has an ONNX form; used by the round trip and by the comparison with ONNX
// Runtime. Thread safety: pure functions.
#pragma once
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "backprop/operations.hpp"
#include "formats/onnx.hpp"

namespace backprop::test {

struct ExportCase {
  std::string name;
  std::function<std::vector<Value>(Graph&, DType)> build;
  double low = -2, high = 2;  // of floating inputs
};
const std::vector<ExportCase>& export_cases();

// A case made concrete: the named size B is 3, T is 2.
struct Example {
  Graph graph;
  std::vector<NamedValue> outputs;
  StateStore store{7};
  std::vector<Tensor> inputs, results;
};
void make_example(const ExportCase& c, DType dtype, Example& example);

// Integer inputs are whole numbers 0 to 2, booleans coin tosses.
inline Tensor random_tensor(DType dtype, const Extents& extents, double low, double high, std::mt19937& generator) {
  Tensor numbers(DType::float64, extents);
  for (double& x : numbers.as<double>()) {
    const double u = static_cast<double>(generator()) / 0x1p32;
    x = is_floating(dtype) ? low + (high - low) * u : std::floor(u * (dtype == DType::boolean ? 2 : 3));
  }
  return convert(numbers, dtype);
}

}  // namespace backprop::test
