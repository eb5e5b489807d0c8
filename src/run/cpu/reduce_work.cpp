// Reductions over neighbouring axes.
#include <hwy/base.h>

#include "ops/ops.hpp"
#include "run/cpu/reduce.hpp"
#include "run/cpu/reduction_kind.hpp"
#include "run/cpu/share.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

template <class T> class ReduceWork final : public Work {
 public:
  ReduceWork(Reduction kind, const Step& step, Memory& memory, int threads) : kernels_(reduce_kernels<T>(kind)) {
    const Integers& axes = step.equation->attributes.integers("axes");
    const ops::AxisView axis =
        ops::view_axes(step.inputs[0].extents, static_cast<int>(axes.front()), static_cast<int>(axes.back()) + 1);
    outer_ = axis.outer, length_ = axis.length, inner_ = axis.inner;
    memory.link(&x_, step.inputs[0]);
    memory.link(&y_, step.outputs[0]);
    by_outer_ = outer_ >= threads || outer_ > inner_;
    nanoseconds = 0.1 * static_cast<double>(outer_ * length_ * inner_);
    parts = parts_for(outer_ * length_ * inner_ * 2, by_outer_ ? outer_ : (inner_ + 15) / 16, threads);
  }

  // (What is shared is no part of it, so that it saves no registers.)
  void run(int part, std::byte*) noexcept override {
    if (parts > 1) return run_part(part);
    if (inner_ == 1) return kernels_.rows(x_, outer_, length_, length_, y_);
    if (outer_ == 1) return kernels_.columns(x_, length_, inner_, inner_, y_);
    run_block(0, outer_, 0, inner_);
  }

 private:
  HWY_NOINLINE void run_part(int part) noexcept {
    if (by_outer_) {
      const Share outer(outer_, part, parts);
      return run_block(outer.begin, outer.end, 0, inner_);
    }
    const Share blocks((inner_ + 15) / 16, part, parts);
    run_block(0, outer_, blocks.begin * 16, std::min(inner_, blocks.end * 16));
  }

  HWY_NOINLINE void run_block(std::int64_t first, std::int64_t last, std::int64_t begin, std::int64_t end) noexcept {
    if (inner_ == 1) return kernels_.rows(x_ + first * length_, last - first, length_, length_, y_ + first);
    for (std::int64_t o = first; o < last; ++o) {
      kernels_.columns(x_ + o * length_ * inner_ + begin, length_, end - begin, inner_, y_ + o * inner_ + begin);
    }
  }

  const ReduceKernels<T>& kernels_;
  std::int64_t outer_, length_, inner_;
  bool by_outer_;
  const T* x_ = nullptr;
  T* y_ = nullptr;
};

}  // namespace

std::unique_ptr<Work> make_reduce_work(const Step& step, Memory& memory, int threads) {
  const auto kind = reduction_kind(*step.equation->operation);
  if (!kind) return nullptr;
  switch (memory.dtype(step.outputs[0])) {
    case DType::float32: return std::make_unique<ReduceWork<float>>(*kind, step, memory, threads);
    case DType::float64: return std::make_unique<ReduceWork<double>>(*kind, step, memory, threads);
    default: return nullptr;
  }
}

}  // namespace backprop::cpu
