// Named constants of an equation (an axis, a slope, a shape), ordered by name. Thread safety: value types.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backprop/shape.hpp"
#include "backprop/tensor.hpp"

namespace backprop {

using Integers = std::vector<std::int64_t>;

// One constant. Copies share it; nobody changes it. Not a std::variant: every file that includes this would compile one.
class AttributeValue {
 public:
  AttributeValue(std::int64_t value);  // NOLINT: all of these are what they are made of
  AttributeValue(int value);           // NOLINT: an int64
  AttributeValue(double value);        // NOLINT
  AttributeValue(const char* value);   // NOLINT
  AttributeValue(std::string value);   // NOLINT
  AttributeValue(Integers value);      // NOLINT
  AttributeValue(DType value);         // NOLINT
  AttributeValue(Shape value);         // NOLINT
  AttributeValue(Tensor value);        // NOLINT
  AttributeValue(const AttributeValue& other) noexcept;
  AttributeValue& operator=(const AttributeValue& other) noexcept;
  ~AttributeValue();

  // None when it is of another kind. T is std::int64_t, double, std::string, Integers, DType, Shape or Tensor.
  template <class T> const T* get_if() const;
  // Floating-point numbers are equal when their bits are; tensors when type, extents and bytes are.
  friend bool operator==(const AttributeValue& a, const AttributeValue& b);
  friend std::string to_string(const AttributeValue& value);

 private:
  struct Body;
  explicit AttributeValue(Body* body) : body_(body) {}
  Body* body_;
};

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
  friend bool operator==(const Attributes& a, const Attributes& b) = default;

 private:
  std::vector<std::pair<std::string, AttributeValue>> list_;
};

std::string to_string(const Attributes& attributes);  // "{axis=1, slope=0.01}", "" when empty

}  // namespace backprop
