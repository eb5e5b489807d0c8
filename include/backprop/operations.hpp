// The vocabulary: functions that append an operation to the graph of their arguments and return its value. Names and
// meanings follow ONNX where it has the operator. Two-argument elementwise functions broadcast (NumPy's rule) and need
// equal element types. Every function throws Error when shapes or types do not fit.
// Thread safety: as for Graph.
#pragma once
#include <span>
#include <vector>

#include "backprop/graph.hpp"

namespace backprop {

// ---- arithmetic ----------------------------------------------------------------------------------------------------
Value negate(Value x);
Value abs(Value x);   // derivative at 0: 0
Value sign(Value x);  // derivative 0
Value exp(Value x);
Value expm1(Value x);  // e^x - 1
Value log(Value x);
Value log1p(Value x);  // log(1 + x)
Value sqrt(Value x);
Value reciprocal(Value x);  // 1 / x
Value square(Value x);
Value sin(Value x);
Value cos(Value x);
Value tan(Value x);
Value asin(Value x);
Value acos(Value x);
Value atan(Value x);
Value sinh(Value x);
Value cosh(Value x);
Value tanh(Value x);
Value erf(Value x);
Value floor(Value x);  // derivative 0, as for ceil and round
Value ceil(Value x);
Value round(Value x);  // ties to even
Value add(Value a, Value b);
Value subtract(Value a, Value b);
Value multiply(Value a, Value b);
Value divide(Value a, Value b);
Value power(Value x, Value y);    // x^y; derivatives at x = 0: see docs/conventions.md
Value maximum(Value a, Value b);  // ties share the derivative equally; NaN wins
Value minimum(Value a, Value b);
Value multiply_add(Value a, Value b, Value c);  // a b + c, rounded once
Value clip(Value x, double low, double high);   // derivative 1 inside and on the edges

// ---- activations ---------------------------------------------------------------------------------------------------
Value sigmoid(Value x);                                              // 1 / (1 + e^-x)
Value softplus(Value x);                                             // log(1 + e^x)
Value softsign(Value x);                                             // x / (1 + |x|)
Value relu(Value x);                                                 // max(x, 0); derivative at 0: 0
Value leaky_relu(Value x, double alpha = 0.01);                      // x > 0 ? x : alpha x
Value prelu(Value x, Value slope);                                   // x > 0 ? x : slope x; slope broadcasts
Value elu(Value x, double alpha = 1);                                // x > 0 ? x : alpha (e^x - 1)
Value celu(Value x, double alpha = 1);                               // max(x, 0) + min(0, alpha (e^(x/alpha) - 1))
Value selu(Value x);                                                 // Klambauer et al. 2017
Value gelu(Value x);                                                 // x Phi(x), exact (erf)
Value gelu_tanh(Value x);                                            // the tanh form of Hendrycks and Gimpel 2016
Value silu(Value x);                                                 // x sigmoid(x)
Value mish(Value x);                                                 // x tanh(softplus(x))
Value hard_sigmoid(Value x, double alpha = 0.2, double beta = 0.5);  // max(0, min(1, alpha x + beta))
Value hard_swish(Value x);                                           // x max(0, min(1, x / 6 + 1/2))

// ---- comparisons, logic, choice ------------------------------------------------------------------------------------
Value equal(Value a, Value b);
Value not_equal(Value a, Value b);
Value less(Value a, Value b);
Value less_equal(Value a, Value b);
Value greater(Value a, Value b);
Value greater_equal(Value a, Value b);
Value logical_and(Value a, Value b);
Value logical_or(Value a, Value b);
Value logical_xor(Value a, Value b);
Value logical_not(Value a);
Value where(Value condition, Value a, Value b);  // elementwise condition ? a : b
Value cast(Value x, DType dtype);                // float to integer truncates; between floats it carries the derivative
Value stop_gradient(Value x);                    // x, with derivative zero

// ---- reductions (axes may be negative; none: all axes) -------------------------------------------------------------
Value sum(Value x, Integers axes = {}, bool keep_axes = false);
Value mean(Value x, Integers axes = {}, bool keep_axes = false);
Value reduce_max(Value x, Integers axes = {}, bool keep_axes = false);  // ties share the derivative equally
Value reduce_min(Value x, Integers axes = {}, bool keep_axes = false);
Value prod(Value x, Integers axes = {}, bool keep_axes = false);
Value logsumexp(Value x, Integers axes = {}, bool keep_axes = false);
Value argmax(Value x, int axis = -1, bool keep_axis = false);  // int64; the first of equals

// ---- shape ---------------------------------------------------------------------------------------------------------
Value broadcast(Value x, const Shape& shape);         // NumPy's rule; the transpose is a sum
Value reshape(Value x, const Shape& shape);           // same elements in row-major order
Value transpose(Value x, Integers permutation = {});  // none: axes reversed
Value slice(Value x, int axis, std::int64_t begin,
            std::int64_t end);  // [begin, end) of a numbered axis; may be negative
Value pad(Value x, Integers before, Integers after, double value = 0);  // one number an axis
Value concat(std::span<const Value> parts, int axis);
Value concat(std::initializer_list<Value> parts, int axis);
std::vector<Value> split(Value x, int axis, const Integers& sizes);
Value gather(Value x, Value indices, int axis = 0);                       // x's slices at integer indices: ONNX Gather
Value scatter_add(Value updates, Value indices, Dim size, int axis = 0);  // zeros of `size` along axis, plus updates
Value one_hot(Value indices, std::int64_t depth, DType dtype = DType::float32);  // a new last axis
Value range(Graph& graph, const Shape& shape, int axis);                         // int64: the coordinate along `axis`

// ---- products and rows ---------------------------------------------------------------------------------------------
// a [..., M, K] x b [..., K, N] -> [..., M, N]; leading axes broadcast; a flag says that the last two axes of an
// operand are stored transposed.
Value matmul(Value a, Value b, bool transpose_a = false, bool transpose_b = false);
Value softmax(Value x, int axis = -1);
Value log_softmax(Value x, int axis = -1);
// -sum_k t_k log softmax(logits)_k over the last axis: [..., K] -> [...]. `target`: class indices (int32, int64) [...],
// or distributions [..., K]. Not averaged.
Value softmax_cross_entropy(Value logits, Value target);

// ---- random numbers -------------------------------------------------------------------------------------------------
// Pure functions of (seed, step, the operation's own stream, index).
Value random_uniform(Graph& graph, const Shape& shape, double low = 0, double high = 1, DType dtype = DType::float32);
Value random_normal(Graph& graph, const Shape& shape, double mean = 0, double deviation = 1,
                    DType dtype = DType::float32);
Value random_bernoulli(Graph& graph, const Shape& shape, double probability);  // boolean, true with that probability

// ---- operators -----------------------------------------------------------------------------------------------------
inline Value operator-(Value x) { return negate(x); }
inline Value operator+(Value a, Value b) { return add(a, b); }
inline Value operator-(Value a, Value b) { return subtract(a, b); }
inline Value operator*(Value a, Value b) { return multiply(a, b); }
inline Value operator/(Value a, Value b) { return divide(a, b); }
// A number beside a value is a scalar constant of the value's element type.
Value scalar_like(Value x, double number);
inline Value operator+(Value a, double b) { return add(a, scalar_like(a, b)); }
inline Value operator-(Value a, double b) { return subtract(a, scalar_like(a, b)); }
inline Value operator*(Value a, double b) { return multiply(a, scalar_like(a, b)); }
inline Value operator/(Value a, double b) { return divide(a, scalar_like(a, b)); }
inline Value operator+(double a, Value b) { return add(scalar_like(b, a), b); }
inline Value operator-(double a, Value b) { return subtract(scalar_like(b, a), b); }
inline Value operator*(double a, Value b) { return multiply(scalar_like(b, a), b); }
inline Value operator/(double a, Value b) { return divide(scalar_like(b, a), b); }

// Every operation of the library: the one list that tests, documentation and `backprop operations` read.
std::span<const Operation* const> catalogue();

}  // namespace backprop
