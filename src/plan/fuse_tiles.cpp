// Elementwise steps over one space become one tile program. A cluster stays open, its members not yet written down,
// until a step outside needs a result of it; so nothing outside depends on it, and members may join whatever they read.
#include <algorithm>
#include <map>

#include "plan/passes.hpp"

namespace backprop {
namespace {

constexpr int most_operations = 96;
constexpr std::size_t most_operands = 48;

// Axes of extent 1 say nothing about where elements stand.
View squeezed(const View& view) {
  View out{view.buffer, view.offset, {}, {}};
  for (std::size_t i = 0; i < view.extents.size(); ++i) {
    if (view.extents[i] == 1) continue;
    out.extents.push_back(view.extents[i]);
    out.strides.push_back(view.strides[i]);
  }
  return out;
}

struct Cluster {
  std::vector<Index> members;  // steps, ascending
  Extents space;
  DType dtype = DType::boolean;  // of its numbers; boolean while it has none
  int operations = 0;
  std::size_t operands = 0;  // at most
};

class Fusion {
 public:
  explicit Fusion(Plan& plan) : plan_(plan), cluster_of_(plan.buffers.size(), -1), readers_(plan.buffers.size(), 0) {
    for (const Step& step : plan.steps) {
      for (const View& in : step.inputs) ++readers_[at(in)];
    }
    for (const View& out : plan.outputs) ++readers_[at(out)];
  }

  void run() {
    Index once = 0;
    for (Index s = 0; s < static_cast<Index>(plan_.steps.size()); ++s) {
      if (s == plan_.once) {
        close_all();
        once = static_cast<Index>(steps_.size());
      }
      if (s == plan_.commit) {
        close_all();
        commit_ = static_cast<Index>(steps_.size());
      }
      Step& step = plan_.steps[static_cast<std::size_t>(s)];
      if (step.kind == StepKind::tile) {
        join(s);
      } else {
        for (const View& in : step.inputs) close(cluster_of_[at(in)]);
        steps_.push_back(std::move(step));
      }
    }
    close_all();
    plan_.commit = commit_ < 0 ? static_cast<Index>(steps_.size()) : commit_;
    plan_.once = once;
    plan_.steps = std::move(steps_);
  }

 private:
  static std::size_t at(const View& view) { return static_cast<std::size_t>(view.buffer); }
  Cluster& cluster(Index c) { return clusters_[static_cast<std::size_t>(c)]; }
  static DType number_type(const Step& step, const Plan& plan) {
    for (const auto* list : {&step.inputs, &step.outputs}) {
      for (const View& view : *list) {
        const DType dtype = plan.buffers[at(view)].dtype;
        if (dtype != DType::boolean) return dtype;
      }
    }
    return DType::boolean;
  }
  bool fits(const Cluster& c, const Extents& space, DType dtype, int operations, std::size_t operands) const {
    return c.space == space && (c.dtype == dtype || c.dtype == DType::boolean || dtype == DType::boolean) &&
           c.operations + operations <= most_operations && c.operands + operands <= most_operands;
  }

  void join(Index s) {
    Step& step = plan_.steps[static_cast<std::size_t>(s)];
    for (View& view : step.inputs) view = squeezed(view);
    for (View& view : step.outputs) view = squeezed(view);
    const Extents space = step.outputs[0].extents;
    Cluster mine{{s}, space, number_type(step, plan_), step.tile.operations(), step.inputs.size() + 1};
    std::vector<Index> joined;
    // Numbers for the whole step may stand together whatever they read.
    if (space.empty() && open_scalars_ >= 0) joined.push_back(open_scalars_);
    for (const View& in : step.inputs) {
      const Index c = cluster_of_[at(in)];
      if (c >= 0 && std::find(joined.begin(), joined.end(), c) == joined.end()) joined.push_back(c);
    }
    for (const Index c : joined) {
      const Cluster& other = cluster(c);
      bool aligned = fits(other, space, mine.dtype, mine.operations, mine.operands);
      for (const View& in : step.inputs) {
        if (cluster_of_[at(in)] == c) aligned = aligned && in.extents == space && in.offset == 0 && is_row_major(in);
      }
      if (!aligned) {
        if (c != open_scalars_ || reads(step, c)) close(c);
        continue;
      }
      mine.members.insert(mine.members.end(), other.members.begin(), other.members.end());
      mine.operations += other.operations;
      mine.operands += other.operands;
      if (mine.dtype == DType::boolean) mine.dtype = other.dtype;
      cluster(c).members.clear();
    }
    std::sort(mine.members.begin(), mine.members.end());
    const auto number = static_cast<Index>(clusters_.size());
    for (const Index m : mine.members) {
      for (const View& out : plan_.steps[static_cast<std::size_t>(m)].outputs) cluster_of_[at(out)] = number;
    }
    clusters_.push_back(std::move(mine));
    if (space.empty()) open_scalars_ = number;
  }
  bool reads(const Step& step, Index c) const {
    return std::any_of(step.inputs.begin(), step.inputs.end(),
                       [&](const View& in) { return cluster_of_[at(in)] == c; });
  }

  void close_all() {
    for (; first_open_ < static_cast<Index>(clusters_.size()); ++first_open_) close(first_open_);
  }

  // Writes the cluster down as one step.
  void close(Index number) {
    if (number < 0 || cluster(number).members.empty()) return;
    const Cluster closed = std::move(cluster(number));
    cluster(number).members.clear();
    if (open_scalars_ == number) open_scalars_ = -1;
    for (const Index m : closed.members) {
      for (const View& in : plan_.steps[static_cast<std::size_t>(m)].inputs) {
        if (cluster_of_[at(in)] == number) --readers_[at(in)];  // what is left reads from outside
      }
    }
    Step fused{.kind = StepKind::tile};
    if (closed.dtype != DType::boolean) fused.tile.dtype = closed.dtype;
    std::map<Index, std::int32_t> registers;  // of members' results, by buffer
    std::vector<std::int32_t> inputs;         // registers of fused.inputs
    for (const Index m : closed.members)
      write(plan_.steps[static_cast<std::size_t>(m)], number, fused, registers, inputs);
    for (const Index m : closed.members) {
      const View& out = plan_.steps[static_cast<std::size_t>(m)].outputs[0];
      cluster_of_[at(out)] = -1;
      if (readers_[at(out)] == 0) {
        plan_.buffers[at(out)].pinned = false;
        continue;
      }
      fused.outputs.push_back(out);
      fused.tile.add_output(registers.at(out.buffer));
    }
    eliminate_common_and_dead(fused.tile);
    if (!fused.outputs.empty()) steps_.push_back(std::move(fused));
  }

  void write(const Step& member, Index number, Step& fused, std::map<Index, std::int32_t>& registers,
             std::vector<std::int32_t>& inputs) {
    std::vector<std::int32_t> mapped;  // the member's registers in the fused program
    for (const TileInstruction& instruction : member.tile.instructions) {
      if (instruction.primitive == Primitive::argument) {
        const auto k = static_cast<std::size_t>(instruction.arguments[0]);
        const View& in = member.inputs[k];
        if (cluster_of_[at(in)] == number) {
          mapped.push_back(registers.at(in.buffer));
          continue;
        }
        const auto known = std::find(fused.inputs.begin(), fused.inputs.end(), in);
        if (known == fused.inputs.end()) {
          fused.inputs.push_back(in);
          inputs.push_back(fused.tile.add_input(member.tile.inputs[k]));
          mapped.push_back(inputs.back());
        } else {
          mapped.push_back(inputs[static_cast<std::size_t>(known - fused.inputs.begin())]);
        }
      } else if (instruction.primitive == Primitive::constant) {
        mapped.push_back(fused.tile.add_constant(instruction.constant));
      } else {
        std::int32_t arguments[3];
        const auto arity = static_cast<std::size_t>(arity_of(instruction.primitive));
        for (std::size_t i = 0; i < arity; ++i) {
          arguments[i] = mapped[static_cast<std::size_t>(instruction.arguments[i])];
        }
        mapped.push_back(fused.tile.add(instruction.primitive, std::span(arguments, arity)));
      }
    }
    registers[member.outputs[0].buffer] = mapped[static_cast<std::size_t>(member.tile.outputs[0].reg)];
  }

  Plan& plan_;
  std::vector<Index> cluster_of_;  // by buffer; -1 when written down, or no tile's result
  std::vector<int> readers_;
  std::vector<Cluster> clusters_;
  Index first_open_ = 0, open_scalars_ = -1, commit_ = -1;
  std::vector<Step> steps_;
};

}  // namespace

void fuse_tiles(Plan& plan) { Fusion(plan).run(); }

}  // namespace backprop
