// Equations that are neither elementwise nor a product: reductions and row kernels where there are fast ones, otherwise
// the operation's reference kernel.
#include <hwy/base.h>

#include "base/dispatch.hpp"
#include "ops/ops.hpp"
#include "plan/special_forms.hpp"
#include "run/cpu/reduce.hpp"
#include "run/cpu/reduction_kind.hpp"
#include "run/cpu/row_kernels.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

// One share of [0, n) for a part.
struct Share {
  std::int64_t begin, end;
  Share(std::int64_t n, int part, int parts) : begin(0), end(n) {
    if (parts > 1) begin = n * part / parts, end = n * (part + 1) / parts;
  }
  std::int64_t size() const { return end - begin; }
};

int parts_for(std::int64_t elements, std::int64_t units, int threads) {
  constexpr std::int64_t least = 20000;
  return static_cast<int>(std::clamp<std::int64_t>(std::min(elements / least, units), 1, threads));
}

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

// A function of the rows of a matrix, with one result a row or one an element.
template <class T> class RowWork final : public Work {
 public:
  using Kernel = void (*)(const T*, std::int64_t, std::int64_t, T*) noexcept;
  RowWork(Kernel kernel, bool one_result, const Step& step, Memory& memory, int threads) : kernel_(kernel) {
    columns_ = step.inputs[0].extents.back();
    rows_ = step.inputs[0].extents.front();
    result_columns_ = one_result ? 1 : columns_;
    memory.link(&x_, step.inputs[0]);
    memory.link(&y_, step.outputs[0]);
    nanoseconds = 1.0 * static_cast<double>(rows_ * columns_);
    parts = parts_for(rows_ * columns_ * 8, rows_, threads);
  }

  void run(int part, std::byte*) noexcept override {
    const Share rows(rows_, part, parts);
    kernel_(static_cast<const T*>(x_) + rows.begin * columns_, rows.size(), columns_,
            static_cast<T*>(y_) + rows.begin * result_columns_);
  }

 private:
  Kernel kernel_;
  std::int64_t rows_, columns_, result_columns_;
  void* x_ = nullptr;
  void* y_ = nullptr;
};

void check_classes(std::int64_t found, std::int64_t row, std::int64_t classes) {
  if (found >= 0 && found < classes) return;
  throw Error("[softmax_cross_entropy] row " + std::to_string(row) + ": class " + std::to_string(found) +
              " is out of range for " + std::to_string(classes) + " classes");
}

// The loss of each row, the gradient, or both (join_cross_entropy).
template <class T, class Target> class CrossEntropyWork final : public Work {
 public:
  CrossEntropyWork(const Step& step, Memory& memory, RunState& state, int threads)
      : kernels_(row_kernels<T>()), state_(state) {
    columns_ = step.inputs[0].extents.back();
    rows_ = count(step.inputs[0].extents) / std::max<std::int64_t>(1, columns_);
    memory.link(&logits_, step.inputs[0]);
    memory.link(&target_, step.inputs[1]);
    const bool gradient = step.inputs.size() == 3;
    if (gradient) {
      memory.link(&cotangent_, step.inputs[2]);
      memory.link(&gradient_, step.outputs[0]);
      stride_ = step.inputs[2].extents.empty() ? 0 : 1;
    }
    has_loss_ = !gradient || step.outputs.size() == 2;
    if (has_loss_) {
      memory.link(&loss_, step.outputs.back());
      rows_ = count(step.outputs.back().extents);
    }
    nanoseconds = 1.0 * static_cast<double>(rows_ * columns_);
    parts = parts_for(rows_ * columns_ * 8, rows_, threads);
  }

  void run(int part, std::byte*) noexcept override {
    const Share rows(rows_, part, parts);
    const T* const logits = static_cast<const T*>(logits_) + rows.begin * columns_;
    T* const loss = has_loss_ ? static_cast<T*>(loss_) + rows.begin : nullptr;
    const Target* target = static_cast<const Target*>(target_);
    if constexpr (std::is_integral_v<Target>) {
      if (part == 0 && has_loss_) check(target);
      target += rows.begin;
    } else {
      target += rows.begin * columns_;
    }
    if (cotangent_ == nullptr) {
      kernels_.cross_entropy(logits, RowTargets<T>(target), rows.size(), columns_, loss, nullptr);
    } else {
      kernels_.cross_entropy_gradient(logits, RowTargets<T>(target),
                                      static_cast<const T*>(cotangent_) + rows.begin * stride_, stride_, rows.size(),
                                      columns_, static_cast<T*>(gradient_) + rows.begin * columns_, loss);
    }
  }

 private:
  void check(const Target* target) noexcept {
    bool bad = false;
    for (std::int64_t r = 0; r < rows_; ++r) {
      bad |= static_cast<std::uint64_t>(target[r]) >= static_cast<std::uint64_t>(columns_);
    }
    if (!bad) return;
    try {
      for (std::int64_t r = 0; r < rows_; ++r) check_classes(static_cast<std::int64_t>(target[r]), r, columns_);
    } catch (...) {
      error = std::current_exception();
      state_.failed = true;
    }
  }

  const RowKernels<T>& kernels_;
  RunState& state_;
  std::int64_t rows_, columns_, stride_ = 0;
  bool has_loss_;
  void* logits_ = nullptr;
  void* target_ = nullptr;
  void* cotangent_ = nullptr;
  void* gradient_ = nullptr;
  void* loss_ = nullptr;
};

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

template <class T> std::unique_ptr<Work> make_fast(const Step& step, Memory& memory, RunState& state, int threads) {
  const Operation* const op = step.equation->operation;
  using Other = std::conditional_t<std::is_same_v<T, float>, double, float>;
  if (op == &ops::cast && memory.dtype(step.inputs[0]) == dtype_of<Other>) {
    return std::make_unique<CastWork<Other, T>>(step, memory);
  }
  if (const auto kind = reduction_kind(*op)) return std::make_unique<ReduceWork<T>>(*kind, step, memory, threads);
  const auto rows = [&](typename RowWork<T>::Kernel kernel, bool one_result) {
    return std::make_unique<RowWork<T>>(kernel, one_result, step, memory, threads);
  };
  if (op == &ops::softmax) return rows(softmax_rows<T>, false);
  if (op == &ops::log_softmax) return rows(log_softmax_rows<T>, false);
  if (op == &ops::logsumexp) return rows(logsumexp_rows<T>, true);
  if (op == &cross_entropy_gradient || op == &ops::softmax_cross_entropy) {
    switch (memory.dtype(step.inputs[1])) {
      case DType::int32: return std::make_unique<CrossEntropyWork<T, std::int32_t>>(step, memory, state, threads);
      case DType::int64: return std::make_unique<CrossEntropyWork<T, std::int64_t>>(step, memory, state, threads);
      default: return std::make_unique<CrossEntropyWork<T, T>>(step, memory, state, threads);
    }
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Work> make_call_work(const Step& step, Memory& memory, RunState& state, int threads) {
  std::unique_ptr<Work> work = make_random_work(step, memory, state, threads);
  if (work) return work;
  const DType dtype = memory.dtype(step.outputs[0]);
  if (dtype == DType::float32) work = make_fast<float>(step, memory, state, threads);
  if (dtype == DType::float64) work = make_fast<double>(step, memory, state, threads);
  if (!work) work = std::make_unique<ReferenceWork>(step, memory, state);
  return work;
}

}  // namespace backprop::cpu
