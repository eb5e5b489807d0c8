// Spaces of any rank as a loop over two-dimensional ones.
#include <algorithm>
#include <numeric>

#include "backprop/error.hpp"
#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {

std::int64_t TileLayout::units() const {
  if (extents.size() == 1) return extents[0];
  return std::accumulate(extents.begin(), extents.end() - 1, std::int64_t{1}, std::multiplies<>());
}

TileLayout merge_dimensions(const Extents& extents, const std::vector<Extents>& strides) {
  const std::size_t operands = strides.size();
  if (count(extents) == 0) return {{0}, std::vector<Extents>(operands, Extents{0})};
  std::vector<std::size_t> order;
  for (std::size_t d = 0; d < extents.size(); ++d) {
    if (extents[d] != 1) order.push_back(d);
  }
  if (!strides.empty()) {
    const Extents& by = strides.back();
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return by[a] > by[b]; });
  }
  TileLayout layout{{}, std::vector<Extents>(operands)};
  for (const std::size_t d : order) {
    const bool merges = !layout.extents.empty() && std::all_of(strides.begin(), strides.end(), [&](const Extents& s) {
      return layout.strides[static_cast<std::size_t>(&s - strides.data())].back() == s[d] * extents[d];
    });
    if (merges) {
      layout.extents.back() *= extents[d];
    } else {
      layout.extents.push_back(extents[d]);
    }
    for (std::size_t o = 0; o < operands; ++o) {
      if (merges)
        layout.strides[o].back() = strides[o][d];
      else
        layout.strides[o].push_back(strides[o][d]);
    }
  }
  if (layout.extents.empty()) {
    layout.extents = {1};
    for (Extents& s : layout.strides) s = {0};
  }
  return layout;
}

Extents broadcast_strides(const Extents& shape, const Extents& extents) {
  Extents strides(extents.size(), 0);
  if (shape.size() > extents.size()) throw Error("[tile] " + to_string(shape) + " into " + to_string(extents));
  std::int64_t stride = 1;
  for (std::size_t i = 1; i <= shape.size(); ++i) {
    const std::int64_t extent = shape[shape.size() - i];
    if (extent != 1 && extent != extents[extents.size() - i]) {
      throw Error("[tile] " + to_string(shape) + " into " + to_string(extents));
    }
    strides[extents.size() - i] = extent == 1 ? 0 : stride;
    stride *= extent;
  }
  return strides;
}

void run_tile(const CompiledTile& tile, const TileLayout& layout, void* const* pointers, std::int64_t begin,
              std::int64_t end, void* scratch) noexcept {
  const TileCode& code = tile.code();
  auto* const operands = reinterpret_cast<TileOperand*>(static_cast<std::byte*>(scratch) + code.layout_operands_offset);
  const std::size_t inputs = code.boolean_inputs.size();
  const std::size_t rank = layout.extents.size();
  const bool flat = rank == 1;
  const std::int64_t columns = flat ? 0 : layout.extents[rank - 1];
  while (begin < end) {
    // The rows that one two-dimensional space holds: up to the end of the last but one dimension.
    const std::int64_t extent = flat ? end : layout.extents[rank - 2];
    const std::int64_t row = flat ? begin : begin % extent;
    const std::int64_t rows = std::min(end - begin, extent - row);
    for (std::size_t o = 0; o < layout.strides.size(); ++o) {
      const std::int64_t* stride = layout.strides[o].data();
      std::int64_t offset = row * stride[flat ? 0 : rank - 2];
      std::int64_t rest = flat ? 0 : begin / extent;
      for (std::size_t d = rank; d-- > 2;) {
        offset += rest % layout.extents[d - 2] * stride[d - 2];
        rest /= layout.extents[d - 2];
      }
      const bool boolean = o < inputs ? code.boolean_inputs[o] : code.outputs[o - inputs].boolean;
      std::byte* pointer = static_cast<std::byte*>(pointers[o]) + offset * (boolean ? 1 : code.element_bytes);
      operands[o] = {pointer, flat ? 0 : stride[rank - 2], stride[rank - 1]};
    }
    run_tile(tile, operands, flat ? 1 : rows, flat ? rows : columns, scratch);
    begin += rows;
  }
}

}  // namespace backprop::cpu
