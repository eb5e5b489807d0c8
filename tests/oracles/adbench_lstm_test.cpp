// ADBench's diagonal LSTM, unrolled over 1,023 steps: mean loss and all 266 partial derivatives.
#include <chrono>

#include "backprop/compile.hpp"
#include "tests/oracles/adbench.hpp"

namespace backprop::adbench {
namespace {

struct Layer {
  Value forget_weight, in_weight, out_weight, change_weight, forget_bias, in_bias, out_bias, change_bias;
  Value hidden, cell;

  // One step; gives the new hidden state.
  Value step(Value x) {
    const Value forget = sigmoid(x * forget_weight + forget_bias), in = sigmoid(hidden * in_weight + in_bias);
    const Value out = sigmoid(x * out_weight + out_bias), change = tanh(hidden * change_weight + change_bias);
    cell = cell * forget + in * change;
    hidden = out * tanh(cell);
    return hidden;
  }
};

TEST(AdbenchLstm, loss_and_gradient_through_1023_steps_are_the_published_ones_and_planned_within_seconds) {
  const nlohmann::json oracle = oracle_json("adbench_lstm.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  std::ifstream file(shared_file("references/adbench/lstm_l2_c1024.txt"));
  std::int64_t layers, characters, bits;
  file >> layers >> characters >> bits;
  const auto read = [&](std::int64_t n) {
    Tensor t(float64, {n});
    for (double& x : t.as<double>()) file >> x;
    return t;
  };
  std::vector<Tensor> main, extra, state;
  for (std::int64_t i = 0; i < 2 * layers; ++i) main.push_back(read(4 * bits));
  for (int i = 0; i < 3; ++i) extra.push_back(read(bits));
  for (std::int64_t i = 0; i < 2 * layers; ++i) state.push_back(read(bits));
  const Tensor text = read(characters * bits);
  ASSERT_TRUE(file.good() || file.eof());

  const auto start = std::chrono::steady_clock::now();
  Graph g;
  std::vector<Value> arguments;
  std::vector<Tensor> inputs;
  const auto input = [&](const Tensor& t) {
    arguments.push_back(g.input(Shape(t.extents()), float64));
    inputs.push_back(t);
    return arguments.back();
  };
  std::vector<Layer> stack;
  for (std::size_t l = 0; l < static_cast<std::size_t>(layers); ++l) {
    const std::vector<Value> w = split(input(main[2 * l]), 0, Integers(4, bits)),
                             b = split(input(main[2 * l + 1]), 0, Integers(4, bits));
    stack.push_back(
        {w[0], w[1], w[2], w[3], b[0], b[1], b[2], b[3], g.constant(state[2 * l]), g.constant(state[2 * l + 1])});
  }
  const Value in_weight = input(extra[0]), out_weight = input(extra[1]), out_bias = input(extra[2]);
  const Value letters = g.input({characters, bits}, float64);
  inputs.push_back(Tensor::from<double>({characters, bits}, text.as<double>()));
  std::vector<Value> predictions;
  for (std::int64_t t = 0; t + 1 < characters; ++t) {
    Value x = reshape(slice(letters, 0, t, t + 1), {bits}) * in_weight;
    for (Layer& layer : stack) x = layer.step(x);
    predictions.push_back(reshape(x, {1, bits}));
  }
  const Value y = concat(predictions, 0) * out_weight + out_bias;
  const Value log_sum = log(sum(exp(y), {1}, true) + 2);
  const Value loss = -mean(slice(letters, 0, 1, characters) * (y - log_sum));

  std::vector<Value> wanted = {loss};
  for (const Value& v : gradient(loss, arguments)) wanted.push_back(v);
  Compiled step = compile(wanted);
  step.run(std::vector<TensorView>(inputs.begin(), inputs.end()));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("%zu equations built, planned and run once in %.2f s\n", g.equations().size(), seconds);
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  const double limit = 200;  // several times slower, and so is what runs beside it
#else
  const double limit = 20;
#endif
  EXPECT_LT(seconds, limit);

  const nlohmann::json& published = oracle["published"];
  EXPECT_NEAR(step.scalar(), published["objective"].get<double>(), 1e-9);
  EXPECT_NEAR(step.scalar(), oracle["verified"]["objective"].get<double>(), 1e-14);
  std::size_t k = 0;
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    for (const double number : to_doubles(step.output(static_cast<int>(i)))) {
      const double expected = published["gradient"][k++];
      EXPECT_NEAR(number, expected, oracle["tolerance"].get<double>()) << "entry " << k - 1;
      EXPECT_EQ(expected == 0 ? number : 0, 0) << "entry " << k - 1;
    }
  }
  EXPECT_EQ(k, published["gradient"].size());
}

}  // namespace
}  // namespace backprop::adbench
