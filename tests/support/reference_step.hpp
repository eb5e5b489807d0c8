// A program run by the reference evaluation: the same steps as compile()'s, one plain loop at a time.
// Thread safety: as for Compiled.
#pragma once
#include "backprop/compile.hpp"
#include "run/reference.hpp"

namespace backprop {

class ReferenceStep {
 public:
  explicit ReferenceStep(const Program& program, std::uint64_t seed = 0)
      : graph_(program.outputs.empty() ? *program.graph : *program.outputs[0].graph),
        updates_(program.updates),
        outputs_(program.outputs.size()),
        store_(std::make_shared<StateStore>(seed)) {
    for (const Value& v : program.outputs) values_.push_back(graph_.value(v.index));
    for (const Update& u : updates_) values_.push_back(graph_.value(u.value));
    for (const StateSpec& spec : graph_.states()) store_->require(spec);
  }

  void run(std::initializer_list<TensorView> inputs) {
    results_ = evaluate_reference(graph_, values_, std::span(inputs.begin(), inputs.size()), *store_);
    for (std::size_t k = 0; k < updates_.size(); ++k) (*store_)[updates_[k].state] = results_[outputs_ + k];
    if (!updates_.empty()) store_->set_step(store_->step() + 1);
  }
  double scalar(int k = 0) const { return to_doubles(results_[static_cast<std::size_t>(k)])[0]; }
  const Tensor& output(int k = 0) const { return results_[static_cast<std::size_t>(k)]; }
  StateStore& states() { return *store_; }

 private:
  Graph graph_;
  std::vector<Value> values_;
  std::vector<Update> updates_;
  std::size_t outputs_;
  std::shared_ptr<StateStore> store_;
  std::vector<Tensor> results_;
};

}  // namespace backprop
