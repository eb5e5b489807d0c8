#include "run/cpu/phases.hpp"

#include <algorithm>
#include <numeric>

namespace backprop::cpu {
namespace {

// A range of bytes that a step touched. Each input, state and constant is a memory of its own, the arena is one.
struct Access {
  Index memory;  // buffer, or -1: the arena
  std::size_t begin, end;
  bool writes;
  int part;  // that runs the whole step, or -1
};

Access access_of(const Plan& plan, const View& view, bool writes, int part) {
  const Buffer& buffer = plan.buffers[static_cast<std::size_t>(view.buffer)];
  if (buffer.kind != BufferKind::arena) return {view.buffer, 0, buffer.bytes(), writes, part};
  return {-1, buffer.place, buffer.place + buffer.bytes(), writes, part};
}

bool conflict(const Access& a, const Access& b) {
  if (!(a.writes || b.writes) || (a.part >= 0 && a.part == b.part)) return false;
  return a.memory == b.memory && a.begin < b.end && b.begin < a.end;
}

}  // namespace

std::vector<int> assign_parts(const Plan& plan, const std::vector<std::unique_ptr<Work>>& works, int threads) {
  std::vector<double> cost(static_cast<std::size_t>(plan.lanes), 0), load(static_cast<std::size_t>(threads), 0);
  for (std::size_t s = 0; s < works.size(); ++s) {
    if (plan.steps[s].lane >= 0) cost[static_cast<std::size_t>(plan.steps[s].lane)] += works[s]->nanoseconds;
  }
  std::vector<std::size_t> lanes(cost.size());
  std::iota(lanes.begin(), lanes.end(), std::size_t{0});
  std::stable_sort(lanes.begin(), lanes.end(), [&](std::size_t a, std::size_t b) { return cost[a] > cost[b]; });
  std::vector<int> part_of_lane(lanes.size());
  for (const std::size_t lane : lanes) {
    const auto idlest = std::min_element(load.begin(), load.end());
    part_of_lane[lane] = static_cast<int>(idlest - load.begin());
    *idlest += cost[lane];
  }
  std::vector<int> part_of(works.size(), -1);
  for (std::size_t s = 0; s < works.size(); ++s) {
    if (works[s]->parts > 1) continue;
    const Index lane = plan.steps[s].lane;
    part_of[s] = lane < 0 ? 0 : part_of_lane[static_cast<std::size_t>(lane)];
  }
  return part_of;
}

std::vector<bool> find_barriers(const Plan& plan, const std::vector<int>& part_of) {
  constexpr std::size_t most = 256;  // accesses remembered, so that long plans are not planned in quadratic time
  std::vector<bool> barriers(plan.steps.size(), false);
  std::vector<Access> since;
  for (std::size_t s = static_cast<std::size_t>(plan.once); s < plan.steps.size(); ++s) {
    std::vector<Access> mine;
    for (const View& view : plan.steps[s].inputs) mine.push_back(access_of(plan, view, false, part_of[s]));
    for (const View& view : plan.steps[s].outputs) mine.push_back(access_of(plan, view, true, part_of[s]));
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

double estimate_time(const std::vector<std::unique_ptr<Work>>& works, const std::vector<int>& part_of,
                     const std::vector<bool>& barriers) {
  constexpr double barrier = 1500;
  double time = 0;
  std::vector<double> load;
  const auto meet = [&] {
    if (!load.empty()) time += *std::max_element(load.begin(), load.end()) + barrier;
    load.clear();
  };
  const auto add = [&](int part, double nanoseconds) {
    load.resize(std::max(load.size(), static_cast<std::size_t>(part) + 1), 0);
    load[static_cast<std::size_t>(part)] += nanoseconds;
  };
  for (std::size_t s = 0; s < works.size(); ++s) {
    if (barriers[s]) meet();
    if (part_of[s] >= 0) add(part_of[s], works[s]->nanoseconds);
    for (int part = 0; part_of[s] < 0 && part < works[s]->parts; ++part) {
      add(part, works[s]->nanoseconds / works[s]->parts);
    }
  }
  meet();
  return time;
}

}  // namespace backprop::cpu
