#include "backprop/attributes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "backprop/error.hpp"
#include "base/dispatch.hpp"

namespace backprop {
namespace {

template <class T> const T& get(const Attributes& attributes, std::string_view name) {
  const AttributeValue* value = attributes.find(name);
  if (!value) throw Error("attribute '" + std::string(name) + "' is missing");
  if (const T* found = std::get_if<T>(value)) return *found;
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

bool same_tensor(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.extents() == b.extents() && std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

bool same_value(const AttributeValue& a, const AttributeValue& b) {
  if (a.index() != b.index()) return false;
  if (const auto* t = std::get_if<std::shared_ptr<const Tensor>>(&a)) {
    return same_tensor(**t, *std::get<std::shared_ptr<const Tensor>>(b));
  }
  if (const auto* x = std::get_if<double>(&a)) return std::memcmp(x, std::get_if<double>(&b), sizeof *x) == 0;
  return a == b;
}

}  // namespace

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
  if (value && std::holds_alternative<std::int64_t>(*value)) return static_cast<double>(std::get<std::int64_t>(*value));
  return get<double>(*this, name);
}
const std::string& Attributes::text(std::string_view name) const { return get<std::string>(*this, name); }
const Integers& Attributes::integers(std::string_view name) const { return get<Integers>(*this, name); }
DType Attributes::dtype(std::string_view name) const { return get<DType>(*this, name); }
const Shape& Attributes::shape(std::string_view name) const { return get<Shape>(*this, name); }
const Tensor& Attributes::tensor(std::string_view name) const {
  return *get<std::shared_ptr<const Tensor>>(*this, name);
}
bool Attributes::flag(std::string_view name) const { return find(name) && integer(name) != 0; }

bool operator==(const Attributes& a, const Attributes& b) {
  return std::equal(a.list_.begin(), a.list_.end(), b.list_.begin(), b.list_.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && same_value(x.second, y.second); });
}

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
    std::string operator()(const std::shared_ptr<const Tensor>& x) const {
      std::string text = std::string(to_string(x->dtype())) + to_string(x->extents()) + "<";
      dispatch_plain(x->dtype(), [&]<class T>() {
        bool first = true;
        for (const T item : x->as<T>()) {
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
  return std::visit(Printer{}, value);
}

std::string to_string(const Attributes& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) text += (text.empty() ? "{" : ", ") + name + "=" + to_string(value);
  return text.empty() ? text : text + "}";
}

}  // namespace backprop
