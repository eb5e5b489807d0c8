// Functions of the rows of a matrix: softmax and its kin, cross-entropy and its gradient.
#include "ops/ops.hpp"
#include "plan/special_forms.hpp"
#include "run/cpu/row_kernels.hpp"
#include "run/cpu/share.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

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

template <class T> std::unique_ptr<Work> make(const Step& step, Memory& memory, RunState& state, int threads) {
  const Operation* const op = step.equation->operation;
  const auto rows = [&](typename RowWork<T>::Kernel kernel, bool one_result) {
    return std::make_unique<RowWork<T>>(kernel, one_result, step, memory, threads);
  };
  if (op == &ops::softmax) return rows(softmax_rows<T>, false);
  if (op == &ops::log_softmax) return rows(log_softmax_rows<T>, false);
  if (op == &ops::logsumexp) return rows(logsumexp_rows<T>, true);
  if (op != &cross_entropy_gradient && op != &ops::softmax_cross_entropy) return nullptr;
  switch (memory.dtype(step.inputs[1])) {
    case DType::int32: return std::make_unique<CrossEntropyWork<T, std::int32_t>>(step, memory, state, threads);
    case DType::int64: return std::make_unique<CrossEntropyWork<T, std::int64_t>>(step, memory, state, threads);
    default: return std::make_unique<CrossEntropyWork<T, T>>(step, memory, state, threads);
  }
}

}  // namespace

std::unique_ptr<Work> make_row_work(const Step& step, Memory& memory, RunState& state, int threads) {
  switch (memory.dtype(step.outputs[0])) {
    case DType::float32: return make<float>(step, memory, state, threads);
    case DType::float64: return make<double>(step, memory, state, threads);
    default: return nullptr;
  }
}

}  // namespace backprop::cpu
