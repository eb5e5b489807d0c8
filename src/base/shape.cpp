#include "backprop/shape.hpp"

#include <algorithm>
#include <charconv>

#include "backprop/error.hpp"

namespace backprop {
namespace {

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t size;
};
constexpr DTypeRow dtypes[] = {{DType::float32, "float32", 4}, {DType::float64, "float64", 8},
                               {DType::int32, "int32", 4},     {DType::int64, "int64", 8},
                               {DType::boolean, "boolean", 1}, {DType::dual64, "dual64", 16}};

std::string_view trim(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw Error("[shape] too many elements for 64 bits");
  return product;
}

template <class List> std::string join(const List& list) {
  std::string text = "[";
  for (const auto& item : list) {
    if (text.size() > 1) text += ", ";
    if constexpr (std::is_same_v<List, Extents>) {
      text += std::to_string(item);
    } else {
      text += to_string(item);
    }
  }
  return text + "]";
}

}  // namespace

std::string_view to_string(DType dtype) { return dtypes[static_cast<int>(dtype)].name; }
std::size_t size_of(DType dtype) { return dtypes[static_cast<int>(dtype)].size; }

DType parse_dtype(std::string_view name) {
  for (const DTypeRow& row : dtypes) {
    if (row.name == name) return row.dtype;
  }
  throw Error("[dtype] '" + std::string(name) + "' is none of float32, float64, int32, int64, boolean");
}

Dim::Dim(std::string name) : factor_(1), names_{std::move(name)} {}
bool operator==(const Dim& a, const Dim& b) { return a.factor_ == b.factor_ && a.names_ == b.names_; }

std::int64_t Dim::number() const {
  if (!is_number()) throw Error("[shape] " + to_string(*this) + " is a named size, a number is needed here");
  return factor_;
}

std::int64_t Dim::bind(const Bindings& sizes) const {
  std::int64_t n = factor_;
  for (const std::string& name : names_) {
    const auto it = sizes.find(name);
    if (it == sizes.end()) throw Error("[shape] the named size '" + name + "' is not bound to a number");
    n = checked_multiply(n, it->second);
  }
  return n;
}

Dim operator*(const Dim& a, const Dim& b) {
  Dim product(checked_multiply(a.factor_, b.factor_));
  product.names_ = a.names_;
  product.names_.insert(product.names_.end(), b.names_.begin(), b.names_.end());
  std::sort(product.names_.begin(), product.names_.end());
  return product;
}

Dim divide(const Dim& a, const Dim& b) {
  const auto fail = [&] { throw Error("[shape] " + to_string(a) + " is not divisible by " + to_string(b)); };
  if (a == b) return Dim(1);
  if (b.factor() == 0 || a.factor() % b.factor() != 0) fail();
  std::vector<std::string> names = a.names();
  for (const std::string& name : b.names()) {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) fail();
    names.erase(it);
  }
  Dim quotient(a.factor() / b.factor());
  for (const std::string& name : names) quotient = quotient * Dim(name);
  return quotient;
}

std::string to_string(const Dim& dim) {
  if (dim.is_number()) return std::to_string(dim.factor());
  std::string text = dim.factor() == 1 ? "" : std::to_string(dim.factor());
  for (const std::string& name : dim.names()) text += (text.empty() ? "" : "*") + name;
  return text;
}

Dim parse_dim(std::string_view text) {
  Dim dim(1);
  text = trim(text);
  if (text.empty()) throw Error("[shape] a dimension is empty");
  while (true) {
    const std::size_t star = text.find('*');
    const std::string_view part = trim(text.substr(0, star));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error == std::errc() && end == part.data() + part.size()) {
      dim = dim * Dim(number);
    } else if (!part.empty() && (std::isalpha(static_cast<unsigned char>(part[0])) || part[0] == '_')) {
      dim = dim * Dim(std::string(part));
    } else {
      throw Error("[shape] '" + std::string(part) + "' is not a dimension");
    }
    if (star == std::string_view::npos) return dim;
    text.remove_prefix(star + 1);
  }
}

std::int64_t count(const Extents& extents) {
  std::int64_t n = 1;
  for (const std::int64_t e : extents) n = checked_multiply(n, e);
  return n;
}

Shape::Shape(std::initializer_list<Dim> dims) : dims_(dims) {}
Shape::Shape(std::vector<Dim> dims) : dims_(std::move(dims)) {}
Shape::Shape(const Extents& extents) : dims_(extents.begin(), extents.end()) {}
void Shape::push_back(Dim dim) { dims_.push_back(std::move(dim)); }
bool operator==(const Shape& a, const Shape& b) { return a.dims_ == b.dims_; }

Dim Shape::elements() const {
  Dim n(1);
  for (const Dim& dim : dims_) n = n * dim;
  return n;
}

Extents Shape::bind(const Bindings& sizes) const {
  Extents extents;
  extents.reserve(dims_.size());
  for (const Dim& dim : dims_) extents.push_back(dim.bind(sizes));
  return extents;
}

std::string to_string(const Shape& shape) { return join(shape.dims()); }
std::string to_string(const Extents& extents) { return join(extents); }

Shape parse_shape(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    throw Error("[shape] '" + std::string(text) + "' is not a shape like [B, 784]");
  }
  text = trim(text.substr(1, text.size() - 2));
  Shape shape;
  if (text.empty()) return shape;
  while (true) {
    const std::size_t comma = text.find(',');
    shape.push_back(parse_dim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return shape;
    text.remove_prefix(comma + 1);
  }
}

int normalise_axis(std::int64_t axis, int rank, std::string_view operation) {
  if (axis < -rank || axis >= rank) {
    throw Error("[" + std::string(operation) + "] axis " + std::to_string(axis) + " is out of range for rank " +
                std::to_string(rank));
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view operation) {
  const int rank = std::max(a.rank(), b.rank());
  std::vector<Dim> dims(static_cast<std::size_t>(rank), Dim(1));
  for (int i = 1; i <= rank; ++i) {
    const Dim da = i <= a.rank() ? a[a.rank() - i] : Dim(1);
    const Dim db = i <= b.rank() ? b[b.rank() - i] : Dim(1);
    if (!(da == db) && !(da == Dim(1)) && !(db == Dim(1))) {
      throw Error("[" + std::string(operation) + "] shapes " + to_string(a) + " and " + to_string(b) +
                  " do not broadcast");
    }
    dims[static_cast<std::size_t>(rank - i)] = da == Dim(1) ? db : da;
  }
  return Shape(std::move(dims));
}

std::string to_string(const Type& type) { return std::string(to_string(type.dtype)) + to_string(type.shape); }

Type parse_type(std::string_view text) {
  const std::size_t bracket = text.find('[');
  if (bracket == std::string_view::npos)
    throw Error("[shape] '" + std::string(text) + "' is not a type like float32[B]");
  return {parse_dtype(trim(text.substr(0, bracket))), parse_shape(text.substr(bracket))};
}

}  // namespace backprop
