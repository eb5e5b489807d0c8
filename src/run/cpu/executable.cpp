#include "run/cpu/executable.hpp"

#include "base/floating_mode.hpp"
#include "run/cpu/finite.hpp"

namespace backprop::cpu {

Executable::Executable(Plan plan, std::vector<StateStore::Entry*> states, int threads)
    : plan_(std::move(plan)), memory_(plan_), states_(std::move(states)) {
  for (std::size_t b = 0; b < plan_.buffers.size(); ++b) {
    const Buffer& buffer = plan_.buffers[b];
    if (buffer.kind != BufferKind::input && buffer.kind != BufferKind::state) continue;
    auto& list = buffer.kind == BufferKind::input ? input_buffers_ : state_buffers_;
    if (list.size() <= static_cast<std::size_t>(buffer.source))
      list.resize(static_cast<std::size_t>(buffer.source) + 1, -1);
    list[static_cast<std::size_t>(buffer.source)] = static_cast<Index>(b);
  }
  std::size_t largest = 0;
  for (const Step& step : plan_.steps) {
    switch (step.kind) {
      case StepKind::tile: works_.push_back(make_tile_work(step, memory_, threads)); break;
      case StepKind::product: works_.push_back(make_product_work(step, memory_, threads)); break;
      case StepKind::copy: works_.push_back(make_copy_work(step, memory_)); break;
      case StepKind::call: works_.push_back(make_call_work(step, memory_, state_, threads)); break;
    }
    largest = std::max(largest, works_.back()->scratch_bytes);
    parts_ = std::max(parts_, works_.back()->parts);
  }
  scratch_stride_ = (largest + 127) / 64 * 64;
  scratch_.reset(new (std::align_val_t{64}) std::byte[scratch_stride_ * static_cast<std::size_t>(parts_)]);
  const FloatingMode mode;
  for (Index s = 0; s < plan_.once; ++s) works_[static_cast<std::size_t>(s)]->run(0, scratch(0));
}

bool Executable::run(std::span<const TensorView> inputs, const StateStore& store, Device*, bool check_finite) {
  for (std::size_t i = 0; i < input_buffers_.size(); ++i) {
    if (input_buffers_[i] >= 0) memory_.moved(input_buffers_[i], inputs[i].data);
  }
  for (std::size_t i = 0; i < state_buffers_.size(); ++i) {
    if (state_buffers_[i] >= 0) memory_.moved(state_buffers_[i], states_[i]->tensor.data());
  }
  state_ = {store.seed(), store.step(), nullptr};
  const FloatingMode mode;
  const auto commit = static_cast<std::size_t>(plan_.commit);
  const auto run_all = [&](std::size_t begin, std::size_t end) {
    for (std::size_t s = begin; s < end; ++s) {
      for (int part = 0; part < works_[s]->parts; ++part) works_[s]->run(part, scratch(0));
    }
  };
  run_all(static_cast<std::size_t>(plan_.once), commit);
  if (state_.error) std::rethrow_exception(state_.error);
  if (check_finite && !ready()) return false;
  run_all(commit, works_.size());
  return true;
}

bool Executable::ready() const {
  for (const View& view : plan_.checked) {
    const std::int64_t n = count(view.extents);
    const bool finite = memory_.dtype(view) == DType::float32
                            ? all_finite(static_cast<const float*>(memory_.address(view)), n)
                            : all_finite(static_cast<const double*>(memory_.address(view)), n);
    if (!finite) return false;
  }
  return true;
}

TensorView Executable::output(int k) const {
  const View& view = plan_.outputs[static_cast<std::size_t>(k)];
  return {memory_.dtype(view), view.extents, memory_.address(view)};
}

double Executable::flops() const {
  double sum = 0;
  for (const auto& work : works_) sum += work->flops;
  return sum;
}

}  // namespace backprop::cpu
