#include "ops/ops.hpp"
#include "plan/rewriter.hpp"
#include "plan/simplify_passes.hpp"

namespace backprop {
namespace {

std::vector<int> count_uses(const Simplified& from) {
  std::vector<int> uses(static_cast<std::size_t>(from.graph.size()), 0);
  for (const Equation& e : from.graph.equations()) {
    for (const Index i : e.inputs) ++uses[static_cast<std::size_t>(i)];
  }
  for (const Index v : from.outputs) ++uses[static_cast<std::size_t>(v)];
  for (const Update& u : from.updates) ++uses[static_cast<std::size_t>(u.value)];
  return uses;
}

class MultiplyAdds {
 public:
  explicit MultiplyAdds(const Simplified& from) : from_(from), uses_(count_uses(from)), writer_(from.graph) {}

  Simplified run() {
    for (const Equation& e : from_.graph.equations()) {
      const LayerScope scope(writer_.graph, e.layer);
      if (!formed(e)) writer_.copy(e);
    }
    return writer_.finish(from_.outputs, from_.updates);
  }

 private:
  // a b of a floating product that only this equation reads.
  const Equation* product(Index v) const {
    const Equation& e = from_.graph.equation_of(v);
    const bool once = uses_[static_cast<std::size_t>(v)] == 1;
    return once && e.operation == &ops::multiply && is_floating(from_.graph.info(v).type.dtype) ? &e : nullptr;
  }
  // A scalar, whose negation costs nothing: it moves in front of the broadcast.
  bool is_scalar(Index v) const {
    const Equation& e = from_.graph.equation_of(v);
    return from_.graph.info(v).type.shape.rank() == 0 ||
           (e.operation == &ops::broadcast && from_.graph.info(e.inputs[0]).type.shape.rank() == 0);
  }
  void write(const Equation& e, Value a, Value b, Value c) {
    writer_.set(e.outputs[0], writer_.graph.apply(ops::multiply_add, {a, b, c}));
  }

  bool formed(const Equation& e) {
    const bool minus = e.operation == &ops::subtract;
    if (!minus && e.operation != &ops::add) return false;
    const Index left = e.inputs[0], right = e.inputs[1];
    if (const Equation* p = product(right)) {
      Index a = p->inputs[0], b = p->inputs[1];
      if (minus && !is_scalar(a)) std::swap(a, b);
      if (!minus || is_scalar(a)) {
        // c - a b = (-a) b + c
        write(e, minus ? negate(writer_[a]) : writer_[a], writer_[b], writer_[left]);
        return true;
      }
    }
    const Equation* p = product(left);
    if (!p || (minus && !is_scalar(right))) return false;
    write(e, writer_[p->inputs[0]], writer_[p->inputs[1]], minus ? negate(writer_[right]) : writer_[right]);
    return true;
  }

  const Simplified& from_;
  std::vector<int> uses_;
  Rewriter writer_;
};

}  // namespace

Simplified form_multiply_adds(const Simplified& from) { return MultiplyAdds(from).run(); }

}  // namespace backprop
