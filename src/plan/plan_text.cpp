#include "backprop/operation.hpp"
#include "plan/plan.hpp"

namespace backprop {
namespace {

std::string list(const std::vector<View>& views) {
  std::string text;
  for (const View& view : views) text += (text.empty() ? "" : ", ") + to_string(view);
  return text;
}

std::string kind_text(const Step& step) {
  switch (step.kind) {
    case StepKind::tile: return "tile";
    case StepKind::copy: return "copy";
    default: return std::string(step.equation->operation->name) + to_string(step.equation->attributes);
  }
}

std::string kind_text(const Buffer& buffer) {
  switch (buffer.kind) {
    case BufferKind::input: return "input " + std::to_string(buffer.source);
    case BufferKind::state: return "state " + std::to_string(buffer.source);
    case BufferKind::constant: return "constant " + std::to_string(buffer.source);
    default: return "arena";
  }
}

}  // namespace

std::string to_string(const Plan& plan) {
  std::string text;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (plan.once > 0 && static_cast<Index>(s) == plan.once) text += "the steps above once for all runs\n";
    if (static_cast<Index>(s) == plan.commit) {
      text += "commit if finite: " + list(plan.checked);
      for (const OuterProduct& product : plan.bounded) {
        text += ", " + to_string(product.a) + " times " + to_string(product.b);
      }
      text += "\n";
    }
    text += "s" + std::to_string(s) + " " + kind_text(step) + " (" + list(step.inputs) + ") -> " + list(step.outputs);
    if (step.lane >= 0) text += "  lane " + std::to_string(step.lane);
    if (step.kind == StepKind::product && !step.equation->layer.empty()) text += "  in " + step.equation->layer;
    text += "\n";
    if (step.kind == StepKind::tile) {
      const std::string program = to_string(step.tile);
      for (std::size_t begin = 0; begin < program.size();) {
        const std::size_t end = std::min(program.find('\n', begin), program.size());
        text += "    " + program.substr(begin, end - begin) + "\n";
        begin = end + 1;
      }
    }
  }
  text += "outputs " + list(plan.outputs) + "\n";
  std::vector<bool> used(plan.buffers.size(), false);
  for (const Step& step : plan.steps) {
    for (const View& view : step.inputs) used[static_cast<std::size_t>(view.buffer)] = true;
    for (const View& view : step.outputs) used[static_cast<std::size_t>(view.buffer)] = true;
  }
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    const Buffer& buffer = plan.buffers[b];
    if (!used[b]) continue;
    text += "b" + std::to_string(b) + " " + kind_text(buffer) + " " + std::string(to_string(buffer.dtype)) + " x " +
            std::to_string(buffer.elements);
    if (buffer.kind == BufferKind::arena) text += " at " + std::to_string(buffer.place);
    if (buffer.shares >= 0) text += " in place of b" + std::to_string(buffer.shares);
    text += "\n";
  }
  return text + "arena " + std::to_string(plan.arena_bytes) + " bytes, largest live sum " +
         std::to_string(plan.arena_lower_bound) + "\n";
}

}  // namespace backprop
