// How large the gradients of each layer are while a training goes on: seen on a few rows, at a few epochs, so that it
// costs next to nothing and changes nothing. Thread safety: one thread at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backprop/compile.hpp"
#include "train/subject.hpp"

namespace backprop {

// "member_2.dense_1.weight" -> "dense_1"
std::string layer_of(const std::string& parameter);

// Epochs from one look to the next where no more than `most` of `epochs` are looked at, evenly; 0: none is.
inline int epochs_between_looks(int epochs, int most) { return most > 0 ? (epochs + most - 1) / most : 0; }
// Whether an epoch, counted from 1, is.
inline bool is_looked_at(int epoch, int epochs, int most) {
  const int every = epochs_between_looks(epochs, most);
  return every > 0 && (epoch - 1) % every == 0;
}

class GradientNorms {
 public:
  // Looks at no more than `most` of `epochs`, evenly; 0: at none. `parts` as prepare() takes them.
  GradientNorms(int most, int epochs, const Examples& train, const Subject& subject,
                std::span<const std::uint32_t> parts, int members, std::uint64_t seed);

  // Whether it looks at this epoch, counted from 1: a pure function of the constructor's arguments.
  bool looks_at(int epoch) const { return is_looked_at(epoch, epochs_, most_); }
  // With the parameters as they stand in the store: of each layer the root of the mean over the members of the squared
  // gradient of a member's loss.
  std::vector<LayerNorm> measure(std::span<const Network> members, const Subject& subject, bool parts,
                                 const std::shared_ptr<StateStore>& store, const std::shared_ptr<Device>& device);

 private:
  void compile_norms(std::span<const Network> members, const Subject& subject, bool parts,
                     const std::shared_ptr<StateStore>& store, const std::shared_ptr<Device>& device);

  int most_, epochs_;
  std::vector<Tensor> rows_;
  std::vector<std::string> layers_;
  std::optional<Compiled> compiled_;  // when it first looks
};

}  // namespace backprop
