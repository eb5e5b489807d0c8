// Cases of matrix products and of softmax cross-entropy.
#include <cmath>

#include "evidence/case_parts.hpp"

namespace backprop::evidence {
namespace {

// Schoolbook product; leading axes broadcast.
std::vector<double> product(const Array& a, const Array& b, bool transpose_a, bool transpose_b) {
  const std::size_t ra = a.extents.size(), rb = b.extents.size();
  const std::int64_t rows = a.extents[transpose_a ? ra - 1 : ra - 2], inner = a.extents[transpose_a ? ra - 2 : ra - 1];
  const std::int64_t columns = b.extents[transpose_b ? rb - 2 : rb - 1];
  const Array lead[2] = {{Extents(a.extents.begin(), a.extents.end() - 2), {}},
                         {Extents(b.extents.begin(), b.extents.end() - 2), {}}};
  Extents to = broadcast_extents(lead);
  to.push_back(rows);
  to.push_back(columns);
  const auto element = [](const Array& x, const Extents& index, std::int64_t i, std::int64_t j, bool flip) {
    Extents own(index.begin(), index.end() - 2);
    own.push_back(flip ? j : i);
    own.push_back(flip ? i : j);
    return broadcast_at(x, own);
  };
  // broadcast_at takes an axis of extent 1 as broadcast, which for the last two axes changes nothing.
  std::vector<double> numbers;
  for_each_index(to, [&](const Extents& index) {
    double sum = 0;
    for (std::int64_t k = 0; k < inner; ++k) {
      sum +=
          element(a, index, index[index.size() - 2], k, transpose_a) * element(b, index, k, index.back(), transpose_b);
    }
    numbers.push_back(sum);
  });
  return numbers;
}

void add_matmul(std::vector<OperationCase>& cases) {
  struct Way {
    Shape a, b;
    bool transpose_a = false, transpose_b = false;
  };
  const Dim B = named("B");
  const std::vector<Way> ways = {{{2, 3}, {3, 4}},
                                 {{3, 2}, {3, 4}, true, false},
                                 {{2, 3}, {4, 3}, false, true},
                                 {{3, 2}, {4, 3}, true, true},
                                 {{3, 3}, {3, 3}},
                                 {{3, 3}, {3, 3}, true, false},
                                 {{3, 3}, {3, 3}, false, true},
                                 {{2, 2}, {2, 2}, true, true},
                                 {{1, 1}, {1, 1}},
                                 {{2, 1}, {1, 3}},
                                 {{1, 3}, {3, 1}},
                                 {{0, 3}, {3, 2}},
                                 {{2, 0}, {0, 2}},
                                 {{B, 2}, {2, 3}},
                                 {{B, 2}, {B, 3}, true, false},
                                 {{2, 2, 3}, {2, 3, 2}},
                                 {{2, 2, 3}, {3, 2}},
                                 {{2, 3}, {2, 3, 2}},
                                 {{2, 1, 2, 2}, {3, 2, 2}},
                                 {{2, 3, 2}, {2, 2, 3}, true, true},
                                 {{1, 2, 2}, {3, 2, 2}, false, true},
                                 {{B, 2, 2}, {2, 2}, true, false}};
  for (const Way& way : ways) {
    OperationCase one = {
        .operation = "matmul",
        .arguments = {{way.a}, {way.b}},
        .build = [way](Graph&, std::span<const Value> x) -> std::vector<Value> {
          return {matmul(x[0], x[1], way.transpose_a, way.transpose_b)};
        },
        .formula = [way](std::span<const Array> x) { return product(x[0], x[1], way.transpose_a, way.transpose_b); }};
    one.label = shapes_label(one.arguments) + (way.transpose_a ? " ta" : "") + (way.transpose_b ? " tb" : "");
    cases.push_back(std::move(one));
  }
}

// -sum_k t_k (x_k - log sum_j e^x_j) of each row; t given by a class or by numbers.
std::vector<double> cross_entropy_rows(std::span<const Array> x) {
  const std::int64_t classes = x[0].extents.back();
  const bool by_class = x[1].extents.size() < x[0].extents.size();
  const std::int64_t rows = classes == 0 ? 0 : count(x[0].extents) / classes;
  std::vector<double> numbers;
  for (std::int64_t row = 0; row < rows; ++row) {
    double sum = 0, loss = 0;
    const auto logit = [&](std::int64_t k) { return x[0].numbers[static_cast<std::size_t>(row * classes + k)]; };
    for (std::int64_t k = 0; k < classes; ++k) sum += std::exp(logit(k));
    for (std::int64_t k = 0; k < classes; ++k) {
      const double t = by_class ? (x[1].numbers[static_cast<std::size_t>(row)] == static_cast<double>(k) ? 1.0 : 0.0)
                                : x[1].numbers[static_cast<std::size_t>(row * classes + k)];
      loss -= t * (logit(k) - std::log(sum));
    }
    numbers.push_back(loss);
  }
  return numbers;
}

void add_cross_entropy(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  const auto add_case = [&](const Shape& logits, Argument target) {
    OperationCase one = {.operation = "softmax_cross_entropy",
                         .arguments = {{logits, {.low = -2, .high = 2}}, std::move(target)},
                         .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> {
                           return {softmax_cross_entropy(x[0], x[1])};
                         },
                         .formula = cross_entropy_rows};
    one.label = shapes_label(one.arguments) + " " + std::string(to_string(one.arguments[1].dtype));
    cases.push_back(std::move(one));
  };
  for (const DType dtype : {int32, int64}) {
    add_case({3, 4}, {{3}, {.exactly = {0, 3, 1}}, dtype});
    add_case({2, 2, 3}, {{2, 2}, {.exactly = {0, 2, 1, 2}}, dtype});
    add_case({4}, {{}, {.exactly = {2}}, dtype});
    add_case({2, 1}, {{2}, {.exactly = {0}}, dtype});
    add_case({0, 3}, {{0}, {}, dtype});
    add_case({B, 3}, {{B}, {.exactly = {2, 0, 1}}, dtype});
  }
  // Any numbers are allowed as a target, so that the derivative by it is a derivative in every direction.
  const Sampler weights = {.low = 0.05, .high = 1};
  add_case({3, 4}, {{3, 4}, weights});
  add_case({2, 2, 3}, {{2, 2, 3}, weights});
  add_case({4}, {{4}, weights});
  add_case({2, 1}, {{2, 1}, weights});
  add_case({0, 3}, {{0, 3}, weights});
  add_case({B, 3}, {{B, 3}, weights});
}

}  // namespace

void add_product_cases(std::vector<OperationCase>& cases) {
  add_matmul(cases);
  add_cross_entropy(cases);
}

}  // namespace backprop::evidence
