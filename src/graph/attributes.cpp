#include "backprop/attributes.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <variant>

#include "backprop/error.hpp"
#include "base/dispatch.hpp"

namespace backprop {
namespace {

template <class T> const T& get(const Attributes& attributes, std::string_view name) {
  const AttributeValue* value = attributes.find(name);
  if (!value) throw Error("attribute '" + std::string(name) + "' is missing");
  if (const T* found = value->get_if<T>()) return *found;
  throw Error("attribute '" + std::string(name) + "' is " + to_string(*value) + ", of another kind");
}

// The shortest text that reads back as the same number; always with a mark of a float64.
std::string number_text(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x < 0 ? "-inf" : "inf";
  char buffer[32];
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }
bool same(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.extents() == b.extents() && std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}
template <class T> bool same(const T& a, const T& b) { return a == b; }

}  // namespace

struct AttributeValue::Body {
  std::variant<std::int64_t, double, std::string, Integers, DType, Shape, Tensor> value;
  std::atomic<int> owners = 1;
};

AttributeValue::AttributeValue(std::int64_t value) : body_(new Body{value}) {}
AttributeValue::AttributeValue(int value) : AttributeValue(std::int64_t{value}) {}
AttributeValue::AttributeValue(double value) : body_(new Body{value}) {}
AttributeValue::AttributeValue(const char* value) : AttributeValue(std::string(value)) {}
AttributeValue::AttributeValue(std::string value) : body_(new Body{std::move(value)}) {}
AttributeValue::AttributeValue(Integers value) : body_(new Body{std::move(value)}) {}
AttributeValue::AttributeValue(DType value) : body_(new Body{value}) {}
AttributeValue::AttributeValue(Shape value) : body_(new Body{std::move(value)}) {}
AttributeValue::AttributeValue(Tensor value) : body_(new Body{std::move(value)}) {}
AttributeValue::AttributeValue(const AttributeValue& other) noexcept : body_(other.body_) { ++body_->owners; }
AttributeValue& AttributeValue::operator=(const AttributeValue& other) noexcept {
  AttributeValue copy(other);
  std::swap(body_, copy.body_);
  return *this;
}
AttributeValue::~AttributeValue() {
  if (--body_->owners == 0) delete body_;
}

template <class T> const T* AttributeValue::get_if() const { return std::get_if<T>(&body_->value); }
template const std::int64_t* AttributeValue::get_if() const;
template const double* AttributeValue::get_if() const;
template const std::string* AttributeValue::get_if() const;
template const Integers* AttributeValue::get_if() const;
template const DType* AttributeValue::get_if() const;
template const Shape* AttributeValue::get_if() const;
template const Tensor* AttributeValue::get_if() const;

bool operator==(const AttributeValue& a, const AttributeValue& b) {
  return std::visit(
      [&]<class T>(const T& x) {
        const T* y = b.get_if<T>();
        return y && same(x, *y);
      },
      a.body_->value);
}

Attributes::Attributes(std::initializer_list<std::pair<std::string, AttributeValue>> list) {
  for (const auto& [name, value] : list) set(name, value);
}

void Attributes::set(std::string name, AttributeValue value) {
  const auto it = std::lower_bound(list_.begin(), list_.end(), name,
                                   [](const auto& pair, const std::string& key) { return pair.first < key; });
  if (it != list_.end() && it->first == name) {
    it->second = std::move(value);
  } else {
    list_.insert(it, {std::move(name), std::move(value)});
  }
}

const AttributeValue* Attributes::find(std::string_view name) const {
  for (const auto& [key, value] : list_) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::int64_t Attributes::integer(std::string_view name) const { return get<std::int64_t>(*this, name); }
double Attributes::number(std::string_view name) const {
  const AttributeValue* value = find(name);
  const auto* integer = value ? value->get_if<std::int64_t>() : nullptr;
  return integer ? static_cast<double>(*integer) : get<double>(*this, name);
}
const std::string& Attributes::text(std::string_view name) const { return get<std::string>(*this, name); }
const Integers& Attributes::integers(std::string_view name) const { return get<Integers>(*this, name); }
DType Attributes::dtype(std::string_view name) const { return get<DType>(*this, name); }
const Shape& Attributes::shape(std::string_view name) const { return get<Shape>(*this, name); }
const Tensor& Attributes::tensor(std::string_view name) const { return get<Tensor>(*this, name); }
bool Attributes::flag(std::string_view name) const { return find(name) && integer(name) != 0; }

std::string to_string(const AttributeValue& value) {
  struct Printer {
    std::string operator()(std::int64_t x) const { return std::to_string(x); }
    std::string operator()(double x) const { return number_text(x); }
    std::string operator()(const std::string& x) const {
      std::string text = "\"";
      for (const char c : x) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      return text + "\"";
    }
    std::string operator()(const Integers& x) const {
      std::string text = "(";
      for (const std::int64_t i : x) text += (text.size() > 1 ? ", " : "") + std::to_string(i);
      return text + ")";
    }
    std::string operator()(DType x) const { return std::string(to_string(x)); }
    std::string operator()(const Shape& x) const { return to_string(x); }
    std::string operator()(const Tensor& x) const {
      std::string text = std::string(to_string(x.dtype())) + to_string(x.extents()) + "<";
      dispatch_plain(x.dtype(), [&]<class T>() {
        bool first = true;
        for (const T item : x.as<T>()) {
          text += first ? "" : ", ";
          first = false;
          if constexpr (std::is_floating_point_v<T>) {
            text += number_text(static_cast<double>(item));
          } else {
            text += std::to_string(static_cast<std::int64_t>(item));
          }
        }
      });
      return text + ">";
    }
  };
  return std::visit(Printer{}, value.body_->value);
}

std::string to_string(const Attributes& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) text += (text.empty() ? "{" : ", ") + name + "=" + to_string(value);
  return text.empty() ? text : text + "}";
}

}  // namespace backprop
