#include "run/cpu/phases.hpp"

namespace backprop::cpu {
namespace {

// A range of bytes that a step touched. Each input, state and constant is a memory of its own, the arena is one.
struct Access {
  Index memory;  // buffer, or -1: the arena
  std::size_t begin, end;
  bool writes, one_part;
};

Access access_of(const Plan& plan, const View& view, bool writes, bool one_part) {
  const Buffer& buffer = plan.buffers[static_cast<std::size_t>(view.buffer)];
  if (buffer.kind != BufferKind::arena) return {view.buffer, 0, buffer.bytes(), writes, one_part};
  return {-1, buffer.place, buffer.place + buffer.bytes(), writes, one_part};
}

bool conflict(const Access& a, const Access& b) {
  if (!(a.writes || b.writes) || (a.one_part && b.one_part)) return false;
  return a.memory == b.memory && a.begin < b.end && b.begin < a.end;
}

}  // namespace

std::vector<bool> find_barriers(const Plan& plan, const std::vector<std::unique_ptr<Work>>& works) {
  constexpr std::size_t most = 256;  // accesses remembered, so that long plans are not planned in quadratic time
  std::vector<bool> barriers(plan.steps.size(), false);
  std::vector<Access> since;
  for (std::size_t s = static_cast<std::size_t>(plan.once); s < plan.steps.size(); ++s) {
    std::vector<Access> mine;
    for (const View& view : plan.steps[s].inputs) mine.push_back(access_of(plan, view, false, works[s]->parts == 1));
    for (const View& view : plan.steps[s].outputs) mine.push_back(access_of(plan, view, true, works[s]->parts == 1));
    bool meets = since.size() > most;
    for (std::size_t i = 0; i < since.size() && !meets; ++i) {
      for (const Access& access : mine) meets = meets || conflict(since[i], access);
    }
    // The commit point has its own.
    if (meets || static_cast<Index>(s) == plan.commit) since.clear();
    barriers[s] = meets && static_cast<Index>(s) != plan.commit;
    since.insert(since.end(), mine.begin(), mine.end());
  }
  return barriers;
}

}  // namespace backprop::cpu
