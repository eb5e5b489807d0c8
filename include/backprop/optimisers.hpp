// Optimisers: short functions that write one parameter's update as graph, and train_step(), which makes of a loss and
// an optimiser the program of a training step. Bias corrections, learning rates and counters are float64 scalars,
// computed once a step and cast to each parameter's element type. Thread safety: as for Graph.
//
// Where epsilon stands differs between systems, and matters (7e-4 in a parameter after 1,001 steps of Adam). The
// defaults are PyTorch's; the enumerations below give Keras' forms.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/program.hpp"
#include "backprop/schedules.hpp"

namespace backprop {

// Adam's denominator: sqrt(v / c2) + epsilon (PyTorch since 2019), or sqrt(v) + epsilon with c2 applied outside (Keras,
// ONNX, Kingma and Ba's second form); c2 = 1 - beta_2^t.
enum class EpsilonPlace : std::uint8_t { after, before };
// sqrt(v) + epsilon (PyTorch), or sqrt(v + epsilon) (Keras).
enum class EpsilonRoot : std::uint8_t { outside, inside };

// What an optimiser's rule sees of one parameter in one step.
class ParameterUpdate {
 public:
  std::string name;     // of the parameter
  Value parameter;      // before the step; after decoupled weight decay
  Value gradient;       // after clipping and L2 weight decay
  Value learning_rate;  // float64 scalar
  Value count;          // float64 scalar: 1 in the first step
  // A float64 scalar in the parameter's element type.
  Value scalar(Value value) const;
  // A state of the optimiser, "NAME.suffix", of the parameter's shape (or `extents`), which starts at `start`.
  Value moment(std::string_view suffix, double start = 0) const;
  Value moment(std::string_view suffix, Extents extents, double start = 0) const;
  // The moment's value after the step; returns it.
  Value set(Value moment, Value next);
  // A float64 scalar that all parameters share: the state "optimiser.NAME" becomes next(its value before); returns the
  // value before and after the step.
  std::pair<Value, Value> shared(std::string_view name, double start, const std::function<Value(Value)>& next);

 private:
  friend class StepWriter;
  std::vector<std::pair<Value, Value>>* updates_ = nullptr;
};

// The rule returns the parameter after the step. An optimiser of one's own is one function.
struct Optimiser {
  std::string name;
  double learning_rate = 0;
  std::function<Value(ParameterUpdate&)> rule;
  double decoupled_weight_decay = 0;  // p := p (1 - learning_rate decay) before the rule
};

struct Sgd {
  double learning_rate = 0.01;
};
struct Momentum {
  double learning_rate = 0.01;
  double momentum = 0.9;
  bool nesterov = false;
};
struct AdaGrad {
  double learning_rate = 0.01;
  double initial_accumulator = 0;
  double epsilon = 1e-10;
  EpsilonRoot epsilon_root = EpsilonRoot::outside;
};
struct AdaDelta {
  double learning_rate = 1;
  double rho = 0.9;
  double epsilon = 1e-6;
};
struct RmsProp {
  double learning_rate = 0.01;
  double rho = 0.99;
  double momentum = 0;
  double epsilon = 1e-8;
  bool centred = false;
  EpsilonRoot epsilon_root = EpsilonRoot::outside;
};
struct Adam {
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  EpsilonPlace epsilon_place = EpsilonPlace::after;
};
struct AdamW {
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
  bool amsgrad = false;
  EpsilonPlace epsilon_place = EpsilonPlace::after;
};
struct AdaMax {
  double learning_rate = 2e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  bool epsilon_in_maximum = false;  // max(beta_2 u, |g| + epsilon) (PyTorch) for u + epsilon (Keras)
};
struct Nadam {
  double learning_rate = 2e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  double momentum_decay = 0.004;  // PyTorch; 1 in Keras
};
struct AdaFactor {
  double learning_rate = 0.01;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;  // added to the squared gradient
  double epsilon_2 = 1e-3;   // least size of a parameter that its step is measured by
  double clip_threshold = 1;
};
struct Ftrl {
  double learning_rate = 0.1;
  double learning_rate_power = -0.5;
  double initial_accumulator = 0.1;
  double l1 = 0;
  double l2 = 0;
  double l2_shrinkage = 0;
  double beta = 0;
};
struct Lion {
  double learning_rate = 1e-4;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
};
struct Lamb {
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-6;
  double weight_decay = 0;  // inside the trust ratio, as in the paper
};
struct Rprop {
  double learning_rate = 0.01;  // the first step's size
  double decrease = 0.5;
  double increase = 1.2;
  double smallest = 1e-6;
  double largest = 50;
};

Optimiser sgd(const Sgd& options = {});              // p := p - lr g
Optimiser momentum(const Momentum& options = {});    // b := mu b + g; p := p - lr b, Nesterov's: p - lr (g + mu b)
Optimiser adagrad(const AdaGrad& options = {});      // s := s + g^2; p := p - lr g / sqrt s (Duchi et al. 2011)
Optimiser adadelta(const AdaDelta& options = {});    // Zeiler 2012; epsilon inside both roots, everywhere
Optimiser rmsprop(const RmsProp& options = {});      // Tieleman and Hinton 2012; centred: Graves 2013
Optimiser adam(const Adam& options = {});            // Kingma and Ba 2015
Optimiser adamw(const AdamW& options = {});          // Loshchilov and Hutter 2019
Optimiser amsgrad(const Adam& options = {});         // Reddi et al. 2018; the maximum of the uncorrected v
Optimiser adamax(const AdaMax& options = {});        // Kingma and Ba 2015
Optimiser nadam(const Nadam& options = {});          // Dozat 2016
Optimiser adafactor(const AdaFactor& options = {});  // Shazeer and Stern 2018, as in Keras: no first moment
Optimiser ftrl(const Ftrl& options = {});            // McMahan et al. 2013, as in Keras
Optimiser lion(const Lion& options = {});            // Chen et al. 2023
Optimiser lamb(const Lamb& options = {});            // You et al. 2020; both moments corrected, epsilon after
// Resilient propagation, iRprop- (Igel and Huesken 2000; PyTorch's too): where the gradient's sign has changed, the
// step shrinks and the parameter rests. For full batches.
Optimiser rprop(const Rprop& options = {});

// By the name of its function ("adam", "rmsprop", ...) with its defaults; 0 leaves its learning rate. Throws UsageError
// naming those there are.
Optimiser optimiser(std::string_view name, double learning_rate = 0);
std::span<const std::string_view> optimiser_names();

enum class Averaging : std::uint8_t { none, exponential, polyak };

struct TrainOptions {
  Schedule schedule = nullptr;        // factor on the optimiser's learning rate, from the steps made; none: 1
  double clip_value = 0;              // each element of the gradients is kept within +-clip_value; 0: not
  double clip_norm = 0;               // then all gradients together are scaled to this 2-norm at most; 0: not
  double weight_decay = 0;            // L2: g := g + weight_decay p, after clipping
  double decoupled_weight_decay = 0;  // p := p (1 - lr decay) before the step; added to that of AdamW
  bool decay_biases = true;           // false: weights decay only, that is states of two axes and more
  // Gradients of so many runs are averaged, and parameters change at the last of them. The runs count alike.
  std::int64_t accumulate = 1;
  // A running average of each parameter, the state "NAME.average" (swap_averages() puts them to use): exponential
  // a := d a + (1 - d) p, from the first step's p on; or the mean of all (Polyak and Juditsky 1992).
  Averaging averaging = Averaging::none;
  double averaging_decay = 0.999;
  std::vector<std::string> frozen = {};  // parameters that stay: whole names, or a layer's ("dense_1")
};

// The parameters that the loss depends on, in the order of the graph, without the frozen ones.
std::vector<Value> trainable_parameters(Value loss, const std::vector<std::string>& frozen = {});

// One step: output 0 is the loss before the step; the updates are the optimiser's and those the graph already has
// (running statistics). Writes equations and updates to the loss's graph, so once a graph. Throws UsageError when no
// parameter is left to train or an option is out of range.
Program train_step(Value loss, const Optimiser& optimiser, const TrainOptions& options = {});

// Exchanges every parameter with its average; a second call gives the parameters back. Throws Error when there is none.
void swap_averages(StateStore& store);

}  // namespace backprop
