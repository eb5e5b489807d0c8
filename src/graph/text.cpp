// The graph as text that parses back, one equation a line, and as DOT.
//
//   %0 = input() {dtype=float32, name="x", shape=[B, 2]} : float32[B, 2]
//   %1, %2 = split(%0) {axis=1, sizes=(1, 1)} : float32[B, 1], float32[B, 1]
//   %3 = add(%1, %2) @ "dense_1" : float32[B, 1]
//   update w <- %3
//
// Attributes: integers 3, numbers 3.0, "texts", (integer, lists), element types float32, [B, shapes], and arrays as
// float32[2]<1.0, 2.0>. `@ "layer"` names the layer that wrote the equation.
#include <charconv>
#include <cmath>
#include <limits>

#include "backprop/graph.hpp"
#include "base/dispatch.hpp"
#include "graph/leaves.hpp"

namespace backprop {
namespace {

// One line, read from left to right.
class Reader {
 public:
  Reader(std::string_view line, int number) : rest_(line), number_(number) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error("[parse] line " + std::to_string(number_) + ": " + what +
                (rest_.empty() ? " at its end" : " before '" + std::string(rest_.substr(0, 30)) + "'"));
  }
  void skip_blanks() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void need(std::string_view token) {
    if (!take(token)) fail("expected '" + std::string(token) + "'");
  }
  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  char peek() {
    skip_blanks();
    return rest_.empty() ? '\0' : rest_.front();
  }
  // Everything up to one of `stops`, trimmed at the right.
  std::string_view until(std::string_view stops) {
    skip_blanks();
    std::string_view word = rest_.substr(0, rest_.find_first_of(stops));
    rest_.remove_prefix(word.size());
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    return word;
  }
  std::string_view bracketed() {  // "[...]"
    if (peek() != '[') fail("expected '['");
    const std::size_t end = rest_.find(']');
    if (end == std::string_view::npos) fail("expected ']'");
    const std::string_view text = rest_.substr(0, end + 1);
    rest_.remove_prefix(end + 1);
    return text;
  }
  template <class T> T number(std::string_view text) const {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fail("'" + std::string(text) + "' is not a number");
    return value;
  }
  Index value_index() {
    need("%");
    return number<Index>(until(" ,)=<"));
  }
  std::string quoted() {
    need("\"");
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) break;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) fail("a text has no end");
    rest_.remove_prefix(1);
    return text;
  }

 private:
  std::string_view rest_;
  int number_;
};

Tensor read_tensor(Reader& in, DType dtype) {
  Tensor tensor(dtype, parse_shape(in.bracketed()).bind({}));
  in.need("<");
  dispatch_plain(dtype, [&]<class T>() {
    bool first = true;
    for (T& x : tensor.as<T>()) {
      if (!first) in.need(",");
      first = false;
      const std::string_view word = in.until(",>");
      if constexpr (std::is_same_v<T, bool>)
        x = word == "1";
      else
        x = in.number<T>(word);
    }
  });
  in.need(">");
  return tensor;
}

AttributeValue read_attribute(Reader& in) {
  const char c = in.peek();
  if (c == '"') return in.quoted();
  if (c == '[') return parse_shape(in.bracketed());
  if (c == '(') {
    in.need("(");
    Integers list;
    while (!in.take(")")) {
      if (!list.empty()) in.need(",");
      list.push_back(in.number<std::int64_t>(in.until(",)")));
    }
    return list;
  }
  const std::string_view word = in.until(",}[");
  if (word == "nan" || word == "inf" || word == "-inf" || word.find_first_of(".") != std::string_view::npos ||
      (word.find('e') != std::string_view::npos && !std::isalpha(static_cast<unsigned char>(word[0])))) {
    return in.number<double>(word);
  }
  if (!word.empty() && std::isalpha(static_cast<unsigned char>(word[0]))) {
    const DType dtype = parse_dtype(word);
    if (in.peek() == '[') return read_tensor(in, dtype);
    return dtype;
  }
  return in.number<std::int64_t>(word);
}

Attributes read_attributes(Reader& in) {
  Attributes attributes;
  if (!in.take("{")) return attributes;
  while (true) {
    std::string name(in.until("="));
    in.need("=");
    attributes.set(std::move(name), read_attribute(in));
    if (in.take("}")) return attributes;
    in.need(",");
  }
}

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string Graph::to_text() const {
  std::string text;
  for (const Equation& e : equations_) {
    for (const Index o : e.outputs) text += (o == e.outputs[0] ? "%" : ", %") + std::to_string(o);
    text += " = " + std::string(e.operation->name) + "(";
    for (std::size_t i = 0; i < e.inputs.size(); ++i) text += (i ? ", %" : "%") + std::to_string(e.inputs[i]);
    text += ")";
    if (!e.attributes.empty()) text += " " + to_string(e.attributes);
    if (!e.layer.empty()) text += " @ " + to_string(AttributeValue(e.layer));
    text += " : ";
    for (const Index o : e.outputs) text += (o == e.outputs[0] ? "" : ", ") + to_string(info(o).type);
    text += "\n";
  }
  for (const Update& u : updates_) text += "update " + u.state + " <- %" + std::to_string(u.value) + "\n";
  return text;
}

Graph Graph::parse(std::string_view text, std::span<const Operation* const> catalogue) {
  Graph graph;
  int line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Reader in(text.substr(0, end), ++line_number);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (in.at_end()) continue;
    if (in.take("update ")) {
      const std::string state(in.until("<"));
      in.need("<-");
      const Index value = in.value_index();
      if (value < 0 || value >= graph.size()) in.fail("%" + std::to_string(value) + " is not bound");
      for (const Index s : graph.states_) {
        if (graph.equation_of(s).attributes.text("name") == state) graph.update(graph.value(s), graph.value(value));
      }
      if (graph.updates_.empty() || graph.updates_.back().state != state) in.fail("no state '" + state + "'");
      continue;
    }
    std::vector<Index> outputs = {in.value_index()};
    while (in.take(",")) outputs.push_back(in.value_index());
    in.need("=");
    const std::string_view name = in.until("(");
    const Operation* operation = nullptr;
    for (const Operation* candidate : catalogue) {
      if (candidate->name == name) operation = candidate;
    }
    if (!operation) in.fail("unknown operation '" + std::string(name) + "'");
    in.need("(");
    std::vector<Value> inputs;
    while (!in.take(")")) {
      if (!inputs.empty()) in.need(",");
      const Index value = in.value_index();
      if (value < 0 || value >= graph.size()) in.fail("%" + std::to_string(value) + " is not bound");
      inputs.push_back(graph.value(value));
    }
    Attributes attributes = read_attributes(in);
    if (attributes.find("stream")) graph.streams_ = std::max(graph.streams_, attributes.integer("stream") + 1);
    graph.layer_ = in.take("@") ? in.quoted() : "";
    const std::vector<Value> values = graph.apply_all(*operation, inputs, std::move(attributes));
    graph.layer_.clear();
    in.need(":");
    if (values.size() != outputs.size()) in.fail("another number of outputs than the operation gives");
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (k) in.need(",");
      std::string type(in.until("["));
      type += in.bracketed();
      if (values[k].index != outputs[k])
        in.fail("values must be numbered in order, %" + std::to_string(values[k].index));
      if (!(parse_type(type) == values[k].type())) in.fail("the type is " + to_string(values[k].type()));
    }
    if (!in.at_end()) in.fail("something stands after the equation");
  }
  return graph;
}

std::string Graph::to_dot() const {
  std::string text = "digraph backprop {\n  node [shape=box, fontname=\"monospace\"];\n";
  for (std::size_t n = 0; n < equations_.size(); ++n) {
    const Equation& e = equations_[n];
    std::string label(e.operation->name);
    if (const AttributeValue* name = e.attributes.find("name")) label += " " + *name->get_if<std::string>();
    text += "  e" + std::to_string(n) + " [label=\"" + escape(label) + "\\n" + to_string(info(e.outputs[0]).type) +
            "\"];\n";
    for (const Index i : e.inputs) {
      text += "  e" + std::to_string(info(i).equation) + " -> e" + std::to_string(n) + " [label=\"%" +
              std::to_string(i) + "\"];\n";
    }
  }
  for (const Update& u : updates_) {
    text += "  \"" + escape(u.state) + "'\" [shape=ellipse];\n  e" + std::to_string(info(u.value).equation) + " -> \"" +
            escape(u.state) + "'\";\n";
  }
  return text + "}\n";
}

}  // namespace backprop
