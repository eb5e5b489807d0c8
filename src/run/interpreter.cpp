#include "run/interpreter.hpp"

#include <cstring>

#include "base/floating_mode.hpp"
#include "graph/leaves.hpp"
#include "run/cpu/equation.hpp"
#include "run/cpu/finite.hpp"
#include "run/reference.hpp"

namespace backprop {
namespace {

bool finite(const Tensor& tensor) {
  if (is_floating(tensor.dtype())) return cpu::is_finite(tensor);
  return true;
}

class Interpreter {
 public:
  Interpreter(const Simplified& program, std::span<const TensorView> inputs, StateStore& store)
      : program_(program), graph_(program.graph), inputs_(inputs), store_(store), sizes_(bind_inputs(graph_, inputs)) {
    values_.resize(static_cast<std::size_t>(graph_.size()));
    last_use_.assign(values_.size(), -1);
    for (std::size_t n = 0; n < graph_.equations().size(); ++n) {
      for (const Index v : graph_.equations()[n].inputs) last_use_[at(v)] = static_cast<Index>(n);
    }
    for (const Index v : program.outputs) last_use_[at(v)] = graph_.size();
    for (const Update& u : program.updates) last_use_[at(u.value)] = graph_.size();
  }

  // Calls visit(equation) after each one.
  template <class Visit> void run(Visit&& visit) {
    const FloatingMode mode;
    std::size_t input = 0;
    for (std::size_t n = 0; n < graph_.equations().size(); ++n) {
      const Equation& equation = graph_.equations()[n];
      if (equation.operation == &input_operation) {
        value(equation.outputs[0]) = copy(inputs_[input++]);
      } else if (equation.operation == &state_operation) {
        value(equation.outputs[0]) = store_.require(Graph::state_spec(equation)).tensor;
      } else {
        evaluate(equation);
      }
      visit(equation);
      for (const std::vector<Index>* list : {&equation.inputs, &equation.outputs}) {
        for (const Index v : *list) {
          if (last_use_[at(v)] <= static_cast<Index>(n)) value(v) = Tensor();
        }
      }
    }
  }

  Tensor& value(Index v) { return values_[at(v)]; }

 private:
  static std::size_t at(Index v) { return static_cast<std::size_t>(v); }
  static Tensor copy(const TensorView& view) {
    Tensor tensor(view.dtype, view.extents);
    if (tensor.bytes() > 0) std::memcpy(tensor.data(), view.data, tensor.bytes());
    return tensor;
  }

  void evaluate(const Equation& equation) {
    std::vector<TensorView> inputs, outputs;
    for (const Index v : equation.inputs) inputs.push_back(value(v));
    for (const Index v : equation.outputs) {
      const Type& type = graph_.info(v).type;
      value(v) = Tensor(type.dtype, type.shape.bind(sizes_));
      outputs.push_back(value(v));
    }
    cpu::evaluate_equation(equation, {equation.attributes, inputs, outputs, sizes_, store_.seed(), store_.step()});
  }

  const Simplified& program_;
  const Graph& graph_;
  std::span<const TensorView> inputs_;
  StateStore& store_;
  Bindings sizes_;
  std::vector<Tensor> values_;
  std::vector<Index> last_use_;  // equation
};

}  // namespace

std::vector<Tensor> interpret(const Simplified& program, std::span<const TensorView> inputs, StateStore& store) {
  Interpreter interpreter(program, inputs, store);
  interpreter.run([](const Equation&) {});
  std::vector<Tensor> outputs;
  for (const Index v : program.outputs) outputs.push_back(interpreter.value(v));
  for (const Update& u : program.updates) {
    const Tensor& from = interpreter.value(u.value);
    if (from.bytes() > 0) std::memcpy(store[u.state].data(), from.data(), from.bytes());
  }
  if (!program.updates.empty()) store.set_step(store.step() + 1);
  return outputs;
}

std::vector<Tensor> interpret(const Program& program, std::span<const TensorView> inputs, StateStore& store) {
  return interpret(simplify(program), inputs, store);
}

void explain_divergence(const Simplified& program, std::span<const TensorView> inputs, StateStore& store) {
  Interpreter interpreter(program, inputs, store);
  const std::string at = " at step " + std::to_string(store.step());
  interpreter.run([&](const Equation& equation) {
    const auto bad = [&](const std::vector<Index>& values) {
      for (const Index v : values) {
        if (!finite(interpreter.value(v))) return true;
      }
      return false;
    };
    if (!bad(equation.outputs)) return;
    if (equation.operation == &input_operation) {
      throw DivergedError("[input] '" + equation.attributes.text("name") + "' holds NaN or infinity" + at);
    }
    if (equation.operation == &state_operation) {
      throw DivergedError("[state] '" + equation.attributes.text("name") + "' holds NaN or infinity" + at);
    }
    if (equation.operation == &constant_operation || bad(equation.inputs)) return;
    bool nan = false;
    for (const Index v : equation.outputs) {
      if (!is_floating(interpreter.value(v).dtype())) continue;
      for (const double x : to_doubles(interpreter.value(v))) nan |= x != x;
    }
    throw DivergedError("[" + std::string(equation.operation->name) + "] made the first " + (nan ? "NaN" : "infinity") +
                        (equation.layer.empty() ? "" : " in layer '" + equation.layer + "'") + at);
  });
  throw DivergedError("[commit] a value from which a state follows is NaN or infinite" + at);
}

}  // namespace backprop
