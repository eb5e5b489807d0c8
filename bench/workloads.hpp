// The networks that the programs of this folder time. Thread safety: pure functions.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backprop/backprop.hpp"

namespace backprop::bench {

struct Workload {
  std::string id;  // as in docs/performance.md
  std::string name;
  std::vector<std::int64_t> widths;  // of the input and of each layer
  std::int64_t batch;
  Activation hidden;
  bool classes;  // cross-entropy of class indices, else squared error
  Activation last;
  Optimiser optimiser;
  int members = 1;  // networks side by side, whose losses are summed
};

inline std::vector<Workload> step_workloads() {
  const std::vector<std::int64_t> digits{784, 256, 128, 10}, wide{1024, 2048, 2048, 1024};
  return {{"W1", "XOR 2-4-1, batch 4, momentum", {2, 4, 1}, 4, tanh, false, sigmoid, momentum()},
          {"W2", "Iris 4-16-3, batch 16, Adam", {4, 16, 3}, 16, relu, true, {}, adam()},
          {"W9", "784-256-128-10, batch 1, Adam", digits, 1, relu, true, {}, adam()},
          {"W3", "784-256-128-10, batch 64, Adam", digits, 64, relu, true, {}, adam()},
          {"W3b", "784-256-128-10, batch 512, Adam", digits, 512, relu, true, {}, adam()},
          {"W4", "1024-2048-2048-1024, batch 256, SGD", wide, 256, relu, false, {}, sgd({.learning_rate = 1e-4})}};
}

// What the program trains on a small table when nothing is said.
inline Workload ensemble_workload(int members) {
  return {"members",
          std::to_string(members) + " networks 8-64-64-3, batch 64, Adam",
          {8, 64, 64, 3},
          64,
          relu,
          true,
          {},
          adam(),
          members};
}

// 100 layers of 64, for the time it takes to plan them.
inline Workload deep_workload() {
  return {"deep", "100 layers of 64, batch 32, Adam", std::vector<std::int64_t>(101, 64), 32, relu, true, {}, adam()};
}

// The graph of a workload: its inputs are the batch and the targets.
struct Model {
  explicit Model(const Workload& w) : graph(std::make_unique<Graph>()) {
    const Dim B = named("B");
    const Value x = graph->input({B, w.widths.front()});
    const Value t = w.classes ? graph->input({B}, int64) : graph->input({B, w.widths.back()});
    std::vector<Layer> layers;
    for (std::size_t i = 1; i < w.widths.size(); ++i) {
      layers.push_back(dense(w.widths[i], i + 1 < w.widths.size() ? w.hidden : w.last));
    }
    for (int k = 0; k < w.members; ++k) {
      outputs = Network(w.members == 1 ? "" : "member_" + std::to_string(k), layers)(x);
      const Value own = w.classes ? cross_entropy(outputs, t) : squared_error(outputs, t);
      loss = k == 0 ? own : loss + own;
    }
  }
  std::unique_ptr<Graph> graph;
  Value outputs, loss;
};

struct Batch {
  explicit Batch(const Workload& w)
      : inputs(float32, {w.batch, w.widths.front()}),
        targets(w.classes ? Tensor(int64, {w.batch}) : Tensor(float32, {w.batch, w.widths.back()})) {
    for (std::int64_t i = 0; i < inputs.size(); ++i) {
      inputs.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i * 7 % 13) / 13 - 0.5f;
    }
    for (std::int64_t i = 0; i < targets.size(); ++i) {
      if (w.classes) targets.as<std::int64_t>()[static_cast<std::size_t>(i)] = i % w.widths.back();
      if (!w.classes) targets.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i % 2);
    }
  }
  Tensor inputs, targets;
};

}  // namespace backprop::bench
