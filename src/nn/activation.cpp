#include <iterator>

#include "backprop/network.hpp"
#include "nn/named_rows.hpp"

namespace backprop {
namespace {

struct Row {
  std::string_view name;
  void (*function)();
  Value (*apply)(Value);
  Initialiser::Kind weights;
};

using Kind = Initialiser::Kind;

template <class... Numbers> void (*address(Value (*function)(Value, Numbers...)))() {
  return reinterpret_cast<void (*)()>(function);
}

// A row for an operation of one value: as it is, or with its default numbers.
template <Value (*F)(Value)> Row row(std::string_view name, Kind weights = Kind::glorot_uniform) {
  return {name, address(F), F, weights};
}
template <auto F> Row row_with_defaults(std::string_view name, Value (*apply)(Value), Kind weights) {
  return {name, address(F), apply, weights};
}

const Row rows[] = {
    {"identity", nullptr, nullptr, Kind::glorot_uniform},
    row<relu>("relu", Kind::he_uniform),
    row_with_defaults<leaky_relu>(
        "leaky_relu", [](Value x) { return leaky_relu(x); }, Kind::he_uniform),
    row_with_defaults<elu>(
        "elu", [](Value x) { return elu(x); }, Kind::he_uniform),
    row_with_defaults<celu>(
        "celu", [](Value x) { return celu(x); }, Kind::he_uniform),
    row<selu>("selu", Kind::lecun_normal),
    row<gelu>("gelu", Kind::he_uniform),
    row<gelu_tanh>("gelu_tanh", Kind::he_uniform),
    row<silu>("silu", Kind::he_uniform),
    row<mish>("mish", Kind::he_uniform),
    row<hard_swish>("hard_swish", Kind::he_uniform),
    row<softplus>("softplus"),
    row<softsign>("softsign"),
    row<sigmoid>("sigmoid"),
    row_with_defaults<hard_sigmoid>(
        "hard_sigmoid", [](Value x) { return hard_sigmoid(x); }, Kind::glorot_uniform),
    row<backprop::tanh>("tanh"),
};

}  // namespace

Value Activation::operator()(Value x) const { return function_ ? function_(x) : x; }

Activation::Activation(Value (*function)(Value)) : function_(function) {
  for (const Row& row : rows) {
    if (row.function != address(function)) continue;
    name_ = row.name;
    initialiser_ = {row.weights};
  }
}

Activation Activation::of_library(void (*function)()) {
  for (const Row& row : rows) {
    if (row.function == function) return activation(row.name);
  }
  throw UsageError("[network] an activation with numbers of its own is given as a lambda: [](Value x) { return ...; }");
}

Activation activation(std::string_view name) {
  const Row& row = find_row(rows, name, "network", "activation");
  Activation result;
  if (row.apply) result.function_ = row.apply;
  result.name_ = row.name;
  result.initialiser_ = {row.weights};
  return result;
}

std::span<const std::string_view> activation_names() {
  static const std::vector<std::string_view> names = names_of(rows);
  return names;
}

}  // namespace backprop
