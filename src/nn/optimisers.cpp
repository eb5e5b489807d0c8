// The rules, each as its paper writes it: g gradient, p parameter, t count. Kept on one page to be read side by side.
#include "backprop/optimisers.hpp"

#include <cmath>
#include <utility>

#include "backprop/operations.hpp"
#include "nn/named_rows.hpp"

namespace backprop {
namespace {

// 1 - beta^t, without its cancellation where beta^t is near 1 (and quicker than a power)
Value correction(const ParameterUpdate& u, double beta) { return -expm1(u.count * std::log(beta)); }

// beta a + (1 - beta) b
Value blend(double beta, Value a, Value b) { return beta * a + (1 - beta) * b; }

Value root(Value x, double epsilon, EpsilonRoot place) {
  return place == EpsilonRoot::outside ? sqrt(x) + epsilon : sqrt(x + epsilon);
}

Value root_mean_square(Value x) { return sqrt(mean(square(x))); }

// p - lr x
Value descend(const ParameterUpdate& u, Value x) { return u.parameter - u.scalar(u.learning_rate) * x; }

Value adam_rule(ParameterUpdate& u, const Adam& o, bool use_maximum) {
  const Value m = u.moment("first_moment"), v = u.moment("second_moment");
  const Value m1 = u.set(m, blend(o.beta_1, m, u.gradient));
  const Value v1 = u.set(v, blend(o.beta_2, v, square(u.gradient)));
  Value bound = v1;
  if (use_maximum) {
    const Value largest = u.moment("largest_second_moment");
    bound = u.set(largest, maximum(largest, v1));
  }
  const Value c1 = correction(u, o.beta_1), c2 = correction(u, o.beta_2);
  if (o.epsilon_place == EpsilonPlace::after) {
    return u.parameter - u.scalar(u.learning_rate / c1) * m1 / (sqrt(bound) * u.scalar(1.0 / sqrt(c2)) + o.epsilon);
  }
  return u.parameter - u.scalar(u.learning_rate * sqrt(c2) / c1) * m1 / (sqrt(bound) + o.epsilon);
}

}  // namespace

Optimiser sgd(const Sgd& o) {
  return {"sgd", o.learning_rate, [](ParameterUpdate& u) { return descend(u, u.gradient); }};
}

Optimiser momentum(const Momentum& o) {
  return {"momentum", o.learning_rate, [o](ParameterUpdate& u) {
            const Value b = u.moment("velocity");
            const Value b1 = u.set(b, o.momentum * b + u.gradient);
            return descend(u, o.nesterov ? u.gradient + o.momentum * b1 : b1);
          }};
}

Optimiser adagrad(const AdaGrad& o) {
  return {"adagrad", o.learning_rate, [o](ParameterUpdate& u) {
            const Value s = u.moment("sum_of_squares", o.initial_accumulator);
            const Value s1 = u.set(s, s + square(u.gradient));
            return descend(u, u.gradient / root(s1, o.epsilon, o.epsilon_root));
          }};
}

Optimiser adadelta(const AdaDelta& o) {
  return {"adadelta", o.learning_rate, [o](ParameterUpdate& u) {
            const Value a = u.moment("second_moment"), b = u.moment("squared_steps");
            const Value a1 = u.set(a, blend(o.rho, a, square(u.gradient)));
            const Value d = sqrt(b + o.epsilon) / sqrt(a1 + o.epsilon) * u.gradient;
            u.set(b, blend(o.rho, b, square(d)));
            return descend(u, d);
          }};
}

Optimiser rmsprop(const RmsProp& o) {
  return {"rmsprop", o.learning_rate, [o](ParameterUpdate& u) {
            const Value v = u.moment("second_moment");
            Value variance = u.set(v, blend(o.rho, v, square(u.gradient)));
            if (o.centred) {
              const Value a = u.moment("first_moment");
              variance = variance - square(u.set(a, blend(o.rho, a, u.gradient)));
            }
            const Value d = u.gradient / root(variance, o.epsilon, o.epsilon_root);
            if (o.momentum == 0) return descend(u, d);
            const Value b = u.moment("velocity");
            return descend(u, u.set(b, o.momentum * b + d));
          }};
}

Optimiser adam(const Adam& o) {
  return {"adam", o.learning_rate, [o](ParameterUpdate& u) { return adam_rule(u, o, false); }};
}

Optimiser amsgrad(const Adam& o) {
  return {"amsgrad", o.learning_rate, [o](ParameterUpdate& u) { return adam_rule(u, o, true); }};
}

Optimiser adamw(const AdamW& o) {
  const Adam inner{o.learning_rate, o.beta_1, o.beta_2, o.epsilon, o.epsilon_place};
  return {"adamw", o.learning_rate, [=](ParameterUpdate& u) { return adam_rule(u, inner, o.amsgrad); }, o.weight_decay};
}

Optimiser adamax(const AdaMax& o) {
  return {"adamax", o.learning_rate, [o](ParameterUpdate& u) {
            const Value m = u.moment("first_moment"), n = u.moment("infinity_norm");
            const Value m1 = u.set(m, blend(o.beta_1, m, u.gradient));
            const Value size = abs(u.gradient);
            const Value n1 = u.set(n, maximum(o.beta_2 * n, o.epsilon_in_maximum ? size + o.epsilon : size));
            const Value rate = u.scalar(u.learning_rate / correction(u, o.beta_1));
            return u.parameter - rate * m1 / (o.epsilon_in_maximum ? n1 : n1 + o.epsilon);
          }};
}

// mu_t = beta_1 (1 - 0.96^(t d) / 2), P_t = mu_1 ... mu_t
Optimiser nadam(const Nadam& o) {
  return {"nadam", o.learning_rate, [o](ParameterUpdate& u) {
            const auto mu = [&](Value t) {
              return o.beta_1 * (1.0 - 0.5 * power(scalar_like(t, 0.96), o.momentum_decay * t));
            };
            const Value now = mu(u.count), next = mu(u.count + 1.0);
            const Value product = u.shared("momentum_product", 1, [&](Value before) { return before * now; }).second;
            const Value m = u.moment("first_moment"), v = u.moment("second_moment");
            const Value m1 = u.set(m, blend(o.beta_1, m, u.gradient));
            const Value v1 = u.set(v, blend(o.beta_2, v, square(u.gradient)));
            const Value along_m = u.scalar(u.learning_rate * next / (1.0 - product * next));
            const Value along_g = u.scalar(u.learning_rate * (1.0 - now) / (1.0 - product));
            const Value scale = u.scalar(1.0 / sqrt(correction(u, o.beta_2)));
            return u.parameter - (along_m * m1 + along_g * u.gradient) / (sqrt(v1) * scale + o.epsilon);
          }};
}

Optimiser adafactor(const AdaFactor& o) {
  return {"adafactor", o.learning_rate, [o](ParameterUpdate& u) {
            const Value beta = u.scalar(1.0 - power(u.count, scalar_like(u.count, o.beta_2_decay)));
            const auto average = [&](std::string_view name, Value q) {
              const Value a = u.moment(name, q.shape().bind({}));
              return u.set(a, beta * a + (1.0 - beta) * q);
            };
            const Value q = square(u.gradient) + o.epsilon_1;
            Value v;
            if (q.shape().rank() < 2) {
              v = average("second_moment", q);
            } else {
              const Value rows = average("row_second_moment", mean(q, {-1}, true));
              const Value columns = average("column_second_moment", mean(q, {-2}, true));
              v = rows * columns / mean(rows, {-2}, true);
            }
            const Value d = u.gradient / sqrt(v);
            const Value too_long = root_mean_square(d) / o.clip_threshold;
            const Value size = root_mean_square(u.parameter);
            const Value rate = u.scalar(minimum(u.learning_rate, 1.0 / sqrt(u.count)));
            return u.parameter - maximum(size, scalar_like(size, o.epsilon_2)) * rate * d /
                                     maximum(too_long, scalar_like(too_long, 1));
          }};
}

Optimiser ftrl(const Ftrl& o) {
  return {"ftrl", o.learning_rate, [o](ParameterUpdate& u) {
            const Value n = u.moment("sum_of_squares", o.initial_accumulator), z = u.moment("linear");
            const Value p = u.parameter, g = u.gradient, rate = u.scalar(u.learning_rate);
            const auto strength = [&](Value x) { return power(x, scalar_like(x, -o.learning_rate_power)); };
            const Value n1 = u.set(n, n + square(g));
            const Value z1 = u.set(z, z + g + 2 * o.l2_shrinkage * p - (strength(n1) - strength(n)) / rate * p);
            return (clip(z1, -o.l1, o.l1) - z1) / ((strength(n1) + o.beta) / rate + 2 * o.l2);
          }};
}

Optimiser lion(const Lion& o) {
  return {"lion", o.learning_rate, [o](ParameterUpdate& u) {
            const Value m = u.moment("first_moment");
            u.set(m, blend(o.beta_2, m, u.gradient));
            return descend(u, sign(blend(o.beta_1, m, u.gradient)));
          }};
}

Optimiser lamb(const Lamb& o) {
  return {"lamb", o.learning_rate, [o](ParameterUpdate& u) {
            const Value m = u.moment("first_moment"), v = u.moment("second_moment");
            const Value m1 = u.set(m, blend(o.beta_1, m, u.gradient));
            const Value v1 = u.set(v, blend(o.beta_2, v, square(u.gradient)));
            const Value scale = u.scalar(1.0 / sqrt(correction(u, o.beta_2)));
            Value d = m1 * u.scalar(1.0 / correction(u, o.beta_1)) / (sqrt(v1) * scale + o.epsilon);
            if (o.weight_decay != 0) d = d + o.weight_decay * u.parameter;
            const Value of_p = sqrt(sum(square(u.parameter))), of_d = sqrt(sum(square(d)));
            const Value zero = scalar_like(of_p, 0), one = scalar_like(of_p, 1);
            const Value defined = logical_and(greater(of_p, zero), greater(of_d, zero));
            return descend(u, where(defined, of_p, one) / where(defined, of_d, one) * d);
          }};
}

Optimiser rprop(const Rprop& o) {
  return {"rprop", o.learning_rate, [o](ParameterUpdate& u) {
            const Value before = u.moment("gradient"), size = u.moment("step_size", o.learning_rate);
            const Value agreement = before * u.gradient, zero = scalar_like(agreement, 0);
            const Value turned = less(agreement, zero);
            const auto factor = [&](double x) { return scalar_like(agreement, x); };
            const Value change =
                where(turned, factor(o.decrease), where(greater(agreement, zero), factor(o.increase), factor(1)));
            const Value size1 = u.set(size, clip(size * change, o.smallest, o.largest));
            const Value g1 = u.set(before, where(turned, zero, u.gradient));
            return u.parameter - sign(g1) * size1;
          }};
}

namespace {

struct OptimiserRow {
  std::string_view name;
  Optimiser (*make)();
};
const OptimiserRow optimiser_rows[] = {{"sgd", [] { return sgd(); }},
                                       {"momentum", [] { return momentum(); }},
                                       {"nesterov", [] { return momentum({.nesterov = true}); }},
                                       {"adagrad", [] { return adagrad(); }},
                                       {"adadelta", [] { return adadelta(); }},
                                       {"rmsprop", [] { return rmsprop(); }},
                                       {"adam", [] { return adam(); }},
                                       {"adamw", [] { return adamw(); }},
                                       {"amsgrad", [] { return amsgrad(); }},
                                       {"adamax", [] { return adamax(); }},
                                       {"nadam", [] { return nadam(); }},
                                       {"adafactor", [] { return adafactor(); }},
                                       {"ftrl", [] { return ftrl(); }},
                                       {"lion", [] { return lion(); }},
                                       {"lamb", [] { return lamb(); }},
                                       {"rprop", [] { return rprop(); }}};

}  // namespace

Optimiser optimiser(std::string_view name, double learning_rate) {
  // Where its steps begin, not a factor on them.
  if (name == "rprop" && learning_rate != 0) return rprop({.learning_rate = learning_rate});
  Optimiser result = find_row(optimiser_rows, name, "optimiser", "optimiser").make();
  if (learning_rate != 0) result.learning_rate = learning_rate;
  return result;
}

std::span<const std::string_view> optimiser_names() {
  static const std::vector<std::string_view> names = names_of(optimiser_rows);
  return names;
}

}  // namespace backprop
