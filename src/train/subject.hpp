// What training examples are like, and the graphs and arrays that follow from it. Thread safety: value types.
#pragma once
#include <cstdint>
#include <vector>

#include "backprop/fit.hpp"
#include "data/standardise.hpp"

namespace backprop {

// Sizes, names, scales.
struct Subject {
  ModelInfo info;
  std::int64_t features = 0, outputs = 1;
  bool weighted = false;
  std::vector<data::Scale> scales;         // of the features; empty: as they are
  std::vector<data::Scale> target_scales;  // of the outputs, for numbers; empty: as they are

  bool classification() const { return info.task == Task::classification; }
  // Mean loss of predicting the same for every row: at most ln K nats, or a variance of 1.
  double constant_loss() const;
};

// Throws Error when sizes and names differ.
Subject describe(const Examples& train, const FitOptions& options);

// The whole way from raw features to predictions: what a model file holds.
Value write_model(Graph& graph, const Network& network, const Subject& subject);
// The loss of a batch as a function of its standardised inputs and targets.
Value write_loss(Graph& graph, const Network& network, const Subject& subject);

// The training examples as the loss wants them: inputs, targets, and weights where there are some.
std::vector<Tensor> prepare(const Examples& train, const Subject& subject);
// The loss of a model's predictions, in the units of the training loss.
double mean_loss(std::span<const float> predictions, const Examples& examples, const Subject& subject);

}  // namespace backprop
