// What every C++ contender does: read a workload, report its first losses, then time steps when asked (README.md has
// the protocol). A contender is a class with
//   Contender(const Workload& workload, int threads);   std::string version() const;
//   void step(std::size_t batch);   double loss();      // of the latest step; of a forward pass the mean of the outputs
#pragma once
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

struct Workload {
  std::vector<std::int64_t> widths;  // of the input and of each layer
  std::size_t batch = 0, batches = 0, checked = 0;
  std::string activation, last, loss, optimiser, epsilon_place;
  double learning_rate = 0;
  bool forward_only = false;
  std::vector<float> weights;  // W1 [in, out], b1, W2, ... row-major
  std::vector<float> inputs;   // [batches, batch, features]
  std::vector<float> targets;  // [batches, batch, outputs], or none
  std::vector<std::int64_t> classes;

  std::size_t layers() const { return widths.size() - 1; }
  std::size_t features() const { return static_cast<std::size_t>(widths.front()); }
  std::size_t outputs() const { return static_cast<std::size_t>(widths.back()); }
  bool has_classes() const { return loss == "cross_entropy"; }
};

template <class T> std::vector<T> read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  std::vector<T> all(static_cast<std::size_t>(file.tellg()) / sizeof(T));
  file.seekg(0).read(reinterpret_cast<char*>(all.data()), static_cast<std::streamsize>(all.size() * sizeof(T)));
  return all;
}

inline Workload read_workload(const std::string& folder) {
  nlohmann::json json;
  std::ifstream(folder + "/workload.json") >> json;
  Workload w;
  w.widths = json.at("widths").get<std::vector<std::int64_t>>();
  w.batch = json.at("batch");
  w.batches = json.at("batches");
  w.checked = json.at("checked");
  w.activation = json.at("activation");
  w.last = json.at("last");
  w.loss = json.at("loss");
  w.optimiser = json.at("optimiser");
  w.epsilon_place = json.at("epsilon_place");
  w.learning_rate = json.at("learning_rate");
  w.forward_only = json.at("forward_only");
  w.weights = read_all<float>(folder + "/weights.f32");
  w.inputs = read_all<float>(folder + "/inputs.f32");
  if (w.has_classes()) w.classes = read_all<std::int64_t>(folder + "/targets.i64");
  if (!w.has_classes()) w.targets = read_all<float>(folder + "/targets.f32");
  return w;
}

template <class Contender> void serve_lines(int threads) {
  std::unique_ptr<Workload> workload;
  std::unique_ptr<Contender> contender;
  std::size_t next = 0;
  const auto one = [&] {
    contender->step(next);
    if (++next == workload->batches) next = 0;
  };
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("load ")) {
      contender.reset();
      workload = std::make_unique<Workload>(read_workload(line.substr(5)));
      contender = std::make_unique<Contender>(*workload, threads);
      next = 0;
      nlohmann::json first{{"version", contender->version()}, {"losses", nlohmann::json::array()}};
      for (std::size_t i = 0; i < workload->checked; ++i) {
        one();
        first["losses"].push_back(contender->loss());
      }
      std::cout << first.dump() << std::endl;
    } else {
      const long steps = std::stol(line);
      const auto start = std::chrono::steady_clock::now();
      for (long i = 0; i < steps; ++i) one();
      std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
    }
  }
}

// The main function of a contender: PROGRAM THREADS.
template <class Contender> int serve(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s THREADS\n", arguments[0]);
    return 2;
  }
  try {
    serve_lines<Contender>(std::stoi(arguments[1]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}

}  // namespace bench
