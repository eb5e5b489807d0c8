// States: what outlives a step (parameters, buffers, optimiser moments, counters), kept in one named store that all
// plans share. Thread safety: a store is used by one thread at a time.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "backprop/shape.hpp"
#include "backprop/tensor.hpp"

namespace backprop {

enum class Role : std::uint8_t { parameter, buffer, moment, counter };
std::string_view to_string(Role role);
Role parse_role(std::string_view name);

// How a state starts. Fans are those of a [in, out] matrix; with more axes, the last two are in and out and the ones
// before are a receptive field (Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998; Saxe et al. 2014 for
// orthogonal; Nguyen and Widrow 1990).
struct Initialiser {
  enum class Kind : std::uint8_t {
    zeros,
    constant,
    uniform,
    normal,
    truncated_normal,
    glorot_uniform,
    glorot_normal,
    he_uniform,
    he_normal,
    lecun_uniform,
    lecun_normal,
    orthogonal,
    nguyen_widrow
  };
  Kind kind = Kind::zeros;
  double a = 0;  // constant: value; uniform: low; normal, truncated_normal: mean; orthogonal: gain
  double b = 0;  // uniform: high; normal, truncated_normal: standard deviation (cut at two of them)
  friend bool operator==(const Initialiser&, const Initialiser&) = default;
};

namespace initialiser {
inline Initialiser zeros() { return {}; }
inline Initialiser ones() { return {Initialiser::Kind::constant, 1}; }
inline Initialiser constant(double value) { return {Initialiser::Kind::constant, value}; }
inline Initialiser uniform(double low, double high) { return {Initialiser::Kind::uniform, low, high}; }
inline Initialiser normal(double mean, double deviation) { return {Initialiser::Kind::normal, mean, deviation}; }
inline Initialiser truncated_normal(double mean, double deviation) {
  return {Initialiser::Kind::truncated_normal, mean, deviation};
}
inline Initialiser glorot_uniform() { return {Initialiser::Kind::glorot_uniform}; }
inline Initialiser glorot_normal() { return {Initialiser::Kind::glorot_normal}; }
inline Initialiser he_uniform() { return {Initialiser::Kind::he_uniform}; }
inline Initialiser he_normal() { return {Initialiser::Kind::he_normal}; }
inline Initialiser lecun_uniform() { return {Initialiser::Kind::lecun_uniform}; }
inline Initialiser lecun_normal() { return {Initialiser::Kind::lecun_normal}; }
inline Initialiser orthogonal(double gain = 1) { return {Initialiser::Kind::orthogonal, gain}; }
inline Initialiser nguyen_widrow() { return {Initialiser::Kind::nguyen_widrow}; }
}  // namespace initialiser

// The tensor a state starts with: a pure function of its arguments (`name` picks the random stream).
Tensor initialise(const Initialiser& initialiser, DType dtype, const Extents& extents, std::string_view name,
                  std::uint64_t seed);
std::string to_string(const Initialiser& initialiser);  // "glorot_uniform", "uniform(-0.5, 0.5)"
Initialiser parse_initialiser(std::string_view text);   // throws Error

// What a graph says of a state it reads.
struct StateSpec {
  std::string name;
  DType dtype = DType::float32;
  Extents extents;
  Role role = Role::parameter;
  Initialiser initialiser;
  friend bool operator==(const StateSpec&, const StateSpec&) = default;
};

// All states of a model by name, with the seed and the number of steps committed (the random streams depend on both).
class StateStore {
 public:
  explicit StateStore(std::uint64_t seed = 0);
  struct Entry {
    StateSpec spec;
    Tensor tensor;
  };

  // The state's entry, made and initialised if it is new. The address stays valid as long as the store lives.
  // Throws Error when a state of that name has another type or shape.
  Entry& require(const StateSpec& spec);
  bool contains(std::string_view name) const;
  // Throw Error when there is none of that name.
  Tensor& operator[](std::string_view name);
  const Tensor& operator[](std::string_view name) const;
  auto begin() const { return entries_.begin(); }  // ordered by name
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

  std::uint64_t seed() const { return seed_; }
  std::uint64_t step() const { return step_; }
  void set_step(std::uint64_t step) { step_ = step; }

 private:
  std::uint64_t seed_;
  std::uint64_t step_ = 0;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace backprop
