// This project's side of bench/compare/compare.py (its README has the protocol):
//   bench_contender FOLDER THREADS
// reads a workload, prints the first 20 losses, then for each line N on standard input the seconds that N steps took.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "backprop/backprop.hpp"

namespace {

using namespace backprop;

template <class T> Tensor read_array(const std::string& path, const Extents& extents) {
  Tensor tensor(dtype_of<T>, extents);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(static_cast<char*>(tensor.data()), static_cast<std::streamsize>(tensor.bytes()))) {
    throw DataError(path + ": is shorter than " + to_string(extents));
  }
  return tensor;
}

Optimiser optimiser_of(const std::string& name, double learning_rate) {
  if (name == "adam") return adam({.learning_rate = learning_rate});
  if (name == "momentum") return momentum({.learning_rate = learning_rate});
  return sgd({.learning_rate = learning_rate});
}

void serve(const std::string& folder, int threads) {
  nlohmann::json w;
  std::ifstream(folder + "/workload.json") >> w;
  const auto widths = w.at("widths").get<std::vector<std::int64_t>>();
  const auto batch = w.at("batch").get<std::int64_t>(), batches = w.at("batches").get<std::int64_t>();
  const bool classes = w.at("loss") == "cross_entropy";
  std::vector<Layer> layers;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    layers.push_back(
        dense(widths[i], activation(w.at(i + 1 < widths.size() ? "activation" : "last").get<std::string>())));
  }
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, widths.front()});
  const Value t = classes ? g.input({B}, int64) : g.input({B, widths.back()});
  const Value y = Network("", layers)(x);
  const Value loss = classes ? cross_entropy(y, t) : squared_error(y, t);
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = threads});
  Compiled step = compile(train_step(loss, optimiser_of(w.at("optimiser"), w.at("learning_rate"))), {.device = device});

  std::ifstream weights(folder + "/weights.f32", std::ios::binary);
  for (std::size_t i = 1; i < widths.size(); ++i) {
    for (const char* part : {".weight", ".bias"}) {
      Tensor& state = step.states()["dense_" + std::to_string(i) + part];
      weights.read(static_cast<char*>(state.data()), static_cast<std::streamsize>(state.bytes()));
    }
  }
  Tensor inputs = read_array<float>(folder + "/inputs.f32", {batches, batch, widths.front()});
  Tensor targets = classes ? read_array<std::int64_t>(folder + "/targets.i64", {batches, batch})
                           : read_array<float>(folder + "/targets.f32", {batches, batch, widths.back()});
  // Views of each batch, made once.
  std::vector<std::vector<TensorView>> views;
  for (std::int64_t i = 0; i < batches; ++i) {
    const auto part = [&](Tensor& all, Extents extents) {
      std::byte* const at =
          static_cast<std::byte*>(all.data()) + i * count(extents) * static_cast<std::int64_t>(size_of(all.dtype()));
      return TensorView{all.dtype(), std::move(extents), at};
    };
    views.push_back({part(inputs, {batch, widths.front()}),
                     part(targets, classes ? Extents{batch} : Extents{batch, widths.back()})});
  }
  std::size_t next = 0;
  const auto one = [&] {
    step.run(views[next]);
    next = (next + 1) % views.size();
  };
  nlohmann::json first{{"version", "backprop"}, {"losses", nlohmann::json::array()}};
  for (int i = 0; i < 20; ++i) {
    one();
    first["losses"].push_back(step.scalar());
  }
  std::cout << first.dump() << std::endl;
  for (long n = 0; std::cin >> n;) {
    const auto start = std::chrono::steady_clock::now();
    for (long i = 0; i < n; ++i) one();
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: bench_contender FOLDER THREADS\n");
    return 2;
  }
  try {
    serve(arguments[1], std::atoi(arguments[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
