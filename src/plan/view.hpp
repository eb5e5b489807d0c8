// A view of a buffer: where the elements of a value stand. Shape operations that only rename positions (broadcast,
// reshape, transpose, slice) are views, and cost nothing. Thread safety: value types.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/shape.hpp"

namespace backprop {

// Element (i, j, ...) stands at offset + i * strides[0] + j * strides[1] + ..., in elements; stride 0 repeats.
struct View {
  Index buffer = -1;
  std::int64_t offset = 0;
  Extents extents;
  Extents strides;
  friend bool operator==(const View&, const View&) = default;
};

Extents row_major_strides(const Extents& extents);
View whole(Index buffer, Extents extents);
// Whether the elements stand in row-major order without gaps (axes of extent 1 may have any stride).
bool is_row_major(const View& view);

View broadcast_view(const View& view, const Extents& extents);
View transpose_view(const View& view, const std::vector<std::int64_t>& permutation);
View slice_view(const View& view, int axis, std::int64_t begin, std::int64_t end);
// Nothing when the elements would have to move.
std::optional<View> reshape_view(const View& view, const Extents& extents);

std::string to_string(const View& view);  // "b3[4, 16]", with strides and offset where not row-major

}  // namespace backprop
