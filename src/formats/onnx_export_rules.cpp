// How each operation that is not elementwise is written in ONNX's operators of opset 17.
#include <algorithm>

#include "formats/onnx_tensor.hpp"
#include "formats/onnx_writer.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

struct Call {
  OnnxWriter& w;
  const Equation& equation;
  Names in;
  std::string out;  // the first output's name

  const Attributes& attributes() const { return equation.attributes; }
  std::int64_t integer(const char* name) const { return equation.attributes.integer(name); }
  const Type& input(int i) const { return w.type(equation.inputs[static_cast<std::size_t>(i)]); }
  const Type& output() const { return w.type(equation.outputs[0]); }
  void finish(const std::string& type, const Names& inputs, const OnnxAttributes& attributes = {}) {
    w.write(type, inputs, {out}, attributes);
  }
};

// Constants are shared by value; one of many equal elements is a scalar and its extents.
void write_constant(OnnxWriter& w, const Equation& equation) {
  const Index value = equation.outputs[0];
  const Attributes& attributes = equation.attributes;
  const bool array = attributes.find("values") != nullptr;
  std::string name =
      array ? w.constant(attributes.tensor("values")) : w.number(attributes.number("value"), w.type(value).dtype);
  if (!array && w.type(value).shape.rank() > 0) name = w.node("Expand", {name, w.shape(w.type(value).shape)});
  if (w.has_name(value)) return w.write("Identity", {name}, {w.name_of(value)});
  w.set_name(value, name);
}

void write_dimension(Call& c) {
  const std::string scalar = c.w.extent(c.attributes().shape("of")[0]);
  c.finish("Cast", {scalar}, {{"to", std::int64_t{onnx_dtype(c.output().dtype)}}});
}

OnnxAttributes kept(const Call& c) { return {{"keepdims", std::int64_t{c.attributes().flag("keep_axes")}}}; }

void write_sum(Call& c) { c.finish("ReduceSum", {c.in[0], c.w.integers(c.attributes().integers("axes"))}, kept(c)); }

// Up to opset 17 all reductions but the sum have their axes as an attribute.
void write_reduction(Call& c) {
  OnnxAttributes attributes = kept(c);
  attributes.emplace_back("axes", c.attributes().integers("axes"));
  c.finish(std::string(c.equation.operation->onnx), {c.in[0]}, attributes);
}

// out_r is the product over k of x with x_r replaced by 1, as a matrix [outer, r, k, inner].
void write_exclusive_product(Call& c) {
  const Integers& axes = c.attributes().integers("axes");
  const Shape& full = c.output().shape;
  Dim outer(1), length(1), inner(1);
  for (int axis = 0; axis < full.rank(); ++axis) {
    Dim& part = axis < axes.front() ? outer : axis <= axes.back() ? length : inner;
    part = part * full[axis];
  }
  OnnxWriter& w = c.w;
  const DType dtype = c.output().dtype;
  const std::string x = w.node("Reshape", {c.in[0], w.shape({outer, Dim(1), length, inner})});
  const std::string n = w.extent(length);
  const std::string k = w.node("Range", {w.number(0, DType::int64), n, w.number(1, DType::int64)});
  const std::string row = w.node("Unsqueeze", {k, w.integers({1, 2})}),
                    column = w.node("Unsqueeze", {k, w.integers({1})});
  const std::string others = w.node("Where", {w.node("Equal", {row, column}), w.number(1, dtype), x});
  const OnnxAttributes over = {{"keepdims", std::int64_t{0}}, {"axes", Integers{2}}};
  c.finish("Reshape", {w.node("ReduceProd", {others}, over), w.shape(full)});
}

void write_argmax(Call& c) {
  c.finish("ArgMax", c.in, {{"axis", c.integer("axis")}, {"keepdims", std::int64_t{c.attributes().flag("keep_axis")}}});
}

void write_broadcast(Call& c) { c.finish("Expand", {c.in[0], c.w.shape(c.output().shape)}); }

// Reshape copies an axis for 0 and finds one size for -1, which leaves most named sizes out of the file.
void write_reshape(Call& c) {
  const Shape &from = c.input(0).shape, &to = c.output().shape;
  Integers numbers;
  int open = 0;
  bool empty = false;
  for (int i = 0; i < to.rank(); ++i) {
    empty = empty || to[i] == Dim(0);
    if (to[i].is_number()) {
      numbers.push_back(to[i].number());
    } else if (i < from.rank() && from[i] == to[i]) {
      numbers.push_back(0);
    } else {
      numbers.push_back(-1);
      ++open;
    }
  }
  if (empty) return c.finish("Reshape", {c.in[0], c.w.shape(to)}, {{"allowzero", std::int64_t{1}}});
  c.finish("Reshape", {c.in[0], open <= 1 ? c.w.integers(numbers) : c.w.shape(to)});
}

void write_transpose(Call& c) { c.finish("Transpose", c.in, {{"perm", c.attributes().integers("permutation")}}); }

void write_slice(Call& c) {
  OnnxWriter& w = c.w;
  c.finish("Slice", {c.in[0], w.integers({c.integer("begin")}), w.integers({c.integer("end")}),
                     w.integers({c.integer("axis")})});
}

void write_pad(Call& c) {
  Integers pads = c.attributes().integers("before");
  const Integers& after = c.attributes().integers("after");
  pads.insert(pads.end(), after.begin(), after.end());
  c.finish("Pad", {c.in[0], c.w.integers(pads), c.w.number(c.attributes().number("value"), c.output().dtype)});
}

void write_concat(Call& c) { c.finish("Concat", c.in, {{"axis", c.integer("axis")}}); }

void write_split(Call& c) {
  c.w.write("Split", {c.in[0], c.w.integers(c.attributes().integers("sizes"))}, c.w.names_of(c.equation.outputs),
            {{"axis", c.integer("axis")}});
}

void write_gather(Call& c) { c.finish("Gather", c.in, {{"axis", c.integer("axis")}}); }

// Added into zeros along the first axis; another axis is brought there and back.
void write_scatter_add(Call& c) {
  OnnxWriter& w = c.w;
  const auto axis = static_cast<std::int64_t>(c.integer("axis"));
  const int picked = c.input(1).shape.rank(), rank = c.input(0).shape.rank();
  Integers forth, back;  // of the updates: indices' axes first; of the result: its first axis to `axis`
  for (int i = 0; i < picked; ++i) forth.push_back(axis + i);
  for (int i = 0; i < rank; ++i) {
    if (i < axis || i >= axis + picked) forth.push_back(i);
  }
  std::vector<Dim> dims(c.output().shape.begin(), c.output().shape.end());
  std::rotate(dims.begin(), dims.begin() + axis, dims.begin() + axis + 1);
  for (int i = 0; i < static_cast<int>(dims.size()); ++i) back.push_back(i < axis ? i + 1 : i == axis ? 0 : i);
  std::string indices = c.input(1).dtype == DType::int64
                            ? c.in[1]
                            : w.node("Cast", {c.in[1]}, {{"to", std::int64_t{onnx_dtype(DType::int64)}}});
  indices = w.node("Unsqueeze", {indices, w.integers({-1})});
  const std::string zeros = w.node("Expand", {w.number(0, c.output().dtype), w.shape(Shape(dims))});
  const std::string updates = axis == 0 ? c.in[0] : w.node("Transpose", {c.in[0]}, {{"perm", forth}});
  const OnnxAttributes adds = {{"reduction", std::string("add")}};
  if (axis == 0) return c.finish("ScatterND", {zeros, indices, updates}, adds);
  c.finish("Transpose", {w.node("ScatterND", {zeros, indices, updates}, adds)}, {{"perm", back}});
}

void write_one_hot(Call& c) {
  OnnxWriter& w = c.w;
  const auto cast = [&](const std::string& x, DType dtype) {
    return w.node("Cast", {x}, {{"to", std::int64_t{onnx_dtype(dtype)}}});
  };
  const std::string indices = c.input(0).dtype == DType::int64 ? c.in[0] : cast(c.in[0], DType::int64);
  const Names in = {indices, w.number(static_cast<double>(c.integer("depth")), DType::int64),
                    w.constant(Tensor::from<float>({2}, {0.0F, 1.0F}))};
  if (c.output().dtype == DType::float32) return c.finish("OneHot", in, {{"axis", std::int64_t{-1}}});
  const std::string hot = w.node("OneHot", in, {{"axis", std::int64_t{-1}}});
  c.finish("Cast", {hot}, {{"to", std::int64_t{onnx_dtype(c.output().dtype)}}});
}

void write_range(Call& c) {
  OnnxWriter& w = c.w;
  const Shape& shape = c.output().shape;
  const auto axis = static_cast<int>(c.integer("axis"));
  const std::string n = w.extent(shape[axis]);
  const Names in = {w.number(0, DType::int64), n, w.number(1, DType::int64)};
  if (shape.rank() == 1) return c.finish("Range", in);
  Integers column(static_cast<std::size_t>(shape.rank()), 1);
  column[static_cast<std::size_t>(axis)] = -1;
  c.finish("Expand", {w.node("Reshape", {w.node("Range", in), w.integers(column)}), w.shape(shape)});
}

void write_matmul(Call& c) {
  const bool a = c.attributes().flag("transpose_a"), b = c.attributes().flag("transpose_b");
  const int rank = c.output().shape.rank();
  if (!a && !b) return c.finish("MatMul", c.in);
  if (rank == 2) return c.finish("Gemm", c.in, {{"transA", std::int64_t{a}}, {"transB", std::int64_t{b}}});
  Integers order;
  for (int i = 0; i < rank; ++i) order.push_back(i);
  std::swap(order[order.size() - 2], order[order.size() - 1]);
  const auto turned = [&](int i, bool flag) {
    return flag ? c.w.node("Transpose", {c.in[static_cast<std::size_t>(i)]}, {{"perm", order}})
                : c.in[static_cast<std::size_t>(i)];
  };
  c.finish("MatMul", {turned(0, a), turned(1, b)});
}

void write_softmax(Call& c) { c.finish(std::string(c.equation.operation->onnx), c.in, {{"axis", c.integer("axis")}}); }

void write_cross_entropy(Call& c) {
  OnnxWriter& w = c.w;
  const OnnxAttributes last = {{"axis", std::int64_t{-1}}};
  const std::string scores = w.node("LogSoftmax", {c.in[0]}, last);
  const std::string axis = w.integers({-1});
  if (is_integer(c.input(1).dtype)) {
    const std::string column = w.node("Unsqueeze", {c.in[1], axis});
    return c.finish("Neg", {w.node("Squeeze", {w.node("GatherElements", {scores, column}, last), axis})});
  }
  const std::string terms = w.node("Mul", {scores, c.in[1]});
  c.finish("Neg", {w.node("ReduceSum", {terms, axis}, {{"keepdims", std::int64_t{0}}})});
}

struct ExportRule {
  const Operation* operation;
  void (*write)(Call&);
};
const ExportRule export_rules[] = {
    {&dimension_operation, write_dimension},
    {&ops::cast,
     [](Call& c) {
       c.finish("Cast", c.in, {{"to", std::int64_t{onnx_dtype(c.output().dtype)}}});
     }},
    {&ops::sum, write_sum},
    {&ops::mean, write_reduction},
    {&ops::reduce_max, write_reduction},
    {&ops::reduce_min, write_reduction},
    {&ops::prod, write_reduction},
    {&ops::logsumexp, write_reduction},
    {&ops::exclusive_product, write_exclusive_product},
    {&ops::argmax, write_argmax},
    {&ops::broadcast, write_broadcast},
    {&ops::reshape, write_reshape},
    {&ops::transpose, write_transpose},
    {&ops::slice, write_slice},
    {&ops::pad, write_pad},
    {&ops::concat, write_concat},
    {&ops::split, write_split},
    {&ops::gather, write_gather},
    {&ops::scatter_add, write_scatter_add},
    {&ops::one_hot, write_one_hot},
    {&ops::range, write_range},
    {&ops::matmul, write_matmul},
    {&ops::softmax, write_softmax},
    {&ops::log_softmax, write_softmax},
    {&ops::softmax_cross_entropy, write_cross_entropy},
};

}  // namespace

void export_equation(OnnxWriter& writer, const Equation& equation, std::span<const Index> inputs) {
  if (equation.operation == &constant_operation) return write_constant(writer, equation);
  Call call{writer, equation, writer.names_of(inputs), writer.name_of(equation.outputs[0])};
  for (const ExportRule& rule : export_rules) {
    if (rule.operation == equation.operation) return rule.write(call);
  }
  if (equation.operation->kind != OperationKind::elementwise) throw Error("has no ONNX form");
  export_elementwise(writer, equation, call.in, call.out);
}

}  // namespace backprop
