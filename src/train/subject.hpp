// What training examples are like, and the graphs and arrays that follow from it. Thread safety: value types.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "backprop/fit.hpp"
#include "data/standardise.hpp"

namespace backprop {

// Sizes, names, scales.
struct Subject {
  ModelInfo info;
  std::int64_t features = 0, outputs = 1;
  bool weighted = false;
  double mean_weight = 1;
  std::vector<data::Scale> scales;         // of the features; empty: as they are
  std::vector<data::Scale> target_scales;  // of the outputs, for numbers; empty: as they are

  bool classification() const { return info.task == Task::classification; }
  // Mean loss of predicting the same for every row: at most ln K nats, or a variance of 1.
  double constant_loss() const;
};

// Throws Error when sizes and names differ.
Subject describe(const Examples& train, const FitOptions& options);

// The part of each example that one member leaves out; none when other examples judge, or nothing does.
std::vector<std::uint32_t> parts_of(const Examples& train, const Examples& validation, const FitOptions& options);

// The network, `count` times, each with parameters of its own.
std::vector<Network> make_members(const Network& network, int count);

// The whole way from raw features to what each member predicts.
std::vector<Value> write_members(Graph& graph, std::span<const Network> members, const Subject& subject);
// The whole way from raw features to predictions, the mean of the members': what a model file holds.
Value write_model(Graph& graph, std::span<const Network> members, const Subject& subject);
// The sum of the members' losses of a batch as a function of its standardised inputs, its targets and, where examples
// weigh differently, weights: [B], or [B, members] if each member leaves out a part of the examples.
Value write_loss(Graph& graph, std::span<const Network> members, const Subject& subject, bool parts);

// Fills in the inputs of examples from `first` on.
void read_inputs(const Examples& examples, std::size_t first, std::span<float> inputs);

// Training examples [first, first + count) as the loss wants them: inputs, targets, and weights where there are some.
// `parts` says which member leaves an example out, or is empty.
std::vector<Tensor> prepare(const Examples& train, const Subject& subject, std::span<const std::uint32_t> parts,
                            int members, std::size_t first, std::size_t count);
// The loss of a model's predictions, in the units of the training loss.
double mean_loss(std::span<const float> predictions, const Examples& examples, const Subject& subject);

}  // namespace backprop
