#include "run/cpu/equation.hpp"

#include "base/dispatch.hpp"
#include "ops/ops.hpp"
#include "plan/special_forms.hpp"
#include "run/cpu/product.hpp"
#include "run/cpu/reduce_contract.hpp"
#include "run/cpu/reduction_kind.hpp"
#include "run/cpu/row.hpp"
#include "run/cpu/tile.hpp"

namespace backprop::cpu {
namespace {

// The operation's scalar program, alone in a tile program; false when the types do not fit.
bool evaluate_tile(const Equation& equation, const ReferenceCall& call) {
  if (!equation.operation->program) return false;
  DType number = DType::boolean;
  for (const auto* list : {&call.inputs, &call.outputs}) {
    for (const TensorView& view : *list) {
      if (view.dtype == DType::boolean) continue;
      if (!is_floating(view.dtype) || (number != DType::boolean && number != view.dtype)) return false;
      number = view.dtype;
    }
  }
  TileProgram program;
  if (number != DType::boolean) program.dtype = number;
  std::vector<std::int32_t> arguments;
  std::vector<TileOperand> operands;
  for (const TensorView& view : call.inputs) {
    const bool mask = view.dtype == DType::boolean;
    arguments.push_back(program.add_input({mask ? TileStorage::boolean : TileStorage::number, false}));
    operands.push_back({view.data, view.size(), 1});
  }
  program.add_output(program.add(equation.operation->program(equation.attributes), arguments));
  operands.push_back({call.outputs[0].data, call.outputs[0].size(), 1});
  const CompiledTile tile = compile_tile(program);
  Tensor scratch(DType::boolean, {static_cast<std::int64_t>(tile.scratch_bytes())});
  run_tile(tile, operands.data(), 1, call.outputs[0].size(), scratch.data());
  return true;
}

template <class T> void evaluate_product(const ReferenceCall& call) {
  const bool ta = call.attributes.flag("transpose_a"), tb = call.attributes.flag("transpose_b");
  const Extents &a = call.inputs[0].extents, &c = call.outputs[0].extents;
  const std::size_t r = c.size();
  const std::int64_t m = c[r - 2], n = c[r - 1], k = a[ta ? r - 2 : r - 1];
  std::int64_t stack = 1;
  for (std::size_t i = 0; i + 2 < r; ++i) stack *= c[i];
  const MatrixLayout la = ta ? MatrixLayout{1, m} : MatrixLayout{k, 1},
                     lb = tb ? MatrixLayout{1, k} : MatrixLayout{n, 1};
  for (std::int64_t s = 0; s < stack; ++s) {
    product_contract(m, n, k, static_cast<const T*>(call.inputs[0].data) + s * m * k, la,
                     static_cast<const T*>(call.inputs[1].data) + s * k * n, lb,
                     static_cast<T*>(call.outputs[0].data) + s * m * n, {n, 1}, sums_in_lanes(m, n, k, ta, tb),
                     product_is_fused());
  }
}

// A function of rows along any axes: each row is gathered, computed and scattered.
template <class T, class Kernel>
void by_rows(const ops::AxisView& axis, const T* x, T* y, bool one_result, Kernel kernel) {
  std::vector<T> from(static_cast<std::size_t>(axis.length)), to(from.size() + 1);
  for (std::int64_t o = 0; o < axis.outer; ++o) {
    for (std::int64_t i = 0; i < axis.inner; ++i) {
      for (std::int64_t r = 0; r < axis.length; ++r) {
        from[static_cast<std::size_t>(r)] = x[(o * axis.length + r) * axis.inner + i];
      }
      kernel(from.data(), 1, axis.length, to.data());
      if (one_result) {
        y[o * axis.inner + i] = to[0];
      } else {
        for (std::int64_t r = 0; r < axis.length; ++r) {
          y[(o * axis.length + r) * axis.inner + i] = to[static_cast<std::size_t>(r)];
        }
      }
    }
  }
}

template <class T> void evaluate_cross_entropy(const ReferenceCall& call) {
  const TensorView &logits = call.inputs[0], &target = call.inputs[1], &loss = call.outputs[0];
  const std::int64_t columns = logits.extents.back(), rows = loss.size();
  const auto run = [&](const auto* targets) {
    softmax_cross_entropy_rows(static_cast<const T*>(logits.data), RowTargets<T>(targets), rows, columns,
                               static_cast<T*>(loss.data), static_cast<T*>(nullptr));
  };
  if (target.dtype == DType::int32) return run(static_cast<const std::int32_t*>(target.data));
  if (target.dtype == DType::int64) return run(static_cast<const std::int64_t*>(target.data));
  run(static_cast<const T*>(target.data));
}

template <class T> void evaluate_cross_entropy_gradient(const ReferenceCall& call) {
  const TensorView &logits = call.inputs[0], &target = call.inputs[1], &cotangent = call.inputs[2];
  const auto run = [&](const auto* targets) {
    softmax_cross_entropy_gradient_rows(static_cast<const T*>(logits.data), RowTargets<T>(targets),
                                        static_cast<const T*>(cotangent.data), cotangent.extents.empty() ? 0 : 1,
                                        target.size(), logits.extents.back(), static_cast<T*>(call.outputs[0].data));
  };
  if (target.dtype == DType::int32) return run(static_cast<const std::int32_t*>(target.data));
  run(static_cast<const std::int64_t*>(target.data));
}

// False when the backend has no kernel of its own.
template <class T> bool evaluate_fast(const Operation& op, const ReferenceCall& call) {
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const auto axes = [&] {
    if (!call.attributes.find("axes")) {
      const int axis = static_cast<int>(call.attributes.integer("axis"));
      return ops::view_axes(call.inputs[0].extents, axis, axis + 1);
    }
    const Integers& list = call.attributes.integers("axes");
    return ops::view_axes(call.inputs[0].extents, static_cast<int>(list.front()), static_cast<int>(list.back()) + 1);
  };
  if (&op == &ops::matmul) {
    evaluate_product<T>(call);
  } else if (const auto kind = reduction_kind(op)) {
    const ops::AxisView axis = axes();
    reduce_by_contract(*kind, x, axis.outer, axis.length, axis.inner, y);
  } else if (&op == &ops::softmax) {
    by_rows(axes(), x, y, false, softmax_rows<T>);
  } else if (&op == &ops::log_softmax) {
    by_rows(axes(), x, y, false, log_softmax_rows<T>);
  } else if (&op == &ops::logsumexp) {
    by_rows(axes(), x, y, true, logsumexp_rows<T>);
  } else if (&op == &ops::softmax_cross_entropy) {
    evaluate_cross_entropy<T>(call);
  } else if (&op == &cross_entropy_gradient) {
    evaluate_cross_entropy_gradient<T>(call);
  } else {
    return false;
  }
  return true;
}

}  // namespace

void evaluate_equation(const Equation& equation, const ReferenceCall& call) {
  if (evaluate_tile(equation, call)) return;
  const DType dtype = call.outputs[0].dtype;
  const bool fits = !call.inputs.empty() && call.inputs[0].dtype == dtype;
  if (fits && dtype == DType::float32 && evaluate_fast<float>(*equation.operation, call)) return;
  if (fits && dtype == DType::float64 && evaluate_fast<double>(*equation.operation, call)) return;
  equation.operation->reference(call);
}

}  // namespace backprop::cpu
