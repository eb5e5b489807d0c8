// Uses its own protobuf messages and trains a small network with the library, saves it and loads it back.
#include <backprop/backprop.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "onnx.pb.h"

int main() {
  onnx::ModelProto message;
  message.set_owner("host");
  message.mutable_tensor()->set_contents("unlike ours");
  onnx::ModelProto copy;
  if (!copy.ParseFromString(message.SerializeAsString()) || copy.tensor().contents() != "unlike ours") return 1;

  using namespace backprop;
  std::vector<float> inputs;
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) {
    const float x = static_cast<float>(i) / 100 - 1;
    inputs.push_back(x);
    values.push_back(3 * x + 1);
  }
  const Model model = fit(sequence(dense(4, tanh), dense(1)), inputs, values, {.epochs = 20, .batch_size = 20});
  model.save("host.onnx");
  const std::vector<float> row = {0.5f};
  if (Model::load("host.onnx").predict(row) != model.predict(row)) return 2;
  std::printf("backprop %s: %.3f\n", version(), model.predict(row)[0]);
}
