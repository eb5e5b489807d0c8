// The two blocks of the README, on points inside and outside a circle.
#include <cstdio>
#include <filesystem>
#include <vector>

#include "backprop/backprop.hpp"

using namespace backprop;

// A grid of points (x, y) and whether each lies within 0.7 of the origin.
void make_points(std::vector<float>& inputs, std::vector<std::int64_t>& labels) {
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j < 32; ++j) {
      const float x = static_cast<float>(i) / 16 - 1, y = static_cast<float>(j) / 16 - 1;
      inputs.insert(inputs.end(), {x, y});
      labels.push_back(x * x + y * y < 0.49f);
    }
  }
}

int main() {
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;
  make_points(inputs, labels);
  const std::string file = (std::filesystem::temp_directory_path() / "backprop_readme.onnx").string();

  const Network net = sequence(dense(16, tanh), dense(16, tanh), dense(2));
  const Model model = fit(net, inputs, labels, {.epochs = 60, .seed = 1});  // callbacks, when to stop: in the options
  model.save(file);
  const std::vector<float> p = Model::load(file).predict(std::vector<float>{0.1f, 0.2f});  // safe from many threads

  std::filesystem::remove(file);
  std::printf("inside with probability %.3f\n", p[1]);
  if (p[1] < 0.9f) return 1;

  const Tensor points = Tensor::from<float>({1024, 2}, inputs);
  const Tensor classes = Tensor::from<std::int64_t>({1024}, labels);

  Graph g;
  const Dim B = named("B");  // any batch size
  const Value x = g.input({B, 2}), t = g.input({B}, int64);
  const Value loss = cross_entropy(net(x), t);
  Compiled step = compile(train_step(loss, adam({.learning_rate = 0.01})));
  for (int i = 0; i < 200; ++i) step.run({points, classes});  // forward, backward, update: nothing is allocated

  std::printf("loss %.4f\n", step.scalar());
  return step.scalar() < 0.3 ? 0 : 1;
}
