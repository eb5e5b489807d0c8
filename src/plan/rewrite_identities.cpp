#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "ops/ops.hpp"
#include "plan/rewriter.hpp"
#include "plan/simplify_passes.hpp"

namespace backprop {
namespace {

// Looks at the new graph only: its values are already simplified.
class Identities {
 public:
  explicit Identities(const Simplified& from) : from_(from), writer_(from.graph) {}

  Simplified run() {
    for (const Equation& e : from_.graph.equations()) {
      const LayerScope scope(writer_.graph, e.layer);
      if (e.outputs.size() != 1 || e.operation == &input_operation || e.operation == &state_operation) {
        writer_.copy(e);
      } else {
        writer_.set(e.outputs[0], apply(*e.operation, writer_.arguments(e), e.attributes));
      }
    }
    return writer_.finish(from_.outputs, from_.updates);
  }

 private:
  const Equation& equation(Value v) const { return writer_.graph.equation_of(v.index); }
  bool is(Value v, const Operation& operation) const { return equation(v).operation == &operation; }
  Value input(Value v, std::size_t k = 0) { return writer_.graph.value(equation(v).inputs[k]); }

  // The number in every element, through broadcasts.
  std::optional<double> number(Value v) {
    while (is(v, ops::broadcast)) v = input(v);
    const AttributeValue* value = is(v, constant_operation) ? equation(v).attributes.find("value") : nullptr;
    return value ? std::optional(*value->get_if<double>()) : std::nullopt;
  }

  // Appends the equation, or gives the equal one that is there.
  Value append(const Operation& operation, const std::vector<Value>& arguments, const Attributes& attributes) {
    if (attributes.find("values") || attributes.find("stream")) {
      return writer_.graph.apply(operation, arguments, attributes);
    }
    std::string key(operation.name);
    for (const Value& v : arguments) key += " " + std::to_string(v.index);
    key += to_string(attributes);
    const auto [it, is_new] = known_.try_emplace(std::move(key), Value{});
    if (is_new) it->second = writer_.graph.apply(operation, arguments, attributes);
    // Two user operations may bear one name.
    else if (equation(it->second).operation != &operation)
      return writer_.graph.apply(operation, arguments, attributes);
    return it->second;
  }

  Value apply(const Operation& operation, const std::vector<Value>& in, const Attributes& attributes) {
    if (operation.kind == OperationKind::elementwise || &operation == &ops::cast) {
      if (const Value v = same_as_argument(operation, in, attributes); v.valid()) return v;
      if (const Value v = before_broadcast(operation, in, attributes); v.valid()) return v;
      if (const Value v = folded(operation, in, attributes); v.valid()) return v;
    }
    if (const Value v = same_elements(operation, in, attributes); v.valid()) return v;
    if (&operation == &constant_operation && attributes.find("value") && attributes.shape("shape").rank() > 0) {
      Attributes scalar = attributes;
      scalar.set("shape", Shape{});
      return apply(ops::broadcast, {append(operation, {}, scalar)}, {{"shape", attributes.shape("shape")}});
    }
    return append(operation, in, attributes);
  }

  // x 1, x / 1, x - 0, x^1, --x, c ? x : x. Not x + 0, which is not x for -0, nor x 0.
  Value same_as_argument(const Operation& operation, const std::vector<Value>& in, const Attributes& attributes) {
    const auto is_number = [&](std::size_t k, double v) { return number(in[k]) == v; };
    if (&operation == &ops::multiply && is_number(1, 1)) return in[0];
    if (&operation == &ops::multiply && is_number(0, 1)) return in[1];
    if (&operation == &ops::divide && is_number(1, 1)) return in[0];
    if (&operation == &ops::subtract && is_number(1, 0) && !std::signbit(*number(in[1]))) return in[0];
    if (&operation == &ops::power && is_number(1, 1)) return in[0];
    if (&operation == &ops::negate && is(in[0], ops::negate)) return input(in[0]);
    if (&operation == &ops::where && in[1] == in[2]) return in[1];
    if (&operation == &ops::stop_gradient) return in[0];  // derivatives are written by now
    if (&operation == &ops::multiply && is_number(1, -1)) return apply(ops::negate, {in[0]}, {});
    if (&operation == &ops::multiply && is_number(0, -1)) return apply(ops::negate, {in[1]}, {});
    if (&operation == &ops::cast && in[0].dtype() == attributes.dtype("to")) return in[0];
    if (&operation == &ops::add && is(in[1], ops::negate)) return apply(ops::subtract, {in[0], input(in[1])}, {});
    if (&operation == &ops::subtract && is(in[1], ops::negate)) return apply(ops::add, {in[0], input(in[1])}, {});
    if (&operation != &ops::multiply) return {};
    // x (c ? 1 : 0) = c ? x : 0
    for (const auto& [mask, x] : {std::pair(in[1], in[0]), std::pair(in[0], in[1])}) {
      if (is(mask, ops::where) && number(input(mask, 1)) == 1.0 && number(input(mask, 2)) == 0.0) {
        return apply(ops::where, {input(mask), x, input(mask, 2)}, {});
      }
    }
    return {};
  }

  // f(broadcast x, broadcast y) = broadcast f(x, y) when the sources have one shape: work on the small arrays. A number
  // goes with any shape.
  Value before_broadcast(const Operation& operation, const std::vector<Value>& in, const Attributes& attributes) {
    Value source;  // the largest one
    for (const Value& v : in) {
      if (!is(v, ops::broadcast)) return {};
      const Value s = input(v);
      if (!source.valid() || source.shape().rank() == 0)
        source = s;
      else if (s.shape().rank() > 0 && !(s.shape() == source.shape()))
        return {};
    }
    if (!source.valid() || source.shape() == in[0].shape()) return {};
    std::vector<Value> small;
    for (const Value& v : in) {
      const Value s = input(v);
      small.push_back(s.shape() == source.shape() ? s : apply(ops::broadcast, {s}, {{"shape", source.shape()}}));
    }
    const Shape shape = in[0].shape();
    return apply(ops::broadcast, {apply(operation, small, attributes)}, {{"shape", shape}});
  }

  // An elementwise equation of scalar constants is a constant.
  Value folded(const Operation& operation, const std::vector<Value>& in, const Attributes& attributes) {
    std::vector<Tensor> tensors;
    for (const Value& v : in) {
      const std::optional<double> x = is(v, constant_operation) && v.shape().rank() == 0 ? number(v) : std::nullopt;
      if (!x) return {};
      tensors.push_back(convert(Tensor::scalar(*x), v.dtype()));
    }
    const std::vector<TensorView> views(tensors.begin(), tensors.end());
    std::vector<Type> types;
    std::ranges::transform(in, std::back_inserter(types), &Value::type);
    Tensor result(operation.infer(operation, types, attributes)[0].dtype, {});
    const TensorView out[] = {result};
    operation.reference({attributes, views, out, {}});
    return append(constant_operation, {},
                  {{"value", to_doubles(result)[0]}, {"dtype", result.dtype()}, {"shape", Shape{}}});
  }

  // Reshapes of reshapes, transposes of transposes, broadcasts of broadcasts, and those that change nothing.
  Value same_elements(const Operation& operation, const std::vector<Value>& in, const Attributes& attributes) {
    const bool shaped = &operation == &ops::reshape || &operation == &ops::broadcast;
    if (shaped && in[0].shape() == attributes.shape("shape")) return in[0];
    if (shaped && is(in[0], operation)) return apply(operation, {input(in[0])}, attributes);
    // A scalar has no order of elements: reshaping its broadcast is broadcasting it.
    if (&operation == &ops::reshape && is(in[0], ops::broadcast) && input(in[0]).shape().rank() == 0) {
      return apply(ops::broadcast, {input(in[0])}, attributes);
    }
    // Over axes of extent 1 there is nothing to reduce.
    if (&operation == &ops::sum || &operation == &ops::mean || &operation == &ops::reduce_max ||
        &operation == &ops::reduce_min) {
      for (const std::int64_t axis : attributes.integers("axes")) {
        if (!(in[0].shape()[static_cast<int>(axis)] == Dim(1))) return {};
      }
      const Type type = in[0].type();
      const Shape shape = operation.infer(operation, {&type, 1}, attributes)[0].shape;
      return apply(ops::reshape, {in[0]}, {{"shape", shape}});
    }
    if (&operation != &ops::transpose) return {};
    Integers permutation = attributes.integers("permutation");
    if (is(in[0], ops::transpose)) {
      const Integers& first = equation(in[0]).attributes.integers("permutation");
      for (std::int64_t& axis : permutation) axis = first[static_cast<std::size_t>(axis)];
      return apply(operation, {input(in[0])}, {{"permutation", permutation}});
    }
    for (std::size_t i = 0; i < permutation.size(); ++i) {
      if (permutation[i] != static_cast<std::int64_t>(i)) return {};
    }
    return in[0];
  }

  const Simplified& from_;
  Rewriter writer_;
  std::unordered_map<std::string, Value> known_;
};

}  // namespace

Simplified rewrite_identities(const Simplified& from) { return Identities(from).run(); }

}  // namespace backprop
