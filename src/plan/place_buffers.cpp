// Places in the arena. A buffer lives from the step that writes it to the last that reads it; those alive at once lie
// apart, and so do those of different lanes, which run side by side. Largest first, each at the lowest offset that fits; for very long plans in order of time, where first fit
// among the free gaps is as good and not quadratic.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "plan/passes.hpp"

namespace backprop {
namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t many = 3000;

struct Life {
  Index first = -1, last = -1;  // steps; -1: not used
  std::size_t bytes = 0;
  Index lane = -1;  // whose steps use it; -1: that of several, or of none
};

class Placer {
 public:
  explicit Placer(Plan& plan) : plan_(plan), lives_(plan.buffers.size()), root_(plan.buffers.size()) {}

  void run() {
    std::iota(root_.begin(), root_.end(), Index{0});
    find_lives();
    share();
    std::vector<Index> order;
    for (std::size_t b = 0; b < lives_.size(); ++b) {
      if (root_[b] == static_cast<Index>(b) && lives_[b].first >= 0) order.push_back(static_cast<Index>(b));
    }
    lower_bound(order);
    if (order.size() <= many) {
      largest_first(order);
    } else {
      in_time(order);
    }
    for (const Index b : order) plan_.arena_bytes = std::max(plan_.arena_bytes, buffer(b).place + life(b).bytes);
    for (std::size_t b = 0; b < root_.size(); ++b) plan_.buffers[b].place = buffer(root(static_cast<Index>(b))).place;
  }

 private:
  Buffer& buffer(Index b) { return plan_.buffers[static_cast<std::size_t>(b)]; }
  Life& life(Index b) { return lives_[static_cast<std::size_t>(b)]; }
  Index root(Index b) const {
    while (root_[static_cast<std::size_t>(b)] != b) b = root_[static_cast<std::size_t>(b)];
    return b;
  }

  void find_lives() {
    const Index end = static_cast<Index>(plan_.steps.size());
    for (Index s = 0; s < end; ++s) {
      for (const auto* list :
           {&plan_.steps[static_cast<std::size_t>(s)].inputs, &plan_.steps[static_cast<std::size_t>(s)].outputs}) {
        for (const View& view : *list) {
          if (buffer(view.buffer).kind != BufferKind::arena) continue;
          Life& l = life(view.buffer);
          const Index lane = plan_.steps[static_cast<std::size_t>(s)].lane;
          if (l.first < 0) l = {s, s, (buffer(view.buffer).bytes() + alignment - 1) / alignment * alignment, lane};
          l.last = s;
          if (l.lane != lane) l.lane = -1;
        }
      }
    }
    for (const View& view : plan_.checked) life(view.buffer).last = std::max(life(view.buffer).last, plan_.commit);
    for (std::size_t b = 0; b < lives_.size(); ++b) {
      if (plan_.buffers[b].pinned && lives_[b].first >= 0) lives_[b].last = end;
    }
  }

  // A tile program's result takes the place of an argument that ends there and is read element by element.
  void share() {
    for (Index s = 0; s < static_cast<Index>(plan_.steps.size()); ++s) {
      const Step& step = plan_.steps[static_cast<std::size_t>(s)];
      if (step.kind != StepKind::tile) continue;
      std::vector<Index> taken;
      for (const View& out : step.outputs) {
        if (buffer(out.buffer).kind != BufferKind::arena) continue;
        for (const View& in : step.inputs) {
          const Index place = root(in.buffer);
          if (may_take(step, s, in, out) && std::find(taken.begin(), taken.end(), place) == taken.end()) {
            taken.push_back(place);
            buffer(out.buffer).shares = in.buffer;
            life(place).last = life(out.buffer).last;
            if (life(place).lane != life(out.buffer).lane) life(place).lane = -1;
            root_[static_cast<std::size_t>(out.buffer)] = place;
            break;
          }
        }
      }
    }
  }
  bool may_take(const Step& step, Index s, const View& in, const View& out) {
    const Buffer& from = buffer(in.buffer);
    if (from.kind != BufferKind::arena || from.dtype != buffer(out.buffer).dtype || from.pinned) return false;
    if (from.elements != buffer(out.buffer).elements || in.extents != out.extents || in.offset != 0) return false;
    if (!is_row_major(in) || life(root(in.buffer)).last != s || root(in.buffer) == root(out.buffer)) return false;
    for (const View& other : step.inputs) {
      if (other.buffer == in.buffer && !(other == in)) return false;
    }
    return true;
  }

  // The largest live sum of each lane, and of what belongs to none.
  void lower_bound(const std::vector<Index>& order) {
    for (Index lane = -1; lane < plan_.lanes; ++lane) {
      std::vector<std::int64_t> change(plan_.steps.size() + 2, 0);
      for (const Index b : order) {
        if (life(b).lane != lane) continue;
        change[static_cast<std::size_t>(life(b).first)] += static_cast<std::int64_t>(life(b).bytes);
        change[static_cast<std::size_t>(life(b).last) + 1] -= static_cast<std::int64_t>(life(b).bytes);
      }
      std::int64_t alive = 0, most = 0;
      for (const std::int64_t c : change) most = std::max(most, alive += c);
      plan_.arena_lower_bound += static_cast<std::size_t>(most);
    }
  }

  void largest_first(std::vector<Index> order) {
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return life(a).bytes > life(b).bytes; });
    std::vector<Index> placed;  // by offset
    for (const Index b : order) {
      std::size_t offset = 0;
      for (const Index other : placed) {
        const bool apart = life(other).first > life(b).last || life(other).last < life(b).first;
        if (apart && life(other).lane == life(b).lane) continue;
        if (offset + life(b).bytes <= buffer(other).place) break;
        offset = std::max(offset, buffer(other).place + life(other).bytes);
      }
      buffer(b).place = offset;
      placed.insert(std::upper_bound(placed.begin(), placed.end(), offset,
                                     [&](std::size_t o, Index other) { return o < buffer(other).place; }),
                    b);
    }
  }

  void in_time(std::vector<Index> order) {
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return life(a).first < life(b).first; });
    std::map<std::size_t, std::size_t> gaps;  // offset -> bytes
    std::set<std::pair<std::size_t, std::size_t>> by_size;
    std::multimap<Index, Index> ending;
    std::size_t end = 0;
    const auto remove_gap = [&](std::map<std::size_t, std::size_t>::iterator gap) {
      by_size.erase({gap->second, gap->first});
      return gaps.erase(gap);
    };
    const auto add_gap = [&](std::size_t offset, std::size_t bytes) {
      auto next = gaps.lower_bound(offset);
      if (next != gaps.end() && next->first == offset + bytes) {
        bytes += next->second;
        next = remove_gap(next);
      }
      if (next != gaps.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == offset) {
          offset = before->first;
          bytes += before->second;
          remove_gap(before);
        }
      }
      gaps.emplace(offset, bytes);
      by_size.emplace(bytes, offset);
    };
    for (const Index b : order) {
      while (!ending.empty() && ending.begin()->first < life(b).first) {
        const Index done = ending.begin()->second;
        ending.erase(ending.begin());
        if (life(done).bytes > 0) add_gap(buffer(done).place, life(done).bytes);
      }
      const std::size_t bytes = life(b).bytes;
      const auto fit = by_size.lower_bound({bytes, 0});
      if (fit == by_size.end()) {
        buffer(b).place = end;
        end += bytes;
      } else {
        const auto [size, offset] = *fit;
        remove_gap(gaps.find(offset));
        buffer(b).place = offset;
        if (size > bytes) add_gap(offset + bytes, size - bytes);
      }
      ending.emplace(life(b).last, b);
    }
  }

  Plan& plan_;
  std::vector<Life> lives_;
  std::vector<Index> root_;
};

}  // namespace

void place_buffers(Plan& plan) { Placer(plan).run(); }

}  // namespace backprop
