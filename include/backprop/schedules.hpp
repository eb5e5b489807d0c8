// Learning-rate schedules: the factor on an optimiser's learning rate, as a scalar graph of the steps made so far.
// Thread safety: as for Graph.
#pragma once
#include <cstdint>
#include <functional>

#include "backprop/graph.hpp"
#include "backprop/state.hpp"

namespace backprop {

// From the number of steps made (float64 scalar: 0 in the first step) to the factor (float64 scalar).
using Schedule = std::function<Value(Value step)>;

// Each throws UsageError when a number of steps is under 1.
namespace schedule {
Schedule constant(double factor = 1);
Schedule staircase(std::int64_t every, double factor = 0.1);                // factor^floor(t / every)
Schedule exponential(double factor, std::int64_t every = 1);                // factor^(t / every)
Schedule inverse_time(double decay);                                        // 1 / (1 + decay t)
Schedule polynomial(std::int64_t steps, double power = 1, double end = 0);  // end + (1 - end) (1 - t / steps)^power
Schedule cosine(std::int64_t steps, double end = 0);  // end + (1 - end) (1 + cos(pi t / steps)) / 2
// The cosine, begun again after `first` steps, then after growth times as many, ... (Loshchilov and Hutter 2017).
Schedule warm_restarts(std::int64_t first, double growth = 1, double end = 0);
// (t + 1) / steps up to 1, then `then`, which counts from there.
Schedule warm_up(std::int64_t steps, Schedule then = constant());
// Cosine from `start` to 1 over the first `rise` of the steps, then to `end` (Smith and Topin 2018).
Schedule one_cycle(std::int64_t steps, double rise = 0.3, double start = 0.04, double end = 4e-6);
// min((t + 1) / warm_up, sqrt(warm_up / (t + 1))) (Vaswani et al. 2017).
Schedule inverse_root(std::int64_t warm_up);
// Driven from outside: the state "optimiser.plateau", 1 at the start, which Plateau lowers.
Schedule plateau();
}  // namespace schedule

struct PlateauOptions {
  double factor = 0.1;
  std::int64_t patience = 10;  // observations without improvement that are borne
  double tolerance = 1e-4;     // what counts as one: under (1 - tolerance) of the best so far
  double minimum = 0;          // of the factor
};

// Lowers the factor of schedule::plateau() when what it observes (a validation loss) stops falling.
class Plateau {
 public:
  explicit Plateau(const PlateauOptions& options = {}) : options_(options) {}
  // True when the factor was lowered. Throws Error when no step with schedule::plateau() uses the store.
  bool observe(double loss, StateStore& store);

 private:
  PlateauOptions options_;
  bool first_ = true;
  double best_ = 0;
  std::int64_t waited_ = 0;
};

}  // namespace backprop
