#include "tests/oracles/formula.hpp"

#include <numbers>

namespace backprop::test {
namespace {

class Parser {
 public:
  Parser(const std::string& text, Graph& graph, const std::map<std::string, Value>& names)
      : text_(text), graph_(graph), names_(names) {}

  Value parse() {
    const Value result = sum_of_terms();
    if (peek() != '\0') fail();
    return result;
  }

 private:
  char peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void fail() { throw Error("[formula] cannot read '" + text_.substr(at_) + "'"); }

  Value sum_of_terms() {
    Value left = term();
    while (true) {
      if (take('+')) {
        left = left + term();
      } else if (take('-')) {
        left = left - term();
      } else {
        return left;
      }
    }
  }
  Value term() {
    Value left = signed_factor();
    while (true) {
      if (take('*')) {
        left = left * signed_factor();
      } else if (take('/')) {
        left = left / signed_factor();
      } else {
        return left;
      }
    }
  }
  // -a^b is -(a^b).
  Value signed_factor() {
    if (take('-')) return negate(signed_factor());
    const Value base = atom();
    return take('^') ? power(base, signed_factor()) : base;
  }
  Value atom() {
    if (take('(')) {
      const Value inner = sum_of_terms();
      if (!take(')')) fail();
      return inner;
    }
    if (std::isdigit(peek())) {
      std::size_t length = 0;
      const double number = std::stod(text_.substr(at_), &length);
      at_ += length;
      return graph_.constant(number, float64);
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && std::isalnum(text_[at_])) ++at_;
    const std::string name = text_.substr(start, at_ - start);
    if (const auto it = names_.find(name); it != names_.end()) return it->second;
    if (name == "pi") return graph_.constant(std::numbers::pi, float64);
    static const std::map<std::string, Value (*)(Value)> functions = {
        {"exp", exp}, {"log", log}, {"sin", sin}, {"cos", cos}, {"atan", atan}};
    const auto function = functions.find(name);
    if (function == functions.end() || !take('(')) fail();
    const Value argument = sum_of_terms();
    if (!take(')')) fail();
    return function->second(argument);
  }

  const std::string& text_;
  Graph& graph_;
  const std::map<std::string, Value>& names_;
  std::size_t at_ = 0;
};

}  // namespace

Value parse_formula(const std::string& text, Graph& graph, const std::map<std::string, Value>& names) {
  return Parser(text, graph, names).parse();
}

}  // namespace backprop::test
