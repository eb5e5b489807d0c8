// A loop over an array read through strides, for operations that only move elements. Thread safety: pure functions.
#pragma once
#include <numeric>

#include "backprop/tensor.hpp"
#include "base/dispatch.hpp"

namespace backprop::ops {

// Row-major strides, in elements.
inline Extents strides_of(const Extents& extents) {
  Extents strides(extents.size(), 1);
  for (std::size_t i = extents.size(); i-- > 1;) strides[i - 1] = strides[i] * extents[i];
  return strides;
}

// visit(position, offset) for every index of `extents` in row-major order; offset = start + index · strides.
template <class Visit>
void for_each_strided(const Extents& extents, const Extents& strides, std::int64_t start, Visit visit) {
  Extents index(extents.size(), 0);
  const std::int64_t n = count(extents);
  std::int64_t offset = start;
  for (std::int64_t position = 0; position < n; ++position) {
    visit(static_cast<std::size_t>(position), static_cast<std::size_t>(offset));
    for (std::size_t axis = extents.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < extents[axis]) break;
      offset -= strides[axis] * extents[axis];
      index[axis] = 0;
    }
  }
}

// out[position] = in[start + index · strides].
inline void copy_strided(const TensorView& in, const Extents& strides, std::int64_t start, const TensorView& out) {
  dispatch_any(in.dtype, [&]<class T>() {
    const auto from = in.as<T>();
    const auto to = out.as<T>();
    for_each_strided(out.extents, strides, start, [&](std::size_t i, std::size_t offset) { to[i] = from[offset]; });
  });
}

}  // namespace backprop::ops
