// A row that is added to every row of a product is added by the product itself, while its block of results is at hand.
#include <algorithm>

#include "plan/passes.hpp"

namespace backprop {
namespace {

bool is_sum_of_two(const TileProgram& tile) {
  return tile.inputs.size() == 2 && tile.instructions.size() == 3 && tile.outputs.size() == 1 &&
         tile.instructions[2].primitive == Primitive::add &&
         tile.instructions[2].arguments[0] != tile.instructions[2].arguments[1];
}

// Whether the same row of numbers stands along every axis but the last.
bool is_repeated_row(const View& view) {
  for (std::size_t i = 0; i + 1 < view.extents.size(); ++i) {
    if (view.extents[i] != 1 && view.strides[i] != 0) return false;
  }
  return !view.extents.empty() && (view.extents.back() == 1 || view.strides.back() == 1);
}

class Biases {
 public:
  explicit Biases(Plan& plan) : plan_(plan), writer_(plan.buffers.size(), -1), reads_(plan.buffers.size(), 0) {
    for (std::size_t s = 0; s < plan.steps.size(); ++s) {
      for (const View& in : plan.steps[s].inputs) ++reads_[at(in)];
      for (const View& out : plan.steps[s].outputs) {
        if (plan.buffers[at(out)].kind == BufferKind::arena) writer_[at(out)] = static_cast<Index>(s);
      }
    }
    for (const View& out : plan.outputs) ++reads_[at(out)];
  }

  void run() {
    std::vector<bool> dropped(plan_.steps.size(), false);
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      Step& sum = plan_.steps[s];
      if (sum.kind != StepKind::tile || !is_sum_of_two(sum.tile)) continue;
      for (std::size_t i = 0; i < 2 && !dropped[s]; ++i) dropped[s] = attach(sum, sum.inputs[i], sum.inputs[1 - i]);
    }
    std::vector<Step> steps;
    Index commit = plan_.commit;
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      if (!dropped[s]) steps.push_back(std::move(plan_.steps[s]));
      if (dropped[s] && static_cast<Index>(s) < plan_.commit) --commit;
    }
    plan_.commit = commit;
    plan_.steps = std::move(steps);
  }

 private:
  static std::size_t at(const View& view) { return static_cast<std::size_t>(view.buffer); }

  bool attach(const Step& sum, const View& product, const View& row) {
    const Index s = writer_[at(product)];
    if (s < plan_.once || reads_[at(product)] != 1 || writer_[at(row)] >= s || !is_repeated_row(row)) return false;
    Step& step = plan_.steps[static_cast<std::size_t>(s)];
    if (step.kind != StepKind::product || step.inputs.size() != 2 || product != step.outputs[0]) return false;
    if (sum.outputs[0].extents != product.extents) return false;
    step.inputs.push_back({row.buffer, row.offset, {row.extents.back()}, {1}});
    step.outputs[0] = sum.outputs[0];
    return true;
  }

  Plan& plan_;
  std::vector<Index> writer_;  // the step that writes an arena's buffer, -1 for others
  std::vector<int> reads_;
};

}  // namespace

void attach_biases(Plan& plan) { Biases(plan).run(); }

}  // namespace backprop
