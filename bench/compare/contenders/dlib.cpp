// dlib: networks are types, so it has those of the comparison only. Its threads are its BLAS library's.
#include <dlib/dnn.h>
#include <dlib/revision.h>

#include <cstdlib>

#include "workload.hpp"

namespace {

using namespace dlib;
using bench::Workload;

using Inputs = input<matrix<float>>;
using Xor = loss_mean_squared<sig<fc<1, htan<fc<4, Inputs>>>>>;
using Iris = loss_multiclass_log<fc<3, relu<fc<16, Inputs>>>>;
using Digits = loss_multiclass_log<fc<10, relu<fc<128, relu<fc<256, Inputs>>>>>>;
using Wide = loss_mean_squared_multioutput<fc<1024, relu<fc<2048, relu<fc<2048, Inputs>>>>>>;

struct Steps {
  virtual ~Steps() = default;
  virtual void step(std::size_t batch) = 0;
  virtual double loss() = 0;
};

template <class Net, class Solver> class NetSteps : public Steps {
 public:
  NetSteps(const Workload& w, const Solver& solver) : workload_(w), solvers_(Net::num_computational_layers, solver) {
    for (std::size_t i = 0; i < w.batches; ++i) {
      std::vector<matrix<float>> rows;
      labels_.emplace_back();
      for (std::size_t row = i * w.batch; row < (i + 1) * w.batch; ++row) {
        rows.emplace_back(mat(w.inputs.data() + row * w.features(), static_cast<long>(w.features())));
        labels_[i].push_back(label(row));
      }
      inputs_.emplace_back();
      net_.to_tensor(rows.begin(), rows.end(), inputs_[i]);
    }
    net_.subnet().forward(inputs_[0]);  // makes the parameters
    std::vector<tensor*> parameters;
    visit_layer_parameters(net_, [&](std::size_t, tensor& part) {
      if (part.size() != 0) parameters.insert(parameters.begin(), &part);  // the last layer comes first
    });
    const float* from = w.weights.data();
    for (tensor* part : parameters) {
      std::copy_n(from, part->size(), part->host());
      from += part->size();
    }
  }
  void step(std::size_t batch) override {
    if (workload_.forward_only) {
      net_.subnet().forward(inputs_[batch]);
    } else {
      loss_ = net_.compute_parameter_gradients(inputs_[batch], labels_[batch].begin());
      net_.update_parameters(solvers_, workload_.learning_rate * rate_scale());
    }
  }
  double loss() override {
    if (!workload_.forward_only) return loss_ * loss_scale();
    const tensor& y = net_.subnet().get_output();
    double sum = 0;
    for (float v : y) sum += static_cast<double>(v);
    return sum / static_cast<double>(y.size());
  }

 private:
  using Label = typename Net::training_label_type;

  Label label(std::size_t row) const {
    if constexpr (std::is_same_v<Label, unsigned long>) return static_cast<Label>(workload_.classes[row]);
    if constexpr (std::is_same_v<Label, float>) return workload_.targets[row];
    if constexpr (std::is_same_v<Label, matrix<float>>) {
      return mat(workload_.targets.data() + row * workload_.outputs(), static_cast<long>(workload_.outputs()));
    }
  }
  // dlib's squared error is a sum over the outputs, and its gradient half of what the derivative is.
  double loss_scale() const { return workload_.has_classes() ? 1 : 1 / static_cast<double>(workload_.outputs()); }
  double rate_scale() const { return workload_.has_classes() ? 1 : 2 * loss_scale(); }

  const Workload& workload_;
  Net net_;
  std::vector<Solver> solvers_;
  std::vector<resizable_tensor> inputs_;
  std::vector<std::vector<Label>> labels_;
  double loss_ = 0;
};

template <class Net> std::unique_ptr<Steps> with_solver(const Workload& w) {
  if (w.optimiser == "adam") return std::make_unique<NetSteps<Net, adam>>(w, adam(0, 0.9f, 0.999f));
  return std::make_unique<NetSteps<Net, sgd>>(w, sgd(0, w.optimiser == "momentum" ? 0.9f : 0));
}

std::unique_ptr<Steps> steps_of(const Workload& w) {
  using Widths = std::vector<std::int64_t>;
  if (w.widths == Widths{2, 4, 1} && w.activation == "tanh" && w.last == "sigmoid") return with_solver<Xor>(w);
  if (w.widths == Widths{4, 16, 3} && w.activation == "relu") return with_solver<Iris>(w);
  if (w.widths == Widths{784, 256, 128, 10} && w.activation == "relu") return with_solver<Digits>(w);
  if (w.widths == Widths{1024, 2048, 2048, 1024} && w.activation == "relu") return with_solver<Wide>(w);
  throw std::runtime_error("dlib's side has no such network");
}

class Dlib {
 public:
  Dlib(const Workload& w, int /*threads*/) : steps_(steps_of(w)) {}
  std::string version() const {
    return "dlib " + std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION) + " with OpenBLAS";
  }
  void step(std::size_t batch) { steps_->step(batch); }
  double loss() { return steps_->loss(); }

 private:
  std::unique_ptr<Steps> steps_;
};

}  // namespace

int main(int count, char** arguments) { return bench::serve<Dlib>(count, arguments); }
