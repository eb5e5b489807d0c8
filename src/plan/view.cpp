#include "plan/view.hpp"

#include <algorithm>

namespace backprop {

Extents row_major_strides(const Extents& extents) {
  Extents strides(extents.size());
  std::int64_t stride = 1;
  for (std::size_t i = extents.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<std::int64_t>(extents[i], 1);
  }
  return strides;
}

View whole(Index buffer, Extents extents) {
  Extents strides = row_major_strides(extents);
  return {buffer, 0, std::move(extents), std::move(strides)};
}

bool is_row_major(const View& view) {
  std::int64_t stride = 1;
  for (std::size_t i = view.extents.size(); i-- > 0;) {
    if (view.extents[i] == 0) return true;
    if (view.extents[i] != 1 && view.strides[i] != stride) return false;
    stride *= view.extents[i];
  }
  return true;
}

View broadcast_view(const View& view, const Extents& extents) {
  View out{view.buffer, view.offset, extents, Extents(extents.size(), 0)};
  const std::size_t extra = extents.size() - view.extents.size();
  for (std::size_t i = 0; i < view.extents.size(); ++i) {
    out.strides[extra + i] = view.extents[i] == 1 ? 0 : view.strides[i];
  }
  return out;
}

View transpose_view(const View& view, const std::vector<std::int64_t>& permutation) {
  View out{view.buffer, view.offset, {}, {}};
  for (const std::int64_t axis : permutation) {
    out.extents.push_back(view.extents[static_cast<std::size_t>(axis)]);
    out.strides.push_back(view.strides[static_cast<std::size_t>(axis)]);
  }
  return out;
}

View slice_view(const View& view, int axis, std::int64_t begin, std::int64_t end) {
  View out = view;
  const auto a = static_cast<std::size_t>(axis);
  out.offset += begin * view.strides[a];
  out.extents[a] = end - begin;
  return out;
}

// Groups of old axes and of new axes with equal products correspond; within a group the old axes must be walked through
// as one.
std::optional<View> reshape_view(const View& view, const Extents& extents) {
  View out{view.buffer, view.offset, extents, row_major_strides(extents)};
  if (is_row_major(view)) return out;
  Extents from, strides;
  for (std::size_t i = 0; i < view.extents.size(); ++i) {
    if (view.extents[i] == 1) continue;
    from.push_back(view.extents[i]);
    strides.push_back(view.strides[i]);
  }
  std::size_t old = 0, next = 0;
  while (old < from.size()) {
    std::int64_t have = from[old], want = next < extents.size() ? extents[next] : 1;
    std::size_t old_end = old + 1, next_end = next + 1;
    while (have != want) {
      if (have < want) {
        have *= from[old_end++];
      } else {
        want *= extents[next_end++];
      }
    }
    for (std::size_t i = old; i + 1 < old_end; ++i) {
      if (strides[i] != from[i + 1] * strides[i + 1]) return std::nullopt;
    }
    std::int64_t stride = strides[old_end - 1];
    for (std::size_t i = next_end; i-- > next;) {
      out.strides[i] = stride;
      stride *= extents[i];
    }
    old = old_end;
    next = next_end;
  }
  return out;
}

std::string to_string(const View& view) {
  std::string text = "b" + std::to_string(view.buffer) + to_string(view.extents);
  if (!is_row_major(view)) text += ":" + to_string(view.strides);
  if (view.offset != 0) text += "+" + std::to_string(view.offset);
  return text;
}

}  // namespace backprop
