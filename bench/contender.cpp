// This project's side of bench/compare (its README has the protocol): build/bench/bench_contender THREADS
#include <algorithm>
#include <numeric>

#include "backprop/backprop.hpp"
#include "bench/compare/contenders/workload.hpp"

namespace {

using namespace backprop;
using bench::Workload;

Optimiser optimiser_of(const Workload& w) {
  const EpsilonPlace place = w.epsilon_place == "before" ? EpsilonPlace::before : EpsilonPlace::after;
  if (w.optimiser == "adam") return adam({.learning_rate = w.learning_rate, .epsilon_place = place});
  if (w.optimiser == "rprop") return rprop({.learning_rate = w.learning_rate});
  return optimiser(w.optimiser, w.learning_rate);
}

Activation activation_of(const std::string& name) {
  if (name != "hard_sigmoid") return activation(name);
  return [](Value x) { return hard_sigmoid(x, 1.0 / 6); };  // PyTorch's; the default is ONNX's
}

class Ours {
 public:
  Ours(const Workload& w, int threads) : workload_(w) {
    std::vector<Layer> layers;
    for (std::size_t i = 1; i < w.widths.size(); ++i) {
      layers.push_back(dense(w.widths[i], activation_of(i + 1 < w.widths.size() ? w.activation : w.last)));
    }
    Graph g;
    const Dim B = named("B");
    const Value x = g.input({B, w.widths.front()});
    const Value y = Network("", layers)(x);
    const CompileOptions options{.device = std::make_shared<Device>(DeviceOptions{.threads = threads})};
    if (w.forward_only) {
      step_ = std::make_unique<Compiled>(compile(y, options));
    } else {
      const Value t = w.has_classes() ? g.input({B}, int64) : g.input({B, w.widths.back()});
      const Value loss = w.has_classes() ? cross_entropy(y, t) : squared_error(y, t);
      step_ = std::make_unique<Compiled>(compile(train_step(loss, optimiser_of(w)), options));
    }
    set_weights();
    const auto batch = static_cast<std::int64_t>(w.batch);
    inputs_ = {float32, {batch, w.widths.front()}};
    targets_ = w.has_classes() ? TensorView{int64, {batch}} : TensorView{float32, {batch, w.widths.back()}};
  }
  std::string version() const { return "backprop"; }
  void step(std::size_t batch) {
    inputs_.data = const_cast<float*>(workload_.inputs.data() + batch * workload_.batch * workload_.features());
    if (workload_.forward_only) return step_->run({inputs_});
    if (workload_.has_classes()) {
      targets_.data = const_cast<std::int64_t*>(workload_.classes.data() + batch * workload_.batch);
    } else {
      targets_.data = const_cast<float*>(workload_.targets.data() + batch * workload_.batch * workload_.outputs());
    }
    step_->run({inputs_, targets_});
  }
  double loss() {
    if (!workload_.forward_only) return step_->scalar();
    const auto* y = static_cast<const float*>(step_->output().data);
    const std::size_t n = workload_.batch * workload_.outputs();
    return std::accumulate(y, y + n, 0.0) / static_cast<double>(n);
  }

 private:
  void set_weights() {
    const auto* from = reinterpret_cast<const std::byte*>(workload_.weights.data());
    for (std::size_t i = 1; i <= workload_.layers(); ++i) {
      for (const char* part : {".weight", ".bias"}) {
        Tensor& state = step_->states()["dense_" + std::to_string(i) + part];
        std::copy_n(from, state.bytes(), static_cast<std::byte*>(state.data()));
        from += state.bytes();
      }
    }
  }

  const Workload& workload_;
  std::unique_ptr<Compiled> step_;
  TensorView inputs_, targets_;  // of the batch at hand
};

}  // namespace

int main(int count, char** arguments) { return bench::serve<Ours>(count, arguments); }
