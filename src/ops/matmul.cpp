// C = op(A) op(B), op the identity or the transpose of the last two axes; leading axes are a batch.
#include "base/dispatch.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

std::vector<Type> infer_matmul(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const Shape &a = in[0].shape, &b = in[1].shape;
  if (in[0].dtype != in[1].dtype || !is_floating(in[0].dtype)) {
    throw Error("needs two arguments of one floating type, got " + std::string(to_string(in[0].dtype)) + " and " +
                std::string(to_string(in[1].dtype)));
  }
  if (a.rank() < 2 || b.rank() < 2 || a.rank() != b.rank()) {
    throw Error("needs matrices, got " + to_string(a) + " x " + to_string(b));
  }
  const int r = a.rank();
  const bool ta = attributes.flag("transpose_a"), tb = attributes.flag("transpose_b");
  if (!(a[ta ? r - 2 : r - 1] == b[tb ? r - 1 : r - 2])) {
    const auto side = [](const Shape& s, bool t) { return to_string(s) + (t ? " transposed" : ""); };
    throw Error("inner dimensions differ: " + side(a, ta) + " x " + side(b, tb));
  }
  Shape shape;
  for (int i = 0; i < r - 2; ++i) {
    if (!(a[i] == b[i])) throw Error("leading axes differ: " + to_string(a) + " x " + to_string(b));
    shape.push_back(a[i]);
  }
  shape.push_back(a[ta ? r - 1 : r - 2]);
  shape.push_back(b[tb ? r - 2 : r - 1]);
  return {{in[0].dtype, shape}};
}

void run_matmul(const ReferenceCall& call) {
  const bool ta = call.attributes.flag("transpose_a"), tb = call.attributes.flag("transpose_b");
  const Extents &ea = call.inputs[0].extents, &ec = call.outputs[0].extents;
  const std::int64_t m = ec[ec.size() - 2], n = ec[ec.size() - 1], k = ea[ea.size() - (ta ? 2 : 1)];
  std::int64_t batch = 1;
  for (std::size_t i = 0; i + 2 < ec.size(); ++i) batch *= ec[i];
  dispatch_floating(call.inputs[0].dtype, [&]<class T>() {
    const T* a = call.inputs[0].as<T>().data();
    const T* b = call.inputs[1].as<T>().data();
    T* c = call.outputs[0].as<T>().data();
    for (std::int64_t s = 0; s < batch; ++s, a += m * k, b += k * n, c += m * n) {
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          T total = T(0);
          for (std::int64_t p = 0; p < k; ++p)
            total = total + a[ta ? p * m + i : i * k + p] * b[tb ? j * k + p : p * n + j];
          c[i * n + j] = total;
        }
      }
    }
  });
}

Value product(Value a, Value b, bool ta, bool tb) {
  return a.graph->apply(ops::matmul, {a, b}, {{"transpose_a", std::int64_t{ta}}, {"transpose_b", std::int64_t{tb}}});
}

// With C = A B:  dA = dC Bᵀ,  dB = Aᵀ dC;  for a transposed operand the product is the other way round.
Value transpose_product(C c, int argument, std::span<const Value> cotangents) {
  const Value a = c.inputs[0], b = c.inputs[1], g = cotangents[0];
  const bool ta = c.attributes.flag("transpose_a"), tb = c.attributes.flag("transpose_b");
  if (argument == 0) return ta ? product(b, g, tb, true) : product(g, b, false, !tb);
  return tb ? product(g, a, true, ta) : product(a, g, !ta, false);
}

// `x` with the leading axes of `batch` before its last two.
Value with_batch(Value x, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(x.shape()[x.shape().rank() - 2]);
  shape.push_back(x.shape()[x.shape().rank() - 1]);
  return broadcast(x, shape);
}

Shape leading(const Shape& shape) {
  return Shape(std::vector<Dim>(shape.begin(), shape.end() - std::min(shape.rank(), 2)));
}

}  // namespace

namespace ops {

const Operation matmul = {.name = "matmul",
                          .onnx = "MatMul",
                          .kind = OperationKind::multilinear,
                          .arity = 2,
                          .infer = infer_matmul,
                          .reference = run_matmul,
                          .transpose = transpose_product};

}  // namespace ops

Value matmul(Value a, Value b, bool transpose_a, bool transpose_b) {
  if (a.shape().rank() < 2 || b.shape().rank() < 2) return product(a, b, transpose_a, transpose_b);  // throws
  // One matrix for a whole batch of rows is one product: [..., M, K] x [K, N] = [... M, K] x [K, N].
  if (b.shape().rank() == 2 && a.shape().rank() > 2 && !transpose_a) {
    const Shape& full = a.shape();
    const Dim inner = full[full.rank() - 1];
    Shape rows = leading(full);
    rows.push_back(full[full.rank() - 2]);
    const Value flat = product(reshape(a, {rows.elements(), inner}), b, false, transpose_b);
    rows.push_back(flat.shape()[1]);
    return reshape(flat, rows);
  }
  const Shape batch = broadcast_shapes(leading(a.shape()), leading(b.shape()), "matmul");
  return product(with_batch(a, batch), with_batch(b, batch), transpose_a, transpose_b);
}

}  // namespace backprop
