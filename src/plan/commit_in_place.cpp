// An update that a tile program computes is written by it straight into the state: the program moves behind the commit
// point, and the copy into the state falls away. That is right when no step behind it reads the state's old value.
#include <algorithm>

#include "plan/passes.hpp"

namespace backprop {
namespace {

bool is_whole(const View& view, const Buffer& buffer) {
  return view.offset == 0 && is_row_major(view) && count(view.extents) == buffer.elements;
}

class Commit {
 public:
  explicit Commit(Plan& plan)
      : plan_(plan),
        readers_(plan.buffers.size()),
        copy_of_(plan.buffers.size(), -1),
        renamed_(plan.buffers.size(), -1) {
    const Index steps = static_cast<Index>(plan.steps.size());
    for (Index s = 0; s < steps; ++s) {
      for (const View& in : step(s).inputs) readers_[at(in)].push_back(s);
    }
    for (Index s = plan.commit; s < steps; ++s) {
      if (is_whole(step(s).inputs[0], buffer(step(s).inputs[0]))) copy_of_[at(step(s).inputs[0])] = s;
    }
  }

  void run() {
    choose();
    write_in_place();
    reorder();
    check();
  }

 private:
  Step& step(Index s) { return plan_.steps[static_cast<std::size_t>(s)]; }
  Buffer& buffer(const View& view) { return plan_.buffers[static_cast<std::size_t>(view.buffer)]; }
  static std::size_t at(const View& view) { return static_cast<std::size_t>(view.buffer); }

  // Steps that give a state's new value and whose results nobody needs before the commit point.
  void choose() {
    moved_.assign(plan_.steps.size(), false);
    for (Index s = plan_.commit; s-- > plan_.once;) {
      if (step(s).kind != StepKind::tile) continue;
      bool updates = false, late = true;
      for (const View& out : step(s).outputs) {
        updates |= copy_of_[at(out)] >= 0;
        for (const Index reader : readers_[at(out)]) {
          late &= reader >= plan_.commit || moved_[static_cast<std::size_t>(reader)];
        }
      }
      moved_[static_cast<std::size_t>(s)] = updates && late;
    }
  }

  // Whether `state` is read by the step only element by element, and by no step behind it.
  bool may_overwrite(Index s, const View& out, const View& state) {
    for (const View& in : step(s).inputs) {
      if (in.buffer == state.buffer && !(in.extents == out.extents && is_whole(in, buffer(in)))) return false;
    }
    return std::none_of(readers_[at(state)].begin(), readers_[at(state)].end(),
                        [&](Index r) { return r > s && moved_[static_cast<std::size_t>(r)]; });
  }

  void write_in_place() {
    dropped_.assign(plan_.steps.size(), false);
    for (Index s = 0; s < plan_.commit; ++s) {
      if (!moved_[static_cast<std::size_t>(s)]) continue;
      for (View& in : step(s).inputs) rename(in);
      for (View& out : step(s).outputs) {
        const Index copy = copy_of_[at(out)];
        if (copy < 0 || !is_whole(out, buffer(out)) || !may_overwrite(s, out, step(copy).outputs[0])) continue;
        dropped_[static_cast<std::size_t>(copy)] = true;
        renamed_[at(out)] = step(copy).outputs[0].buffer;
        buffer(out).pinned = false;
        out.buffer = step(copy).outputs[0].buffer;
      }
    }
    for (Index s = plan_.commit; s < static_cast<Index>(plan_.steps.size()); ++s) rename(step(s).inputs[0]);
    for (View& out : plan_.outputs) rename(out);
  }
  void rename(View& view) {
    if (renamed_[at(view)] >= 0) view.buffer = renamed_[at(view)];
  }

  void reorder() {
    std::vector<Step> before, behind;
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      if (dropped_[s]) continue;
      const bool late = moved_[s] || static_cast<Index>(s) >= plan_.commit;
      (late ? behind : before).push_back(std::move(plan_.steps[s]));
    }
    plan_.commit = static_cast<Index>(before.size());
    plan_.steps = std::move(before);
    for (Step& s : behind) plan_.steps.push_back(std::move(s));
  }

  // What enters the writing steps, and numbers that the caller sees, must be finite.
  void check() {
    if (plan_.commit == static_cast<Index>(plan_.steps.size())) return;
    std::vector<bool> written(plan_.buffers.size(), false), listed(plan_.buffers.size(), false);
    for (Index s = 0; s < plan_.commit; ++s) {
      for (const View& out : step(s).outputs) written[at(out)] = true;
    }
    const auto add = [&](const View& view) {
      if (!is_floating(buffer(view).dtype) || !written[at(view)] || listed[at(view)]) return;
      listed[at(view)] = true;
      plan_.checked.push_back(whole(view.buffer, {buffer(view).elements}));
    };
    for (const View& out : plan_.outputs) {
      if (count(out.extents) == 1) add(out);
    }
    for (std::size_t s = static_cast<std::size_t>(plan_.commit); s < plan_.steps.size(); ++s) {
      for (const View& in : plan_.steps[s].inputs) add(in);
    }
    for (const OuterProduct& product : plan_.outer_products) {
      if (written[static_cast<std::size_t>(product.result)] || !is_behind(product)) continue;
      for (const View& operand : {product.a, product.b}) {
        written[at(operand)] = true;  // an input of the program, perhaps
        add(operand);
      }
      plan_.bounded.push_back(product);
    }
  }
  // Whether a writing step reads both operands: then it multiplies them.
  bool is_behind(const OuterProduct& product) {
    return std::any_of(plan_.steps.begin() + plan_.commit, plan_.steps.end(), [&](const Step& step) {
      const auto reads = [&](const View& view) {
        return std::any_of(step.inputs.begin(), step.inputs.end(),
                           [&](const View& in) { return in.buffer == view.buffer; });
      };
      return step.kind == StepKind::tile && reads(product.a) && reads(product.b);
    });
  }

  Plan& plan_;
  std::vector<std::vector<Index>> readers_;
  std::vector<Index> copy_of_;  // the step that copies the buffer into a state
  std::vector<Index> renamed_;  // the state that now holds the buffer's value
  std::vector<bool> moved_, dropped_;
};

}  // namespace

void commit_in_place(Plan& plan) { Commit(plan).run(); }

}  // namespace backprop
