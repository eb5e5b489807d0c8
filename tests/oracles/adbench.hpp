// What the four ADBench oracles share: a loss or residuals as a graph, evaluated with its derivatives by the plan and
// by the plain loops. Thread safety: pure functions.
#pragma once
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "run/reference.hpp"
#include "tests/support/shared.hpp"

namespace backprop::adbench {

inline Tensor tensor(const nlohmann::json& numbers, Extents extents) {
  std::vector<double> flat;
  const std::function<void(const nlohmann::json&)> walk = [&](const nlohmann::json& j) {
    if (j.is_array()) {
      for (const auto& item : j) walk(item);
    } else {
      flat.push_back(j.get<double>());
    }
  };
  walk(numbers);
  return Tensor::from<double>(extents, flat);
}

// Values by both roads; `visit` is called with each road's numbers.
inline void by_both_roads(const std::vector<Value>& wanted, const std::vector<Tensor>& inputs,
                          const std::function<void(const std::vector<std::vector<double>>&, const char*)>& visit) {
  const std::vector<TensorView> views(inputs.begin(), inputs.end());
  StateStore store;
  std::vector<std::vector<double>> plain, planned;
  for (const Tensor& t : evaluate_reference(*wanted[0].graph, wanted, views, store)) plain.push_back(to_doubles(t));
  visit(plain, "plain loops");
  Compiled step = compile(wanted);
  step.run(views);
  for (std::size_t k = 0; k < wanted.size(); ++k) planned.push_back(to_doubles(step.output(static_cast<int>(k))));
  visit(planned, "plan");
}

// |a - b| <= tolerance max(1, |b|)
inline void expect_near(double a, double b, double tolerance, const std::string& where) {
  EXPECT_LE(std::fabs(a - b), tolerance * std::fmax(1, std::fabs(b))) << where << ": " << a << " against " << b;
}

// Column k of a matrix of columns.
inline Value column(Value x, int axis, std::int64_t k) { return slice(x, axis, k, k + 1); }

// Rotation of vectors x [N, 3] about the axis r [N, 3] by |r| (Rodrigues 1840).
inline Value rotate(Value r, Value x) {
  const Value theta = sqrt(sum(square(r), {1}, true)), w = r / theta;
  const auto part = [](Value v, int k) { return column(v, 1, k); };
  const Value cross =
      concat({part(w, 1) * part(x, 2) - part(w, 2) * part(x, 1), part(w, 2) * part(x, 0) - part(w, 0) * part(x, 2),
              part(w, 0) * part(x, 1) - part(w, 1) * part(x, 0)},
             1);
  const Value c = cos(theta), s = sin(theta);
  return c * x + s * cross + w * sum(w * x, {1}, true) * (1 - c);
}

}  // namespace backprop::adbench
