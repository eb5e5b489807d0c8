// Kernels over whole rows: softmax, log-softmax, log-sum-exp and the softmax cross-entropy with its gradient. T is
// float or double; arrays are [rows, columns], contiguous. Interpreter and plan both call these. A row's result depends
// on that row alone: split by rows. In place (output = logits) is allowed. Nothing allocates or throws. With m = max x,
// s = sum exp(x - m), both by reduce_contract.hpp's rows: Thread safety: pure functions of their arguments.
#pragma once
#include <cstdint>

namespace backprop::cpu {

// exp(x - m) / s.
template <class T> void softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept;
// (x - m) - log s.
template <class T> void log_softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept;
// log s + m, [rows]; of a row of -inf: -inf.
template <class T> void logsumexp_rows(const T* x, std::int64_t rows, std::int64_t columns, T* result) noexcept;

// Class index targets, Index std::int32_t or std::int64_t: loss[row] = log s - (x[target] - m). An index that is no
// class gives NaN. With `probabilities` (may be null) the softmax is written as well, in the same pass.
template <class T, class Index>
void softmax_cross_entropy_rows(const T* logits, const Index* targets, std::int64_t rows, std::int64_t columns, T* loss,
                                T* probabilities) noexcept;
// Targets that are distributions t[rows, columns]: loss[row] = sum over columns of t (log s - (x - m)), 0 where t = 0.
template <class T>
void softmax_cross_entropy_rows(const T* logits, const T* targets, std::int64_t rows, std::int64_t columns, T* loss,
                                T* probabilities) noexcept;

// The gradient with respect to the logits: (softmax - [column = target]) cotangent[row * cotangent_stride];
// cotangent_stride is 1, or 0 for one number for all rows.
template <class T, class Index>
void softmax_cross_entropy_gradient_rows(const T* logits, const Index* targets, const T* cotangent,
                                         std::int64_t cotangent_stride, std::int64_t rows, std::int64_t columns,
                                         T* gradient) noexcept;
// (softmax sum(t) - t) cotangent: t need not be normalised.
template <class T>
void softmax_cross_entropy_gradient_rows(const T* logits, const T* targets, const T* cotangent,
                                         std::int64_t cotangent_stride, std::int64_t rows, std::int64_t columns,
                                         T* gradient) noexcept;

}  // namespace backprop::cpu
