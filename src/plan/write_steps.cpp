// From equations to steps: one each, unless the result is a view of what is there already. Updates become copies into
// the states, after everything else.
#include "graph/leaves.hpp"
#include "ops/ops.hpp"
#include "plan/passes.hpp"

namespace backprop {
namespace {

class Writer {
 public:
  Writer(const PlanRequest& request, const Bindings& sizes) : request_(request), graph_(request.graph) {
    plan_.sizes = sizes;
    views_.resize(static_cast<std::size_t>(graph_.size()));
  }

  Plan write() {
    Index input = 0, state = 0;
    for (const Equation& equation : graph_.equations()) {
      const Operation* const op = equation.operation;
      if (op == &input_operation || op == &state_operation) {
        const bool is_input = op == &input_operation;
        const Index number = is_input ? input++ : state++;
        set(equation.outputs[0], new_buffer(equation.outputs[0], is_input ? BufferKind::input : BufferKind::state));
        plan_.buffers.back().source = number;
      } else if (op == &constant_operation || op == &dimension_operation) {
        constant(equation);
      } else if (!as_view(equation) && !as_rows(equation)) {
        step(equation);
      }
    }
    outputs();
    updates();
    return std::move(plan_);
  }

 private:
  Extents extents(Index value) const { return graph_.info(value).type.shape.bind(plan_.sizes); }
  const View& view(Index value) const { return views_[static_cast<std::size_t>(value)]; }
  void set(Index value, View view) { views_[static_cast<std::size_t>(value)] = std::move(view); }
  Buffer& buffer(const View& view) { return plan_.buffers[static_cast<std::size_t>(view.buffer)]; }

  View add_buffer(DType dtype, Extents extents, BufferKind kind = BufferKind::arena) {
    plan_.buffers.push_back({.kind = kind, .dtype = dtype, .elements = count(extents)});
    return whole(static_cast<Index>(plan_.buffers.size()) - 1, std::move(extents));
  }
  View new_buffer(Index value, BufferKind kind = BufferKind::arena) {
    return add_buffer(graph_.info(value).type.dtype, extents(value), kind);
  }

  // Evaluated now; one number for all elements is stored once.
  void constant(const Equation& equation) {
    const Index out = equation.outputs[0];
    const Extents full = extents(out);
    const bool filled = equation.operation == &dimension_operation || !equation.attributes.find("values");
    Tensor tensor(graph_.info(out).type.dtype, filled ? Extents{} : full);
    const TensorView to = tensor;
    equation.operation->reference({equation.attributes, {}, {&to, 1}, plan_.sizes});
    View view = add_buffer(tensor.dtype(), tensor.extents(), BufferKind::constant);
    plan_.buffers.back().source = static_cast<Index>(plan_.constants.size());
    plan_.constants.push_back(std::move(tensor));
    set(out, filled ? broadcast_view(view, full) : std::move(view));
  }

  bool as_view(const Equation& equation) {
    const Operation* const op = equation.operation;
    if (op == &ops::split) {
      const int axis = static_cast<int>(equation.attributes.integer("axis"));
      std::int64_t begin = 0;
      for (const Index out : equation.outputs) {
        const std::int64_t end = begin + extents(out)[static_cast<std::size_t>(axis)];
        set(out, slice_view(view(equation.inputs[0]), axis, begin, end));
        begin = end;
      }
      return true;
    }
    if (op != &ops::broadcast && op != &ops::reshape && op != &ops::transpose && op != &ops::slice) return false;
    const View& from = view(equation.inputs[0]);
    const Index out = equation.outputs[0];
    if (op == &ops::broadcast) {
      set(out, broadcast_view(from, extents(out)));
    } else if (op == &ops::transpose) {
      set(out, transpose_view(from, equation.attributes.integers("permutation")));
    } else if (op == &ops::slice) {
      const int axis = static_cast<int>(equation.attributes.integer("axis"));
      const std::int64_t begin = equation.attributes.integer("begin");
      set(out, slice_view(from, axis, begin, begin + extents(out)[static_cast<std::size_t>(axis)]));
    } else if (const auto reshaped = reshape_view(from, extents(out))) {
      set(out, *reshaped);
    } else {
      set(out, *reshape_view(row_major(equation.inputs[0]), extents(out)));
    }
    return true;
  }

  // The value with its elements in row-major order, copied when they are not; later users share the copy.
  View row_major(Index value) {
    if (!is_row_major(view(value))) set(value, copy(view(value)));
    return view(value);
  }
  View copy(const View& from) {
    View to = add_buffer(buffer(from).dtype, from.extents);
    plan_.steps.push_back({.kind = StepKind::copy, .inputs = {from}, .outputs = {to}});
    return to;
  }

  bool is_number(Index value) const {
    const DType dtype = graph_.info(value).type.dtype;
    return dtype == DType::float32 || dtype == DType::float64;
  }

  // Functions of rows get a matrix whose rows they are, whatever axes the equation names.
  bool as_rows(const Equation& equation) {
    const Operation* const op = equation.operation;
    const bool one_result = op == &ops::logsumexp;
    if (op != &ops::softmax && op != &ops::log_softmax && !one_result) return false;
    const View& from = view(equation.inputs[0]);
    const int rank = static_cast<int>(from.extents.size());
    const Integers axes =
        one_result ? equation.attributes.integers("axes") : Integers{equation.attributes.integer("axis")};
    Integers order;  // the row's axes last
    for (std::int64_t axis = 0; axis < rank; ++axis) {
      if (axis < axes.front() || axis > axes.back()) order.push_back(axis);
    }
    order.insert(order.end(), axes.begin(), axes.end());
    const View moved = transpose_view(from, order);
    std::int64_t rows = 1, columns = 1;
    for (std::int64_t axis = 0; axis < rank; ++axis) {
      (axis < axes.front() || axis > axes.back() ? rows : columns) *= from.extents[static_cast<std::size_t>(axis)];
    }
    const View source = *reshape_view(is_row_major(moved) ? moved : copy(moved), {rows, columns});
    const DType dtype = buffer(from).dtype;
    const Index out = equation.outputs[0];
    View result = one_result ? new_buffer(out) : add_buffer(dtype, moved.extents);
    plan_.steps.push_back({.kind = StepKind::call, .equation = &equation, .inputs = {source}, .outputs = {result}});
    if (!one_result) {
      Integers inverse(order.size());
      for (std::size_t i = 0; i < order.size(); ++i)
        inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
      result = transpose_view(result, inverse);
    }
    set(out, std::move(result));
    return true;
  }

  // Elementwise on one floating type and booleans.
  bool fits_tile(const Equation& equation) const {
    if (!equation.operation->program) return false;
    DType number = DType::boolean;
    for (const std::vector<Index>* list : {&equation.inputs, &equation.outputs}) {
      for (const Index v : *list) {
        const DType dtype = graph_.info(v).type.dtype;
        if (dtype == DType::boolean) continue;
        if (!is_number(v) || (number != DType::boolean && dtype != number)) return false;
        number = dtype;
      }
    }
    return true;
  }

  void step(const Equation& equation) {
    Step step{.kind = StepKind::call, .equation = &equation};
    if (fits_tile(equation)) {
      step.kind = StepKind::tile;
      step.equation = nullptr;
      write_tile(equation, step);
    } else if (is_outer_product(equation)) {
      step.kind = StepKind::tile;
      step.equation = nullptr;
      write_outer_product(equation, step);
    } else if (equation.operation == &ops::matmul && is_number(equation.outputs[0])) {
      step.kind = StepKind::product;
      for (const Index v : equation.inputs) step.inputs.push_back(matrix(v));
    } else {
      for (const Index v : equation.inputs) step.inputs.push_back(row_major(v));
    }
    for (const Index v : equation.outputs) {
      set(v, new_buffer(v));
      step.outputs.push_back(view(v));
    }
    if (is_outer_product(equation)) {
      plan_.outer_products.push_back({view(equation.inputs[0]), view(equation.inputs[1]), step.outputs[0].buffer});
    }
    plan_.steps.push_back(std::move(step));
  }

  // A product of one term is elementwise, and so may be fused with what uses it: the weights' gradient of a single
  // example with the update.
  bool is_outer_product(const Equation& equation) const {
    if (equation.operation != &ops::matmul || !is_number(equation.outputs[0])) return false;
    const View &a = view(equation.inputs[0]), &b = view(equation.inputs[1]);
    if (a.extents.size() != 2 || b.extents.size() != 2 || !is_row_major(a) || !is_row_major(b)) return false;
    return a.extents[a.extents.size() - (equation.attributes.flag("transpose_a") ? 2 : 1)] == 1;
  }

  // a b + 0, as the numeric contract has it: the chain of multiply-adds starts at 0, so that no product is -0.
  void write_outer_product(const Equation& equation, Step& step) {
    const Extents space = extents(equation.outputs[0]);
    const auto operand = [&](std::size_t i, bool transposed) {
      View v = view(equation.inputs[i]);
      if (transposed) {
        std::swap(v.extents[v.extents.size() - 1], v.extents[v.extents.size() - 2]);
        std::swap(v.strides[v.strides.size() - 1], v.strides[v.strides.size() - 2]);
      }
      step.inputs.push_back(broadcast_view(v, space));
      return step.tile.add_input({TileStorage::number, count(space) > 1 && is_one_number(step.inputs.back())});
    };
    step.tile.dtype = graph_.info(equation.outputs[0]).type.dtype;
    const std::int32_t a = operand(0, equation.attributes.flag("transpose_a"));
    const std::int32_t b = operand(1, equation.attributes.flag("transpose_b"));
    const std::int32_t zero = step.tile.add_constant(0);
    const std::int32_t arguments[] = {a, b, zero};
    step.tile.add_output(step.tile.add(Primitive::multiply_add, arguments));
  }

  void write_tile(const Equation& equation, Step& step) {
    TileProgram& tile = step.tile;
    std::vector<std::int32_t> arguments;
    for (const Index v : equation.inputs) {
      const DType dtype = graph_.info(v).type.dtype;
      if (dtype != DType::boolean) tile.dtype = dtype;
      if (const auto number = constant_number(view(v)); number && dtype != DType::boolean) {
        arguments.push_back(tile.add_constant(*number));
        continue;
      }
      const bool scalar = count(view(v).extents) > 1 && is_one_number(view(v));
      arguments.push_back(
          tile.add_input({dtype == DType::boolean ? TileStorage::boolean : TileStorage::number, scalar}));
      step.inputs.push_back(view(v));
    }
    tile.add_output(tile.add(equation.operation->program(equation.attributes), arguments));
  }

  // The number that all elements are, for a constant.
  std::optional<double> constant_number(const View& view) {
    const Buffer& b = buffer(view);
    if (b.kind != BufferKind::constant || b.elements != 1) return std::nullopt;
    return to_doubles(plan_.constants[static_cast<std::size_t>(b.source)])[0];
  }

  static bool is_one_number(const View& view) {
    for (std::size_t i = 0; i < view.extents.size(); ++i) {
      if (view.extents[i] != 1 && view.strides[i] != 0) return false;
    }
    return true;
  }

  // Fast products want a stride of 1 in the last two axes.
  View matrix(Index value) {
    const View& v = view(value);
    const std::size_t rank = v.extents.size();
    const bool good = v.strides[rank - 1] == 1 || v.strides[rank - 2] == 1 || v.extents[rank - 1] == 1;
    return good ? v : row_major(value);
  }

  void outputs() {
    for (const Index v : request_.outputs) {
      View out = row_major(v);
      bool updated = false;
      if (buffer(out).kind == BufferKind::state) {
        const std::string& name = graph_.equation_of(state_value(out)).attributes.text("name");
        for (const Update& u : request_.updates) updated |= u.state == name;
      }
      if (updated) out = copy(out);
      buffer(out).pinned = true;
      plan_.outputs.push_back(std::move(out));
    }
  }

  Index state_value(const View& state) const {
    for (Index v = 0; v < graph_.size(); ++v) {
      if (view(v).buffer == state.buffer) return v;
    }
    return -1;
  }

  void updates() {
    std::map<std::string, View, std::less<>> states;
    for (const Equation& equation : graph_.equations()) {
      if (equation.operation == &state_operation) {
        states.emplace(equation.attributes.text("name"),
                       whole(view(equation.outputs[0]).buffer, extents(equation.outputs[0])));
      }
    }
    // A value that is no array of its own (an input, another state, a view) is copied before the first state changes.
    std::vector<std::pair<View, View>> copies;
    for (const Update& u : request_.updates) {
      View from = row_major(u.value);
      if (buffer(from).kind != BufferKind::arena) from = copy(from);
      copies.emplace_back(std::move(from), states.at(u.state));
    }
    plan_.commit = static_cast<Index>(plan_.steps.size());
    for (auto& [from, to] : copies) {
      plan_.steps.push_back({.kind = StepKind::copy, .inputs = {std::move(from)}, .outputs = {std::move(to)}});
    }
  }

  const PlanRequest& request_;
  const Graph& graph_;
  Plan plan_;
  std::vector<View> views_;
};

}  // namespace

Plan write_steps(const PlanRequest& request, const Bindings& sizes) { return Writer(request, sizes).write(); }

}  // namespace backprop
