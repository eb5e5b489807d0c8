// Equations that are neither elementwise nor a product: reductions and row kernels where there are fast ones, otherwise
// the operation's reference kernel.
#include "base/dispatch.hpp"
#include "ops/ops.hpp"
#include "plan/special_forms.hpp"
#include "run/cpu/reduce.hpp"
#include "run/cpu/reduction_kind.hpp"
#include "run/cpu/row.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

// One share of [0, n) for a part.
struct Share {
  std::int64_t begin, end;
  Share(std::int64_t n, int part, int parts) : begin(n * part / parts), end(n * (part + 1) / parts) {}
  std::int64_t size() const { return end - begin; }
};

int parts_for(std::int64_t elements, std::int64_t units, int threads) {
  constexpr std::int64_t least = 20000;
  return static_cast<int>(std::clamp<std::int64_t>(std::min(elements / least, units), 1, threads));
}

template <class T> class ReduceWork final : public Work {
 public:
  ReduceWork(Reduction kind, const Step& step, Memory& memory, int threads) : kind_(kind) {
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

  void run(int part, std::byte*) noexcept override {
    const T* const x = static_cast<const T*>(x_);
    T* const y = static_cast<T*>(y_);
    if (by_outer_ || parts == 1) {
      const Share o(outer_, part, parts);
      return reduce(kind_, x + o.begin * length_ * inner_, o.size(), length_, inner_, y + o.begin * inner_);
    }
    const Share blocks((inner_ + 15) / 16, part, parts);
    const std::int64_t begin = blocks.begin * 16, end = std::min(inner_, blocks.end * 16);
    for (std::int64_t o = 0; o < outer_; ++o) {
      reduce_columns(kind_, x + o * length_ * inner_ + begin, length_, end - begin, inner_, y + o * inner_ + begin);
    }
  }

 private:
  Reduction kind_;
  std::int64_t outer_, length_, inner_;
  bool by_outer_;
  void* x_ = nullptr;
  void* y_ = nullptr;
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

template <class T, class Target> class CrossEntropyWork final : public Work {
 public:
  CrossEntropyWork(const Step& step, Memory& memory, RunState& state, int threads) : state_(state) {
    columns_ = step.inputs[0].extents.back();
    rows_ = count(step.outputs[0].extents);
    memory.link(&logits_, step.inputs[0]);
    memory.link(&target_, step.inputs[1]);
    memory.link(&loss_, step.outputs[0]);
    nanoseconds = 1.0 * static_cast<double>(rows_ * columns_);
    parts = parts_for(rows_ * columns_ * 8, rows_, threads);
  }

  void run(int part, std::byte*) noexcept override {
    const Share rows(rows_, part, parts);
    const T* const logits = static_cast<const T*>(logits_) + rows.begin * columns_;
    T* const loss = static_cast<T*>(loss_) + rows.begin;
    const Target* target = static_cast<const Target*>(target_);
    if constexpr (std::is_integral_v<Target>) {
      if (part == 0) check(target);
      target += rows.begin;
    } else {
      target += rows.begin * columns_;
    }
    softmax_cross_entropy_rows(logits, RowTargets<T>(target), rows.size(), columns_, loss, static_cast<T*>(nullptr));
  }

 private:
  void check(const Target* target) noexcept {
    try {
      for (std::int64_t r = 0; r < rows_; ++r) check_classes(static_cast<std::int64_t>(target[r]), r, columns_);
    } catch (...) {
      if (!state_.error) state_.error = std::current_exception();
    }
  }

  RunState& state_;
  std::int64_t rows_, columns_;
  void* logits_ = nullptr;
  void* target_ = nullptr;
  void* loss_ = nullptr;
};

template <class T, class Target> class CrossEntropyGradientWork final : public Work {
 public:
  CrossEntropyGradientWork(const Step& step, Memory& memory, int threads) {
    columns_ = step.inputs[0].extents.back();
    rows_ = count(step.inputs[1].extents);
    stride_ = step.inputs[2].extents.empty() ? 0 : 1;
    memory.link(&logits_, step.inputs[0]);
    memory.link(&target_, step.inputs[1]);
    memory.link(&cotangent_, step.inputs[2]);
    memory.link(&gradient_, step.outputs[0]);
    nanoseconds = 1.0 * static_cast<double>(rows_ * columns_);
    parts = parts_for(rows_ * columns_ * 8, rows_, threads);
  }

  void run(int part, std::byte*) noexcept override {
    const Share rows(rows_, part, parts);
    softmax_cross_entropy_gradient_rows(static_cast<const T*>(logits_) + rows.begin * columns_,
                                        RowTargets<T>(static_cast<const Target*>(target_) + rows.begin),
                                        static_cast<const T*>(cotangent_) + rows.begin * stride_, stride_, rows.size(),
                                        columns_, static_cast<T*>(gradient_) + rows.begin * columns_);
  }

 private:
  std::int64_t rows_, columns_, stride_;
  void* logits_ = nullptr;
  void* target_ = nullptr;
  void* cotangent_ = nullptr;
  void* gradient_ = nullptr;
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
      if (!state_.error) state_.error = std::current_exception();
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
  if (const auto kind = reduction_kind(*op)) return std::make_unique<ReduceWork<T>>(*kind, step, memory, threads);
  const auto rows = [&](typename RowWork<T>::Kernel kernel, bool one_result) {
    return std::make_unique<RowWork<T>>(kernel, one_result, step, memory, threads);
  };
  if (op == &ops::softmax) return rows(softmax_rows<T>, false);
  if (op == &ops::log_softmax) return rows(log_softmax_rows<T>, false);
  if (op == &ops::logsumexp) return rows(logsumexp_rows<T>, true);
  if (op == &cross_entropy_gradient) {
    if (memory.dtype(step.inputs[1]) == DType::int32) {
      return std::make_unique<CrossEntropyGradientWork<T, std::int32_t>>(step, memory, threads);
    }
    return std::make_unique<CrossEntropyGradientWork<T, std::int64_t>>(step, memory, threads);
  }
  if (op == &ops::softmax_cross_entropy) {
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
