// Element types, dimensions (numbers or named sizes) and shapes. Thread safety: value types.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace backprop {

// dual64 (a float64 with a tangent) is never the type of a graph's value: reference kernels see it in forward-mode
// checks.
enum class DType : std::uint8_t { float32, float64, int32, int64, boolean, dual64 };

inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType int32 = DType::int32;
inline constexpr DType int64 = DType::int64;
inline constexpr DType boolean = DType::boolean;

std::string_view to_string(DType dtype);
DType parse_dtype(std::string_view name);  // throws Error
std::size_t size_of(DType dtype);          // bytes of one element
constexpr bool is_floating(DType d) { return d == DType::float32 || d == DType::float64 || d == DType::dual64; }
constexpr bool is_integer(DType d) { return d == DType::int32 || d == DType::int64; }

// The numbers that named sizes stand for, e.g. {"B": 64}.
using Bindings = std::map<std::string, std::int64_t, std::less<>>;

// A dimension: an integer times a product of named sizes (784, B, 2*B*T).
class Dim {
 public:
  Dim(std::int64_t number = 1) : factor_(number) {}  // NOLINT: 784 is a dimension
  Dim(int number) : factor_(number) {}               // NOLINT
  explicit Dim(std::string name);

  bool is_number() const { return names_.empty(); }
  std::int64_t factor() const { return factor_; }
  const std::vector<std::string>& names() const { return names_; }
  std::int64_t number() const;                     // throws Error when a name is in it
  std::int64_t bind(const Bindings& sizes) const;  // throws Error for a name without a number

  friend Dim operator*(const Dim& a, const Dim& b);
  friend bool operator==(const Dim& a, const Dim& b);

 private:
  std::int64_t factor_;
  std::vector<std::string> names_;  // sorted; a name that stands twice is a square
};

// Exact quotient of two dimensions; throws Error when b does not divide a.
Dim divide(const Dim& a, const Dim& b);
std::string to_string(const Dim& dim);  // "2*B*T"
Dim parse_dim(std::string_view text);   // throws Error

// A named size, to be written as a dimension: `const Dim B = named("B")`.
inline Dim named(const std::string& name) { return Dim(name); }

// Numbers only: the shape of an array in memory.
using Extents = std::vector<std::int64_t>;
std::int64_t count(const Extents& extents);  // number of elements; 1 for a scalar

// The shape of a value of a graph: known when the value is made, up to the named sizes.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<Dim> dims);
  explicit Shape(std::vector<Dim> dims);
  explicit Shape(const Extents& extents);

  int rank() const { return static_cast<int>(dims_.size()); }
  const Dim& operator[](int axis) const { return dims_[static_cast<std::size_t>(axis)]; }
  Dim& operator[](int axis) { return dims_[static_cast<std::size_t>(axis)]; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  void push_back(Dim dim);
  const std::vector<Dim>& dims() const { return dims_; }
  Dim elements() const;
  Extents bind(const Bindings& sizes) const;
  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::vector<Dim> dims_;
};

std::string to_string(const Shape& shape);      // "[B, 784]"
Shape parse_shape(std::string_view text);       // throws Error
std::string to_string(const Extents& extents);  // "[64, 784]"

// Axis -1 is the last one. Throws Error naming `operation` when out of range.
int normalise_axis(std::int64_t axis, int rank, std::string_view operation);
// NumPy's broadcasting of two shapes. Throws Error naming `operation`.
Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view operation);

// Element type and shape: what is known of a value before anything runs.
struct Type {
  DType dtype = DType::float32;
  Shape shape;
  friend bool operator==(const Type&, const Type&) = default;
};
std::string to_string(const Type& type);  // "float32[B, 784]"
Type parse_type(std::string_view text);

}  // namespace backprop
