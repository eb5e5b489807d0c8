// From a graph to a step that runs: compile() simplifies and plans, run() binds the named sizes and executes.
// Thread safety: one Compiled is used by one thread at a time, as is the state store that several of them share.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backprop/program.hpp"
#include "backprop/state.hpp"
#include "backprop/tensor.hpp"

namespace backprop {

class Device;

struct CompileOptions {
  std::shared_ptr<Device> device = nullptr;     // none: one of its own, made when a plan gains from it
  std::shared_ptr<StateStore> store = nullptr;  // none: a new one, from `seed`
  std::uint64_t seed = 0;
  bool check_finite = true;  // a step with updates: raise DivergedError before NaN or infinity reaches a state
};

// What the latest plan needs. Bytes of states and inputs are not counted.
struct Report {
  std::size_t arena_bytes = 0;
  std::size_t arena_lower_bound = 0;  // the largest sum of buffers alive at once, in the plan's order
  std::int64_t steps = 0;             // of the plan
  double flops = 0;                   // of its matrix products, a multiply-add counted as two
  int threads = 1;
};

class Compiled {
 public:
  Compiled(const Program& program, const CompileOptions& options);
  ~Compiled();
  Compiled(Compiled&&) noexcept;
  Compiled& operator=(Compiled&&) noexcept;

  // Computes the outputs, then writes the updates and counts the store's step up by one. Inputs stand in the order of
  // the graph's input() calls, all of them, whether used or not; they are read in place, not copied, and must not be
  // this object's own outputs. The first run with new extents plans for them; after that nothing is allocated. Throws
  // Error naming the input when a type or extent does not fit, and DivergedError, with nothing written, when a scalar
  // output or a value from which a state follows is NaN or infinite.
  void run(std::span<const TensorView> inputs);
  void run(std::initializer_list<TensorReference> inputs);

  // The k-th output of the latest run, row-major; valid until the next run.
  TensorView output(int k = 0) const;
  // The same as a number, whatever its type. Throws Error when it has more than one element.
  double scalar(int k = 0) const;

  StateStore& states() const;
  const std::shared_ptr<StateStore>& store() const;

  // Of the latest run's plan. Throws Error before the first run.
  Report report() const;
  std::string text() const;        // the plan, a step a line
  std::string graph_text() const;  // the simplified graph; at any time

 private:
  void run_on(std::span<const TensorReference> inputs);
  struct Body;
  std::unique_ptr<Body> body_;
};

// Copies what it needs of the graph, which may go away. States that the store lacks are made and initialised.
Compiled compile(const Program& program, const CompileOptions& options = {});
// Evaluation without updates.
Compiled compile(std::vector<Value> outputs, const CompileOptions& options = {});
Compiled compile(Value output, const CompileOptions& options = {});

}  // namespace backprop
