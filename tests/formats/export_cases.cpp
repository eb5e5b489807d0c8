#include "tests/formats/export_cases.hpp"

#include "backprop/operation.hpp"
#include "run/reference.hpp"

namespace backprop::test {
namespace {

const Dim B = named("B"), T = named("T");
using V = std::vector<Value>;

ExportCase unary(std::string name, Value (*f)(Value), double low = -2, double high = 2) {
  return {std::move(name), [f](Graph& g, DType d) { return V{f(g.input({B, 4}, d, "x"))}; }, low, high};
}

// Both sides full, and one broadcast.
ExportCase binary(std::string name, Value (*f)(Value, Value), double low = -2, double high = 2) {
  return {std::move(name),
          [f](Graph& g, DType d) {
            const Value x = g.input({B, 4}, d, "x"), y = g.input({B, 4}, d, "y"), row = g.input({4}, d, "row");
            return V{f(x, y), f(x, row), f(row, x)};
          },
          low, high};
}

ExportCase logical(std::string name, Value (*f)(Value, Value)) {
  return {std::move(name), [f](Graph& g, DType) {
            const Value x = g.input({B, 4}, boolean, "x"), y = g.input({B, 4}, boolean, "y");
            return V{f(x, y)};
          }};
}

ExportCase reduction(std::string name, Value (*f)(Value, Integers, bool)) {
  return {std::move(name), [f](Graph& g, DType d) {
            const Value x = g.input({B, 4, 2}, d, "x");
            return V{f(x, {}, false), f(x, {0}, false), f(x, {1, 2}, true), f(x, {0, 2}, false)};
          }};
}

std::vector<ExportCase> elementwise_cases() {
  return {unary("negate", negate),
          unary("abs", abs),
          unary("sign", sign),
          unary("exp", exp),
          unary("expm1", expm1),
          unary("expm1 near 0", expm1, -1e-4, 1e-4),
          unary("log", log, 0.1, 5),
          unary("log1p", log1p, -0.9, 5),
          unary("log1p near 0", log1p, -1e-4, 1e-4),
          unary("sqrt", sqrt, 0.1, 5),
          unary("reciprocal", reciprocal, 0.1, 5),
          unary("square", square),
          unary("sin", sin),
          unary("cos", cos),
          unary("tan", tan, -1, 1),
          unary("asin", asin, -0.9, 0.9),
          unary("acos", acos, -0.9, 0.9),
          unary("atan", atan),
          unary("sinh", sinh),
          unary("cosh", cosh),
          unary("tanh", tanh),
          unary("erf", erf),
          unary("floor", floor),
          unary("ceil", ceil),
          unary("round", round),
          unary("sigmoid", sigmoid),
          unary("softplus", softplus),
          unary("softsign", softsign),
          unary("relu", relu),
          unary("selu", selu),
          unary("gelu", gelu),
          unary("gelu_tanh", gelu_tanh),
          unary("silu", silu),
          unary("mish", mish),
          unary("hard_swish", hard_swish, -5, 5),
          unary("stop_gradient", stop_gradient),
          unary("leaky_relu", [](Value x) { return leaky_relu(x, 0.3); }),
          unary("leaky_relu with a third", [](Value x) { return leaky_relu(x, 1.0 / 3); }),
          unary("elu", [](Value x) { return elu(x, 1.5); }),
          unary("celu", [](Value x) { return celu(x, 0.7); }),
          unary(
              "hard_sigmoid", [](Value x) { return hard_sigmoid(x, 1.0 / 6, 0.5); }, -5, 5),
          unary("clip", [](Value x) { return clip(x, -0.5, 1.0 / 3); }),
          unary("clip below", [](Value x) { return clip(x, -0.5, HUGE_VAL); }),
          binary("add", add),
          binary("subtract", subtract),
          binary("multiply", multiply),
          binary("divide", divide, 0.5, 2),
          binary("power", power, 0.5, 2),
          binary("maximum", maximum),
          binary("minimum", minimum),
          binary("equal", equal),
          binary("not_equal", not_equal),
          binary("less", less),
          binary("less_equal", less_equal),
          binary("greater", greater),
          binary("greater_equal", greater_equal),
          binary("prelu", prelu),
          logical("logical_and", logical_and),
          logical("logical_or", logical_or),
          logical("logical_xor", logical_xor),
          {"logical_not", [](Graph& g, DType) { return V{logical_not(g.input({B}, boolean, "x"))}; }},
          {"multiply_add",
           [](Graph& g, DType d) {
             const Value x = g.input({B, 4}, d, "x"), row = g.input({4}, d, "row");
             return V{multiply_add(x, row, x), multiply_add(x, x, row)};
           }},
          {"where",
           [](Graph& g, DType d) {
             const Value c = g.input({B, 1}, boolean, "c"), x = g.input({B, 4}, d, "x"), row = g.input({4}, d, "row");
             return V{where(c, x, row), where(c, row, row)};
           }},
          {"cast", [](Graph& g, DType d) {
             const Value x = g.input({B, 4}, d, "x"), n = g.input({B}, int32, "n");
             return V{cast(x, int64), cast(n, d), cast(x, boolean), cast(greater(x, x * 0.5), int32), cast(n, int64)};
           }}};
}

std::vector<ExportCase> shape_cases() {
  return {
      {"broadcast",
       [](Graph& g, DType d) {
         const Value x = g.input({4}, d, "x"), y = g.input({B, 1}, d, "y");
         return V{broadcast(x, {B, 4}), broadcast(y, {2, B, 4})};
       }},
      {"constant",
       [](Graph& g, DType d) {
         const Value x = g.input({B, 2}, d, "x"), table = g.constant(convert(Tensor::from<double>({2}, {1.5, -2}), d));
         return V{x + table, x * g.constant(3, d, {B, 2}), table, g.constant(0.5, d, {B})};
       }},
      {"dimension",
       [](Graph& g, DType d) {
         const Value x = g.input({B, T}, d, "x");
         return V{x / g.dimension(B * T, d), g.dimension(Dim(2) * B, int64)};
       }},
      {"state",
       [](Graph& g, DType d) {
         const Value x = g.input({B, 4}, d, "x");
         return V{x * g.parameter("scale", {4}, initialiser::normal(0, 1), d),
                  x + g.parameter("shift", {}, initialiser::constant(0.25), d)};
       }},
      {"reshape",
       [](Graph& g, DType d) {
         const Value x = g.input({B, T, 4}, d, "x");
         return V{reshape(x, {B, T * Dim(4)}), reshape(x, {B * T, 4}), reshape(reshape(x, {B * T, 4}), {B, T, 2, 2}),
                  reshape(x, {T, B, 4})};
       }},
      {"transpose",
       [](Graph& g, DType d) {
         const Value x = g.input({B, T, 4}, d, "x");
         return V{transpose(x), transpose(x, {1, 0, 2})};
       }},
      {"slice",
       [](Graph& g, DType d) {
         const Value x = g.input({B, 5}, d, "x");
         return V{slice(x, 1, 1, 4), slice(x, -1, -2, 5)};
       }},
      {"pad",
       [](Graph& g, DType d) {
         return V{pad(g.input({B, 2}, d, "x"), {0, 1}, {0, 2}, 0.5)};
       }},
      {"concat",
       [](Graph& g, DType d) {
         const Value x = g.input({B, 2}, d, "x"), y = g.input({B, 3}, d, "y");
         return V{concat({x, y, x}, 1)};
       }},
      {"split",
       [](Graph& g, DType d) {
         return split(g.input({B, 5}, d, "x"), 1, {2, 1, 2});
       }},
      {"gather",
       [](Graph& g, DType d) {
         const Value x = g.input({4, 3, B}, d, "x"), n = g.input({B, 2}, int64, "n");
         return V{gather(x, n), gather(x, n, 1), gather(x, g.constant(2, int32), 0)};
       }},
      {"scatter_add",
       [](Graph& g, DType d) {
         const Value x = g.input({4, B, 2}, d, "x"), n = g.input({B}, int32, "n"), m = g.input({B, 2}, int64, "m");
         return V{scatter_add(x, n, 5, 1), scatter_add(x, m, 3, 1), scatter_add(transpose(x, {1, 2, 0}), m, B, 0)};
       }},
      {"one_hot",
       [](Graph& g, DType d) {
         return V{one_hot(g.input({B, 2}, int64, "n"), 3, d), one_hot(g.input({B}, int32, "m"), 4, d)};
       }},
      {"range",
       [](Graph& g, DType) {
         g.input({B, 4}, float32, "x");
         return V{range(g, {B, 4}, 0), range(g, {B, 4}, 1), range(g, {B}, 0)};
       }},
      {"a value with two names", [](Graph& g, DType d) {
         const Value x = g.input({B}, d, "x"), y = exp(x);
         return V{y, y, x, g.parameter("p", {2}, initialiser::ones(), d)};
       }}};
}

std::vector<ExportCase> product_and_row_cases() {
  return {reduction("sum", sum),
          reduction("mean", mean),
          reduction("reduce_max", reduce_max),
          reduction("reduce_min", reduce_min),
          reduction("prod", prod),
          reduction("logsumexp", logsumexp),
          {"argmax",
           [](Graph& g, DType d) {
             const Value x = g.input({B, 4}, d, "x");
             return V{argmax(x), argmax(x, 0, true)};
           }},
          {"matmul",
           [](Graph& g, DType d) {
             const Value x = g.input({B, 4}, d, "x"), w = g.parameter("w", {4, 5}, initialiser::glorot_uniform(), d),
                         v = g.parameter("v", {5, 4}, initialiser::glorot_uniform(), d);
             return V{matmul(x, w), matmul(x, v, false, true), matmul(x, x, true, false)};
           }},
          {"matmul of batches",
           [](Graph& g, DType d) {
             const Value x = g.input({B, T, 4}, d, "x"), y = g.input({B, 4, 2}, d, "y"), w = g.input({4, 2}, d, "w");
             return V{matmul(x, y), matmul(y, x, true, true), matmul(x, w)};
           }},
          {"softmax",
           [](Graph& g, DType d) {
             const Value x = g.input({B, 4, 2}, d, "x");
             return V{softmax(x), softmax(x, 1), log_softmax(x), log_softmax(x, 1)};
           }},
          {"softmax_cross_entropy",
           [](Graph& g, DType d) {
             const Value x = g.input({B, 3}, d, "x"), y = g.input({B, T, 3}, d, "y");
             return V{softmax_cross_entropy(x, g.input({B}, int64, "t")),
                      softmax_cross_entropy(y, g.input({B, T}, int32, "s")),
                      softmax_cross_entropy(x, softmax(x * 2.0))};
           }},
          {"exclusive_product", [](Graph& g, DType d) {
             const Operation* exclusive = nullptr;
             for (const Operation* operation : catalogue()) {
               if (operation->name == "exclusive_product") exclusive = operation;
             }
             const Value x = g.input({B, 4, 2}, d, "x");
             return V{g.apply(*exclusive, {x}, {{"axes", Integers{1}}}),
                      g.apply(*exclusive, {x}, {{"axes", Integers{0, 1}}})};
           }}};
}

}  // namespace

const std::vector<ExportCase>& export_cases() {
  static const std::vector<ExportCase> cases = [] {
    std::vector<ExportCase> all = elementwise_cases();
    for (const auto& more : {shape_cases(), product_and_row_cases()}) all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return cases;
}

void make_example(const ExportCase& c, DType dtype, Example& example) {
  std::vector<Value> outputs = c.build(example.graph, dtype);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    example.outputs.push_back({"output_" + std::to_string(i), outputs[i].index});
  }
  for (const StateSpec& spec : example.graph.states()) example.store.require(spec);
  std::mt19937 generator(1);
  for (const Index input : example.graph.inputs()) {
    const Type& type = example.graph.info(input).type;
    example.inputs.push_back(
        random_tensor(type.dtype, type.shape.bind({{"B", 3}, {"T", 2}}), c.low, c.high, generator));
  }
  const std::vector<TensorView> views(example.inputs.begin(), example.inputs.end());
  example.results = evaluate_reference(example.graph, outputs, views, example.store);
}

}  // namespace backprop::test
