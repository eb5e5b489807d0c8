#include "evidence/operation_case.hpp"

#include <algorithm>
#include <cmath>

#include "evidence/random.hpp"

namespace backprop::evidence {
namespace {

bool near_any(double x, const std::vector<double>& points) {
  return std::any_of(points.begin(), points.end(), [&](double p) { return std::fabs(x - p) < kink_margin; });
}

// One number per cell of a grid over [low, high], in random order, in the middle of its cell.
std::vector<double> distinct_numbers(const Sampler& sampler, std::size_t count, Random& random) {
  std::vector<double> numbers(count);
  const double cell = (sampler.high - sampler.low) / static_cast<double>(std::max<std::size_t>(count, 1));
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = sampler.low + cell * (static_cast<double>(i) + random.uniform(0.35, 0.65));
  }
  for (std::size_t i = count; i > 1; --i) {
    std::swap(numbers[i - 1], numbers[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
  }
  return numbers;
}

double draw(const Sampler& sampler, Random& random) {
  for (;;) {
    double x = random.uniform(sampler.low, sampler.high);
    if (sampler.spacing > 0) {
      x = sampler.spacing * (std::round(x / sampler.spacing) + random.uniform(-0.2, 0.2)) + sampler.offset;
    }
    if (!near_any(x, sampler.kinks)) return x;
  }
}

}  // namespace

const Bindings& case_sizes() {
  static const Bindings sizes = {{"B", 3}, {"T", 2}};
  return sizes;
}

Tensor sample(const Argument& argument, std::uint64_t seed) {
  Random random(seed);
  const Extents extents = argument.shape.bind(case_sizes());
  Tensor tensor(DType::float64, extents);
  const auto numbers = tensor.as<double>();
  const Sampler& sampler = argument.sampler;
  if (sampler.distinct) {
    const std::vector<double> all = distinct_numbers(sampler, numbers.size(), random);
    std::copy(all.begin(), all.end(), numbers.begin());
  } else {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = sampler.exactly.empty() ? draw(sampler, random) : sampler.exactly[i % sampler.exactly.size()];
    }
  }
  if (argument.dtype == DType::boolean) {
    for (double& x : numbers) x = x > 0 ? 1 : 0;
  }
  return convert(tensor, argument.dtype);
}

std::vector<OperationCase> operation_cases() {
  std::vector<OperationCase> cases;
  add_elementwise_cases(cases);
  add_activation_cases(cases);
  add_logic_cases(cases);
  add_reduction_cases(cases);
  add_shape_cases(cases);
  add_index_cases(cases);
  add_product_cases(cases);
  add_leaf_cases(cases);
  return cases;
}

}  // namespace backprop::evidence
