// Losses. The functions in `losses` give one number an example, [B] from outputs [B, K, ...]; average() makes of them
// the scalar that is minimised. Outputs and targets have equal shapes and element types unless said otherwise (a
// prediction [B, 1] beside targets [B] is an error, not a broadcast). Thread safety: as for Graph.
#pragma once
#include <span>
#include <string>

#include "backprop/graph.hpp"
#include "backprop/operations.hpp"

namespace backprop {

// sum_i w_i l_i / sum_i w_i over the examples, by default with equal weights. Weights [B] must not sum to 0.
Value average(Value losses, Value weights = {});

namespace losses {

// ---- of numbers -----------------------------------------------------------------------------------------------------
// y: outputs, t: targets.
Value half_squared(Value y, Value t);                 // 1/2 sum_k (y_k - t_k)^2: the textbooks' E
Value squared(Value y, Value t);                      // mean_k (y_k - t_k)^2
Value absolute(Value y, Value t);                     // mean_k |y_k - t_k|
Value huber(Value y, Value t, double threshold = 1);  // mean_k of d^2 / 2, and delta (|d| - delta / 2) from |d| = delta
Value log_cosh(Value y, Value t);                     // mean_k log cosh(y_k - t_k), for any size of d
Value quantile(Value y, Value t, double quantile);  // mean_k max(q d, (q - 1) d), d = t - y (Koenker and Bassett 1978)
Value quantile(Value y, Value t, std::span<const double> quantiles);  // the same with a quantile of each k
Value poisson(Value log_rate, Value t);                   // mean_k exp(z_k) - t_k z_k, that is without log(t_k!)
Value gaussian(Value mean, Value log_variance, Value t);  // mean_k 1/2 (log(2 pi) + s + (t - mean)^2 e^-s)

// ---- of classes -----------------------------------------------------------------------------------------------------
// -sum_k t_k log softmax(z)_k. `target`: class indices (int32, int64) [B], or distributions [B, K].
// With smoothing e the targets are (1 - e) t + e / K (Szegedy et al. 2016).
// Axes between the first and the classes are averaged.
Value cross_entropy(Value logits, Value target, double smoothing = 0);
// The same, of each output by itself: mean_k of -t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)), t in [0, 1].
Value binary_cross_entropy(Value logits, Value t, double smoothing = 0);
// Of probabilities p, which are kept within [1e-7, 1 - 1e-7] (float64: 1e-15). Prefer the form of logits.
Value binary_cross_entropy_of_probabilities(Value p, Value t);
// (1 - p_t)^gamma times the cross entropy -log p_t, for class indices (Lin et al. 2017).
Value focal(Value logits, Value target, double gamma = 2);
Value hinge(Value y, Value t);            // mean_k max(0, 1 - t_k y_k), t in {-1, 1}
Value divergence(Value logits, Value t);  // Kullback and Leibler's sum_k t_k (log t_k - log softmax(z)_k); 0 log 0 = 0

}  // namespace losses

// The most used ones, averaged over the examples.
inline Value cross_entropy(Value logits, Value target, Value weights = {}) {
  return average(losses::cross_entropy(logits, target), weights);
}
inline Value binary_cross_entropy(Value logits, Value target, Value weights = {}) {
  return average(losses::binary_cross_entropy(logits, target), weights);
}
inline Value squared_error(Value y, Value t, Value weights = {}) { return average(losses::squared(y, t), weights); }

// Does a loss meet the two conditions under which a step may use the mean gradient of a batch and start backwards from
// the outputs (Nielsen, Neural Networks and Deep Learning, ch. 2)? It must be an average over the examples, and a
// function of the network's outputs (and the targets) only.
struct LossConditions {
  bool average_over_examples = true;
  bool function_of_outputs = true;
  std::string explanation;  // a sentence for each condition that does not hold
  bool hold() const { return average_over_examples && function_of_outputs; }
};
// Finds what the scalar `loss` depends on past `outputs` [B, ...] and `targets`, and evaluates it on random batches of
// 2, of 3 and of those 5 examples together (without example weights). Throws UsageError when the loss is no scalar or B
// not a named size.
LossConditions check_loss(Value loss, Value outputs, Value targets);

}  // namespace backprop
