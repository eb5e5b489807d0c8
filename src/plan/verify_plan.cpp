// What must hold of every plan, checked without knowledge of the passes that made it.
#include <algorithm>

#include "plan/passes.hpp"

namespace backprop {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error("[verify] plan: " + what); }

void check_view(const Plan& plan, const View& view, const std::string& where) {
  if (view.buffer < 0 || view.buffer >= static_cast<Index>(plan.buffers.size())) fail(where + " names no buffer");
  std::int64_t last = view.offset;
  for (std::size_t i = 0; i < view.extents.size(); ++i) {
    if (view.extents[i] == 0) return;
    last += (view.extents[i] - 1) * view.strides[i];
  }
  if (view.offset < 0 || last >= plan.buffers[static_cast<std::size_t>(view.buffer)].elements) {
    fail(where + " reaches outside of " + to_string(view));
  }
}

// Walks the steps and remembers whose elements each place of the arena holds: a step that reads a buffer must find it
// as its writer left it.
void check_places(const Plan& plan) {
  constexpr std::size_t line = 64;
  std::vector<Index> holder((plan.arena_bytes + line - 1) / line, -1);
  const auto lines = [&](const Buffer& b, auto&& visit) {
    if (b.place + b.bytes() > plan.arena_bytes) fail("a buffer lies outside of the arena");
    for (std::size_t i = b.place / line; i < (b.place + b.bytes() + line - 1) / line; ++i) visit(holder[i]);
  };
  const auto read = [&](const View& view, const std::string& where) {
    const Buffer& b = plan.buffers[static_cast<std::size_t>(view.buffer)];
    if (b.kind != BufferKind::arena) return;
    lines(b, [&](Index holds) {
      if (holds != view.buffer) fail(where + " reads " + to_string(view) + " where b" + std::to_string(holds) + " is");
    });
  };
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const std::string where = "step " + std::to_string(s);
    if (static_cast<Index>(s) == plan.commit) {
      for (const View& view : plan.checked) read(view, "the commit point");
    }
    for (const View& view : plan.steps[s].inputs) read(view, where);
    for (const View& view : plan.steps[s].outputs) {
      const Buffer& b = plan.buffers[static_cast<std::size_t>(view.buffer)];
      if (b.kind == BufferKind::arena) lines(b, [&](Index& holds) { holds = view.buffer; });
    }
  }
  for (const View& view : plan.outputs) read(view, "the caller");
}

}  // namespace

void verify_steps(const Plan& plan) {
  std::vector<bool> written(plan.buffers.size());
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) written[b] = plan.buffers[b].kind != BufferKind::arena;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    const std::string where = "step " + std::to_string(s);
    for (const View& view : step.inputs) {
      check_view(plan, view, where);
      if (!written[static_cast<std::size_t>(view.buffer)])
        fail(where + " reads " + to_string(view) + " before it is written");
    }
    for (const View& view : step.outputs) {
      check_view(plan, view, where);
      const BufferKind kind = plan.buffers[static_cast<std::size_t>(view.buffer)].kind;
      if (kind == BufferKind::input || kind == BufferKind::constant) fail(where + " writes an input or a constant");
      if (kind == BufferKind::state && static_cast<Index>(s) < plan.commit) fail(where + " writes a state too early");
      written[static_cast<std::size_t>(view.buffer)] = true;
    }
    if (step.kind == StepKind::tile) verify(step.tile);
  }
  for (const View& view : plan.outputs) {
    check_view(plan, view, "an output");
    if (!written[static_cast<std::size_t>(view.buffer)]) fail("an output is never written");
  }
}

void verify(const Plan& plan) {
  verify_steps(plan);
  check_places(plan);
}

}  // namespace backprop
