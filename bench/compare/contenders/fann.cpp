// FANN: its forward and backward passes and slopes; what it lacks stands here: softmax with cross-entropy, and momentum
// and Adam on whole batches. It has no relu. One thread.
#include <floatfann.h>

#include "workload.hpp"

// Of fann_internal.h, which no program is meant to include.
extern "C" {
void fann_compute_MSE(fann* net, fann_type* desired);
void fann_backpropagate_MSE(fann* net);
void fann_update_slopes_batch(fann* net, fann_layer* first, fann_layer* last);
}

namespace {

using bench::Workload;

class Fann {
 public:
  Fann(const Workload& w, int threads) : workload_(w) {
    if (threads != 1) throw std::runtime_error("FANN has one thread");
    const std::vector<unsigned> widths(w.widths.begin(), w.widths.end());
    net_ = fann_create_standard_array(static_cast<unsigned>(widths.size()), widths.data());
    set_activation(
        w.activation, [&](auto function) { fann_set_activation_function_hidden(net_, function); },
        [&](float steepness) { fann_set_activation_steepness_hidden(net_, steepness); });
    set_activation(
        w.last, [&](auto function) { fann_set_activation_function_output(net_, function); },
        [&](float steepness) { fann_set_activation_steepness_output(net_, steepness); });
    fann_set_train_error_function(net_, FANN_ERRORFUNC_LINEAR);
    const float* from = w.weights.data();
    float* to = net_->weights;
    for (std::size_t layer = 0; layer < w.layers(); ++layer) {
      const auto inputs = static_cast<std::size_t>(w.widths[layer]),
                 outputs = static_cast<std::size_t>(w.widths[layer + 1]);
      for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t i = 0; i <= inputs; ++i) *to++ = from[i * outputs + o];  // the bias stands last
      }
      from += (inputs + 1) * outputs;
    }
    momentum_.resize(net_->total_connections);
    variance_.resize(net_->total_connections);
    desired_.resize(w.outputs());
  }
  Fann(const Fann&) = delete;
  Fann& operator=(const Fann&) = delete;
  ~Fann() { fann_destroy(net_); }
  std::string version() const { return "FANN 2.2.0"; }

  void step(std::size_t batch) {
    const Workload& w = workload_;
    sum_ = 0;
    for (std::size_t row = batch * w.batch; row < (batch + 1) * w.batch; ++row) {
      const float* y = fann_run(net_, const_cast<float*>(w.inputs.data()) + row * w.features());
      if (w.forward_only) {
        for (std::size_t o = 0; o < w.outputs(); ++o) sum_ += static_cast<double>(y[o]);
        continue;
      }
      if (w.has_classes()) {
        softmax(y, static_cast<std::size_t>(w.classes[row]));
      } else {
        for (std::size_t o = 0; o < w.outputs(); ++o) {
          desired_[o] = w.targets[row * w.outputs() + o];
          sum_ += static_cast<double>((desired_[o] - y[o]) * (desired_[o] - y[o]));
        }
      }
      fann_compute_MSE(net_, desired_.data());
      fann_backpropagate_MSE(net_);
      fann_update_slopes_batch(net_, net_->first_layer + 1, net_->last_layer - 1);
    }
    if (!w.forward_only) update();
  }
  double loss() {
    const double rows = static_cast<double>(workload_.batch);
    return sum_ / (workload_.has_classes() && !workload_.forward_only
                       ? rows
                       : rows * static_cast<double>(workload_.outputs()));
  }

 private:
  // FANN's sigmoid is 1 / (1 + exp(-2 steepness x)).
  template <class SetFunction, class SetSteepness>
  static void set_activation(const std::string& name, SetFunction set_function, SetSteepness set_steepness) {
    if (name != "tanh" && name != "sigmoid" && name != "identity") throw std::runtime_error("FANN has no " + name);
    set_function(name == "tanh" ? FANN_SIGMOID_SYMMETRIC : name == "sigmoid" ? FANN_SIGMOID : FANN_LINEAR);
    set_steepness(name == "sigmoid" ? 0.5f : 1.0f);
  }

  // Makes the difference that FANN takes for the error, desired - y, be target - softmax(y).
  void softmax(const float* y, std::size_t target) {
    float largest = y[0], total = 0;
    for (std::size_t o = 0; o < desired_.size(); ++o) largest = std::max(largest, y[o]);
    for (std::size_t o = 0; o < desired_.size(); ++o) total += desired_[o] = std::exp(y[o] - largest);
    for (std::size_t o = 0; o < desired_.size(); ++o) desired_[o] = y[o] - desired_[o] / total;
    desired_[target] += 1;
    sum_ += static_cast<double>(std::log(total) + largest - y[target]);
  }

  void update() {
    const Workload& w = workload_;
    const auto rows = static_cast<float>(w.batch);
    const float scale = w.has_classes() ? -1 / rows : -2 / (rows * static_cast<float>(w.outputs()));
    const auto rate = static_cast<float>(w.learning_rate);
    float *p = net_->weights, *slope = net_->train_slopes, *m = momentum_.data(), *v = variance_.data();
    const unsigned n = net_->total_connections;
    if (w.optimiser == "adam") {
      ++steps_;
      const auto m_scale = static_cast<float>(w.learning_rate / (1 - std::pow(0.9, steps_)));
      const auto v_scale = static_cast<float>(1 / std::sqrt(1 - std::pow(0.999, steps_)));
      for (unsigned i = 0; i < n; ++i) {
        const float g = scale * slope[i];
        m[i] = 0.9f * m[i] + 0.1f * g;
        v[i] = 0.999f * v[i] + 0.001f * g * g;
        p[i] -= m_scale * m[i] / (std::sqrt(v[i]) * v_scale + 1e-8f);
        slope[i] = 0;
      }
    } else {
      const float kept = w.optimiser == "momentum" ? 0.9f : 0.0f;
      for (unsigned i = 0; i < n; ++i) {
        m[i] = kept * m[i] + scale * slope[i];
        p[i] -= rate * m[i];
        slope[i] = 0;
      }
    }
  }

  const Workload& workload_;
  fann* net_ = nullptr;
  std::vector<float> momentum_, variance_, desired_;
  double sum_ = 0;
  int steps_ = 0;
};

}  // namespace

int main(int count, char** arguments) { return bench::serve<Fann>(count, arguments); }
