// Equations that no other kind of work computes: casts, and the operation's reference kernel.
#include "ops/ops.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

// Between the floating types: an optimiser's numbers are float64, what they are applied to may be float32.
template <class From, class To> class CastWork final : public Work {
 public:
  CastWork(const Step& step, Memory& memory) : elements_(count(step.inputs[0].extents)) {
    memory.link(&from_, step.inputs[0]);
    memory.link(&to_, step.outputs[0]);
  }

  void run(int, std::byte*) noexcept override {
    const From* const from = static_cast<const From*>(from_);
    To* const to = static_cast<To*>(to_);
    for (std::int64_t i = 0; i < elements_; ++i) to[i] = static_cast<To>(from[i]);
  }

 private:
  std::int64_t elements_;
  void* from_ = nullptr;
  void* to_ = nullptr;
};

class ReferenceWork final : public Work {
 public:
  ReferenceWork(const Step& step, Memory& memory, RunState& state)
      : equation_(*step.equation), sizes_(memory.plan().sizes), state_(state) {
    const auto take = [&](const std::vector<View>& views, std::vector<TensorView>& to) {
      to.resize(views.size());
      for (std::size_t i = 0; i < views.size(); ++i) {
        to[i] = {memory.dtype(views[i]), views[i].extents, nullptr};
        memory.link(&to[i].data, views[i]);
      }
    };
    take(step.inputs, inputs_);
    take(step.outputs, outputs_);
  }

  void run(int, std::byte*) noexcept override {
    try {
      equation_.operation->reference({equation_.attributes, inputs_, outputs_, sizes_, state_.seed, state_.step});
    } catch (...) {
      error = std::current_exception();
      state_.failed = true;
    }
  }

 private:
  const Equation& equation_;
  const Bindings& sizes_;
  RunState& state_;
  std::vector<TensorView> inputs_, outputs_;
};

}  // namespace

std::unique_ptr<Work> make_call_work(const Step& step, Memory& memory, RunState& state) {
  if (step.equation->operation == &ops::cast) {
    const DType from = memory.dtype(step.inputs[0]), to = memory.dtype(step.outputs[0]);
    if (from == float64 && to == float32) return std::make_unique<CastWork<double, float>>(step, memory);
    if (from == float32 && to == float64) return std::make_unique<CastWork<float, double>>(step, memory);
  }
  return std::make_unique<ReferenceWork>(step, memory, state);
}

}  // namespace backprop::cpu
