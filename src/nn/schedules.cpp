#include "backprop/schedules.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "backprop/operations.hpp"

namespace backprop {
namespace {

double positive(const char* schedule, std::int64_t steps) {
  if (steps < 1) {
    throw UsageError("[schedule] " + std::string(schedule) + " needs one step or more, got " + std::to_string(steps));
  }
  return static_cast<double>(steps);
}

Value power_of(double base, Value exponent) { return power(scalar_like(exponent, base), exponent); }

// From `from` at x = 0 to `to` at x = 1.
Value cosine_between(double from, double to, Value x) {
  return to + (from - to) * 0.5 * (1.0 + cos(std::numbers::pi * x));
}

constexpr auto plateau_state = "optimiser.plateau";

}  // namespace

namespace schedule {

Schedule constant(double factor) {
  return [=](Value t) { return scalar_like(t, factor); };
}

Schedule staircase(std::int64_t every, double factor) {
  const double n = positive("staircase", every);
  return [=](Value t) { return power_of(factor, floor(t / n)); };
}

Schedule exponential(double factor, std::int64_t every) {
  const double n = positive("exponential", every);
  return [=](Value t) { return power_of(factor, t / n); };
}

Schedule inverse_time(double decay) {
  return [=](Value t) { return 1.0 / (1.0 + decay * t); };
}

Schedule polynomial(std::int64_t steps, double exponent, double end) {
  const double n = positive("polynomial", steps);
  return [=](Value t) {
    const Value left = 1.0 - minimum(t / n, scalar_like(t, 1));
    return end + (1 - end) * power(left, scalar_like(t, exponent));
  };
}

Schedule cosine(std::int64_t steps, double end) {
  const double n = positive("cosine", steps);
  return [=](Value t) { return cosine_between(1, end, minimum(t / n, scalar_like(t, 1))); };
}

Schedule warm_restarts(std::int64_t first, double growth, double end) {
  const double n = positive("warm_restarts", first);
  if (!(growth >= 1)) throw UsageError("[schedule] warm_restarts needs a growth of 1 or more");
  return [=](Value t) {
    if (growth == 1) return cosine_between(1, end, t / n - floor(t / n));
    // Period k begins at n (growth^k - 1) / (growth - 1); rounding must not put its first step into the one before.
    const Value k = floor(log1p(t * ((growth - 1) / n)) / std::log(growth) + 1e-9);
    const Value length = n * power_of(growth, k);
    const Value begin = (length - n) / (growth - 1);
    return cosine_between(1, end, (t - begin) / length);
  };
}

Schedule warm_up(std::int64_t steps, Schedule then) {
  const double n = positive("warm_up", steps);
  return [=](Value t) {
    const Value after = t - n;
    const Value zero = scalar_like(t, 0);
    return where(less(after, zero), (t + 1.0) / n, then(maximum(after, zero)));
  };
}

Schedule one_cycle(std::int64_t steps, double rise, double start, double end) {
  const double n = positive("one_cycle", steps);
  if (!(rise > 0 && rise < 1)) throw UsageError("[schedule] one_cycle rises in a part between 0 and 1 of its steps");
  return [=](Value t) {
    const Value x = minimum(t / n, scalar_like(t, 1));
    return where(less(x, scalar_like(x, rise)), cosine_between(start, 1, x / rise),
                 cosine_between(1, end, (x - rise) / (1 - rise)));
  };
}

Schedule inverse_root(std::int64_t warm_up) {
  const double n = positive("inverse_root", warm_up);
  return [=](Value t) { return minimum((t + 1.0) / n, sqrt(n / (t + 1.0))); };
}

Schedule plateau() {
  return [](Value t) { return t.graph->state({plateau_state, float64, {}, Role::counter, initialiser::ones()}); };
}

}  // namespace schedule

bool Plateau::observe(double loss, StateStore& store) {
  double& factor = store[plateau_state].as<double>()[0];
  if (first_ || loss < best_ - options_.tolerance * std::fabs(best_)) {
    first_ = false;
    best_ = loss;
    waited_ = 0;
    return false;
  }
  if (++waited_ <= options_.patience) return false;
  waited_ = 0;
  const double before = std::exchange(factor, std::max(options_.minimum, factor * options_.factor));
  return factor < before;
}

}  // namespace backprop
