// Kernels over whole rows: softmax, log-softmax, log-sum-exp and the softmax cross-entropy with its gradient. T is
// float or double; arrays are [rows, columns], contiguous. Interpreter and plan both call these. A row's result depends
// on that row alone: split by rows. In place (output = logits) is allowed. Nothing allocates or throws. With m = max x,
// s = sum exp(x - m), both by reduce_contract.hpp's rows: Thread safety: pure functions of their arguments.
#pragma once
#include <cstdint>

namespace backprop::cpu {

// exp(x - m) times 1 / s, rounded.
template <class T> void softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept;
// (x - m) - log s.
template <class T> void log_softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept;
// log s + m, [rows]; of a row of -inf: -inf.
template <class T> void logsumexp_rows(const T* x, std::int64_t rows, std::int64_t columns, T* result) noexcept;

// What each row should be: a class index, or a distribution t[rows, columns]; the other pointers are null.
template <class T> struct RowTargets {
  RowTargets() = default;
  explicit RowTargets(const std::int32_t* indices) : indices32(indices) {}
  explicit RowTargets(const std::int64_t* indices) : indices64(indices) {}
  explicit RowTargets(const T* distributions) : distributions(distributions) {}
  const std::int32_t* indices32 = nullptr;
  const std::int64_t* indices64 = nullptr;
  const T* distributions = nullptr;
};

// Class indices: loss[row] = log s - (x[target] - m); an index that is no class gives NaN. Distributions: the sum over
// columns of t (log s - (x - m)), 0 where t = 0. With `probabilities` (may be null) the softmax is written as well.
template <class T>
void softmax_cross_entropy_rows(const T* logits, RowTargets<T> targets, std::int64_t rows, std::int64_t columns,
                                T* loss, T* probabilities) noexcept;

// The gradient with respect to the logits: (softmax - [column = target]) cotangent[row * cotangent_stride], or, for
// distributions, which need not be normalised, (softmax sum(t) - t) cotangent. cotangent_stride is 1, or 0 for one
// number for all rows. For class indices the loss is written as well, unless `loss` is null.
template <class T>
void softmax_cross_entropy_gradient_rows(const T* logits, RowTargets<T> targets, const T* cotangent,
                                         std::int64_t cotangent_stride, std::int64_t rows, std::int64_t columns,
                                         T* gradient, T* loss = nullptr) noexcept;

}  // namespace backprop::cpu
