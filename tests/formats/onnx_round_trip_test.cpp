// Graph -> ONNX -> graph gives the same values, for every operation that has an ONNX form.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "backprop/operation.hpp"
#include "run/reference.hpp"
#include "tests/formats/export_cases.hpp"

namespace backprop::test {
namespace {

double worst_difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = to_doubles(a), y = to_doubles(b);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    if (!(std::abs(x[i] - y[i]) < HUGE_VAL)) return HUGE_VAL;
    worst = std::max(worst, std::abs(x[i] - y[i]) / std::max(std::abs(x[i]), 1e-3));
  }
  return worst;
}

TEST(OnnxRoundTrip, EveryOperationKeepsItsValues) {
  std::set<std::string_view> covered;
  for (const ExportCase& c : export_cases()) {
    for (const DType dtype : {float32, float64}) {
      SCOPED_TRACE(c.name + " in " + std::string(to_string(dtype)));
      Example e;
      make_example(c, dtype, e);
      for (const Equation& equation : e.graph.equations()) covered.insert(equation.operation->name);
      const std::string bytes = write_onnx(e.graph, e.outputs, e.store);
      EXPECT_EQ(bytes, write_onnx(e.graph, e.outputs, e.store));
      ImportedModel model = read_onnx(bytes, c.name);
      model.graph.verify();
      ASSERT_EQ(model.outputs.size(), e.outputs.size());
      ASSERT_EQ(model.graph.inputs().size(), e.graph.inputs().size());
      std::vector<Value> outputs;
      for (std::size_t i = 0; i < model.outputs.size(); ++i) {
        EXPECT_EQ(model.outputs[i].name, e.outputs[i].name);
        outputs.push_back(model.graph.value(model.outputs[i].value));
        EXPECT_EQ(to_string(outputs[i].type()), to_string(e.graph.info(e.outputs[i].value).type));
      }
      EXPECT_EQ(model.graph.states(), e.graph.states());
      const std::vector<TensorView> views(e.inputs.begin(), e.inputs.end());
      const std::vector<Tensor> results = evaluate_reference(model.graph, outputs, views, model.store);
      for (std::size_t i = 0; i < results.size(); ++i) {
        ASSERT_EQ(results[i].extents(), e.results[i].extents());
        EXPECT_LE(worst_difference(e.results[i], results[i]), dtype == float32 ? 4e-6 : 1e-12) << "output " << i;
      }
    }
  }
  for (const Operation* operation : catalogue()) {
    const bool random = operation->name.starts_with("random_");
    EXPECT_TRUE(random || covered.contains(operation->name)) << operation->name << " has no case";
  }
}

TEST(OnnxRoundTrip, KeepsNamesMetadataAndRoles) {
  Graph g;
  const Value x = g.input({named("B"), 3}, float32, "x");
  const StateSpec mean{"mean", float32, {3}, Role::buffer, initialiser::constant(0.5)};
  Value y;
  {
    const LayerScope layer(g, "scale");
    y = x - g.state(mean);
  }
  StateStore store;
  store.require(mean);
  const std::vector<NamedValue> outputs{{"prediction", y.index}};
  const ImportedModel model = read_onnx(write_onnx(g, outputs, store, {{"task", "regression"}}, "A test."), "m");
  EXPECT_EQ(model.metadata, (Metadata{{"task", "regression"}}));
  EXPECT_EQ(model.producer, "backprop");
  EXPECT_EQ(model.graph.states(), (std::vector<StateSpec>{mean}));
  EXPECT_EQ(model.graph.input_name(model.graph.inputs()[0]), "x");
}

TEST(OnnxRoundTrip, TextsGoInAndComeOut) {
  Graph g;
  const Value colour = g.input({named("B"), 1}, int64, "colour"), sold = g.input({named("B"), 1}, float32, "sold");
  const Value y = cast(reshape(colour, Shape{named("B")}), float32) + reshape(sold, Shape{named("B")});
  const Value index = cast(y, int64);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const TextInputs texts{{"colour", {{"red", "größe, \"x\"", ""}, {0, 1, 2}, 3}},
                         {"sold", {{"yes", "no"}, {1, 0}, nan}}};
  const std::vector<NamedValue> outputs{{"label", index.index, {"a", "b", ""}}, {"y", y.index}};
  const std::string bytes = write_onnx(g, outputs, StateStore(), {}, "", texts);
  const ImportedModel model = read_onnx(bytes, "m");
  EXPECT_EQ(model.text_inputs.at("colour"), texts.at("colour"));
  EXPECT_EQ(model.text_inputs.at("sold").codes, texts.at("sold").codes);
  EXPECT_TRUE(std::isnan(model.text_inputs.at("sold").otherwise));
  ASSERT_EQ(model.graph.inputs().size(), 2U);
  EXPECT_EQ(model.graph.info(model.graph.inputs()[0]).type, g.info(g.inputs()[0]).type);
  EXPECT_EQ(model.graph.info(model.graph.inputs()[1]).type, g.info(g.inputs()[1]).type);
  ASSERT_EQ(model.outputs.size(), 2U);
  EXPECT_EQ(model.outputs[0].texts, outputs[0].texts);
  EXPECT_TRUE(model.outputs[1].texts.empty());
  EXPECT_EQ(write_onnx(model.graph, model.outputs, model.store, {}, "", model.text_inputs), bytes);
}

TEST(OnnxRoundTrip, RefusesWhatHasNoOnnxForm) {
  Graph g;
  const Value x = random_uniform(g, {3});
  const std::vector<NamedValue> outputs{{"y", x.index}};
  try {
    write_onnx(g, outputs, StateStore());
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[onnx] random_uniform: has no ONNX form");
  }
}

}  // namespace
}  // namespace backprop::test
