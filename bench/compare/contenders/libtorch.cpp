// PyTorch's C++ library, of the Python package: autograd, and the fused optimisers called directly.
#include <torch/torch.h>

#include "workload.hpp"

namespace {

using bench::Workload;

class LibTorch {
 public:
  LibTorch(const Workload& w, int threads) : workload_(w) {
    at::set_num_threads(threads);
    if (w.activation != "relu" && w.activation != "tanh") throw std::runtime_error("not written: " + w.activation);
    torch::globalContext().setFlushDenormal(true);
    const float* from = w.weights.data();
    for (std::size_t i = 0; i < w.layers(); ++i) {
      const std::int64_t inputs = w.widths[i], outputs = w.widths[i + 1];
      parameters_.push_back(torch::tensor(at::ArrayRef<float>(from, static_cast<std::size_t>(inputs * outputs)))
                                .view({inputs, outputs})
                                .t()
                                .contiguous()
                                .requires_grad_());
      from += inputs * outputs;
      parameters_.push_back(
          torch::tensor(at::ArrayRef<float>(from, static_cast<std::size_t>(outputs))).requires_grad_());
      from += outputs;
    }
    for (const torch::Tensor& p : parameters_) {
      first_.push_back(torch::zeros_like(p));
      second_.push_back(torch::zeros_like(p));
      steps_.push_back(torch::zeros({}));
    }
    const auto batch = static_cast<std::int64_t>(w.batch);
    for (std::size_t i = 0; i < w.batches; ++i) {
      inputs_.push_back(torch::from_blob(const_cast<float*>(w.inputs.data()) + i * w.batch * w.features(),
                                         {batch, w.widths.front()}));
      targets_.push_back(
          w.has_classes()
              ? torch::from_blob(const_cast<std::int64_t*>(w.classes.data()) + i * w.batch, {batch}, torch::kInt64)
              : torch::from_blob(const_cast<float*>(w.targets.data()) + i * w.batch * w.outputs(),
                                 {batch, w.widths.back()}));
    }
  }
  std::string version() const { return "libtorch " TORCH_VERSION; }

  void step(std::size_t batch) {
    if (workload_.forward_only) {
      const c10::InferenceMode inference;
      latest_ = forward(inputs_[batch]);
      return;
    }
    for (torch::Tensor& p : parameters_) p.mutable_grad().reset();
    const torch::Tensor y = forward(inputs_[batch]);
    latest_ =
        workload_.has_classes() ? torch::cross_entropy_loss(y, targets_[batch]) : torch::mse_loss(y, targets_[batch]);
    latest_.backward();
    const c10::InferenceMode inference;
    update();
  }
  double loss() { return latest_.mean().item<double>(); }

 private:
  torch::Tensor forward(torch::Tensor x) {
    for (std::size_t i = 0; i < parameters_.size(); i += 2) {
      x = torch::linear(x, parameters_[i], parameters_[i + 1]);
      const std::string& name = i + 2 < parameters_.size() ? workload_.activation : workload_.last;
      if (name == "relu") x = torch::relu(x);
      if (name == "tanh") x = torch::tanh(x);
      if (name == "sigmoid") x = torch::sigmoid(x);
    }
    return x;
  }
  void update() {
    std::vector<torch::Tensor> gradients;
    for (const torch::Tensor& p : parameters_) gradients.push_back(p.grad());
    if (workload_.optimiser == "adam") {
      for (torch::Tensor& s : steps_) s.add_(1);
      at::_fused_adam_(parameters_, gradients, first_, second_, {}, steps_, workload_.learning_rate, 0.9, 0.999, 0,
                       1e-8, false, false);
    } else {
      const double kept = workload_.optimiser == "momentum" ? 0.9 : 0;
      at::_fused_sgd_(parameters_, gradients, kept > 0 ? first_ : std::vector<torch::Tensor>{}, 0, kept,
                      workload_.learning_rate, 0, false, false, is_first_);
      is_first_ = false;
    }
  }

  const Workload& workload_;
  std::vector<torch::Tensor> parameters_, first_, second_, steps_, inputs_, targets_;
  torch::Tensor latest_;
  bool is_first_ = true;
};

}  // namespace

int main(int count, char** arguments) { return bench::serve<LibTorch>(count, arguments); }
