// Named constants of an equation (an axis, a slope, a shape), ordered by name. Thread safety: value types.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "backprop/shape.hpp"
#include "backprop/tensor.hpp"

namespace backprop {

using Integers = std::vector<std::int64_t>;
using AttributeValue =
    std::variant<std::int64_t, double, std::string, Integers, DType, Shape, std::shared_ptr<const Tensor>>;

class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, AttributeValue>> list);

  void set(std::string name, AttributeValue value);
  const AttributeValue* find(std::string_view name) const;
  // Each throws Error naming the attribute when it is missing or of another kind.
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;  // an integer counts as a number
  const std::string& text(std::string_view name) const;
  const Integers& integers(std::string_view name) const;
  DType dtype(std::string_view name) const;
  const Shape& shape(std::string_view name) const;
  const Tensor& tensor(std::string_view name) const;
  bool flag(std::string_view name) const;  // an integer that is not 0; false when missing

  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  bool empty() const { return list_.empty(); }
  // Tensors are equal when type, extents and bytes are.
  friend bool operator==(const Attributes& a, const Attributes& b);

 private:
  std::vector<std::pair<std::string, AttributeValue>> list_;
};

std::string to_string(const AttributeValue& value);
std::string to_string(const Attributes& attributes);  // "{axis=1, slope=0.01}", "" when empty

}  // namespace backprop
