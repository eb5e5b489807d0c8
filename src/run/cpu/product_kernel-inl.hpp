// A part of a matrix product: the loops around the register tile. Included once for every instruction set.
// Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_KERNEL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_KERNEL_INL
#undef BACKPROP_PRODUCT_KERNEL_INL
#else
#define BACKPROP_PRODUCT_KERNEL_INL
#endif

#include <algorithm>

#include "run/cpu/product_chain-inl.hpp"
#include "run/cpu/product_dots-inl.hpp"
#include "run/cpu/product_few-inl.hpp"
#include "run/cpu/product_lane_rows-inl.hpp"
#include "run/cpu/product_lanes-inl.hpp"
#include "run/cpu/product_pack-inl.hpp"
#include "run/cpu/product_plan.hpp"
#include "run/cpu/product_rows-inl.hpp"
#include "run/cpu/product_thin-inl.hpp"
#include "run/cpu/product_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

// Vectors of a tile of so few rows and columns, for operands as they lie: more accumulators hide the latency of one.
// Those of up to three rows have nearly the same width.
template <class T> constexpr int vectors_for(int rows, Index columns) {
  const Index all = std::max<Index>(1, (columns + lanes<T> - 1) / lanes<T>);
  if (rows > 3) return all == 1 ? 1 : 2;
  const Index most = rows == 1   ? most_row_vectors
                     : rows == 2 ? most_row_vectors / 2
                                 : 4,
              count = (all + most - 1) / most;
  return static_cast<int>((all + count - 1) / count);
}

// Whether so few columns are worked on in narrow vectors.
template <class T> constexpr bool is_narrow(Index columns) {
  return narrow_lanes<T> < lanes<T> && columns <= narrow_lanes<T>;
}

// The rows that a tile of so many columns may have, where it reads A as it lies.
template <class T> int most_rows(const ProductPlan& plan, Index columns) {
  return std::min(is_narrow<T>(columns) ? narrow_rows : tile_rows, static_cast<int>(plan.most_rows));
}

// Columns that one vector and one of half its width have room for.
template <class T> constexpr bool is_one_and_half(Index columns) {
  return half_lanes<T> < lanes<T> && columns > lanes<T> && columns <= lanes<T> + half_lanes<T>;
}

// The tile of that many.
template <class T> HWY_INLINE TileFunction<T> one_and_half_tile([[maybe_unused]] int rows) {
  if constexpr (half_lanes<T> < lanes<T>)
    return tiles_and_half<T>[rows - 1];
  else
    return nullptr;
}

// The tile of two whole vectors.
template <class T, Left left> HWY_INLINE TileFunction<T> whole_tile(int rows, bool fetch_c) {
  return (fetch_c ? fetching_tiles<T, left> : tiles<T, 2, Load::whole, left>)[rows - 1];
}

// The tile of one vector at most.
template <class T> HWY_INLINE TileFunction<T> part_tile(int rows, Index columns) {
  return columns <= half_lanes<T> ? half_tiles<T>[rows - 1] : tiles<T, 1, Load::part, Left::any>[rows - 1];
}

// The tile of `rows` rows, at most most_rows, for operands as they lie.
template <class T> HWY_INLINE TileFunction<T> tile_for(int rows, int vectors, Index columns, bool fetch_c) {
  vectors = static_cast<int>(std::clamp<Index>((columns + lanes<T> - 1) / lanes<T>, 1, vectors));
  const bool whole = columns == vectors * lanes<T>;
  if (is_narrow<T>(columns)) {
    return columns == narrow_lanes<T> ? narrow_tiles<T, Load::whole>[rows - 1] : narrow_tiles<T, Load::part>[rows - 1];
  }
  if (rows == 1) return (whole ? row_tiles<T, Load::whole> : row_tiles<T, Load::part>)[vectors - 1];
  if (vectors == 1) return part_tile<T>(rows, columns);
  if (rows == 2 && vectors > 2)
    return (whole ? two_row_tiles<T, Load::whole> : two_row_tiles<T, Load::part>)[vectors - 1];
  if (vectors == 2) {
    if (is_one_and_half<T>(columns)) return one_and_half_tile<T>(rows);
    if (!whole) return tiles<T, 2, Load::part, Left::any>[rows - 1];
    return whole_tile<T, Left::any>(rows, fetch_c);
  }
  if (vectors == 3) {
    return whole ? tiles<T, 3, Load::whole, Left::any, 3>[rows - 1] : tiles<T, 3, Load::part, Left::any, 3>[rows - 1];
  }
  return whole ? tiles<T, 4, Load::whole, Left::any, 3>[rows - 1] : tiles<T, 4, Load::part, Left::any, 3>[rows - 1];
}

// Operands as they lie, in memory that a core's caches hold.
template <class T>
void product_as_it_lies(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data,
                        std::byte* scratch, int part, const void* bias) {
  const ProductShape& s = plan.inner;
  const T* a = static_cast<const T*>(plan.transposed ? b_data : a_data);
  const Rows<T> b(plan, static_cast<const T*>(plan.transposed ? a_data : b_data), scratch);
  T* c = static_cast<T*>(c_data);
  const ProductRange range = inner_range(plan, part);
  const Index row_end = range.row + range.rows, column_end = range.column + range.columns;
  for (Index row = range.row; row < row_end; row += product_block_rows) {
    const Index rows = std::min(product_block_rows, row_end - row);
    // As wide as the narrowest tile of the block allows.
    const int vectors = vectors_for<T>(Tiles(rows).rows(0), range.columns);
    const Index width = vectors * lanes<T>;
    for (Index column = range.column; column < column_end; column += width) {
      const Index columns = std::min(width, column_end - column);
      const Tiles heights(rows, most_rows<T>(plan, columns));
      for (Index start = 0; start == 0 || start < s.terms; start += product_chunk) {
        TileArguments<T> t{a + row * s.a.row_stride + start * s.a.column_stride,
                           s.a.row_stride,
                           s.a.column_stride,
                           b.data + start * b.stride + column,
                           b.stride,
                           c + row * s.c.row_stride + column,
                           s.c.row_stride,
                           std::min(product_chunk, s.terms - start),
                           columns,
                           start != 0};
        if (start + product_chunk >= s.terms) take_bias(t, plan, bias, row, column);
        for (Index i = 0; i < heights.count; ++i) {
          const int r = heights.rows(i);
          tile_for<T>(r, vectors, columns, plan.fetch_c)(t);
          t.a += r * s.a.row_stride;
          t.c += r * s.c.row_stride;
          if (t.bias != nullptr) t.bias += r * t.bias_row;
        }
      }
    }
  }
}

// The same for one block of rows, one of columns and one chunk of terms: what the plan has worked out is all there is.
template <class T>
void product_small(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte* scratch,
                   int, const void* bias) {
  const Rows<T> b(plan, static_cast<const T*>(plan.transposed ? a_data : b_data), scratch);
  const T* const a = static_cast<const T*>(plan.transposed ? b_data : a_data);
  TileArguments<T> t = small_arguments<T>(plan);
  t.b = b.data, t.b_term = b.stride;
  for (const ProductPlan::SmallTile& tile : plan.small_tiles) {
    t.a = a + tile.row * t.a_row;
    t.c = static_cast<T*>(c_data) + tile.row * t.c_row;
    if (bias != nullptr) t.bias = static_cast<const T*>(bias) + tile.row * t.bias_row;
    reinterpret_cast<TileFunction<T>>(tile.kernel)(t);
  }
}

// Whether product_small may run the plan; then it is prepared for it.
template <class T> bool prepare_small(ProductPlan& plan) {
  const ProductShape& s = plan.inner;
  if (plan.parts != 1 || s.rows < 1 || s.rows > product_block_rows || s.terms > product_chunk) return false;
  const Tiles heights(s.rows, most_rows<T>(plan, s.columns));
  const int vectors = vectors_for<T>(heights.rows(0), s.columns);
  if (s.columns > vectors * lanes<T>) return false;
  Index row = 0;
  for (Index i = 0; i < heights.count; row += heights.rows(i++)) {
    const auto tile = tile_for<T>(heights.rows(i), vectors, s.columns, plan.fetch_c);
    plan.small_tiles.push_back({row, reinterpret_cast<void (*)()>(tile)});
  }
  return true;
}

// Packs rows [row, row + rows) of one chunk of A, tile after tile.
template <class T>
void pack_rows(const ProductShape& s, const T* a, Index row, Index rows, Index start, Index terms, T* packed) {
  constexpr Index most_tiles = (product_block_rows + tile_rows - 1) / tile_rows;
  const T* source = a + start * s.a.column_stride;
  for (Index block = row; block < row + rows; block += product_block_rows) {
    const Tiles heights(std::min(product_block_rows, row + rows - block));
    Index offsets[most_tiles + 1] = {block};
    for (Index i = 0; i < heights.count; ++i) offsets[i + 1] = offsets[i] + heights.rows(i);
    pack_panels(source, s.a.row_stride, s.a.column_stride, offsets, heights.count, terms, packed_width<T>, packed);
    packed += heights.count * packed_stride(packed_width<T>, terms);
  }
}

// Packs columns [column, end) of one chunk of B, panel after panel.
template <class T>
void pack_columns(const ProductShape& s, const T* b, Index column, Index end, Index start, Index terms, T* packed) {
  constexpr Index width = 2 * lanes<T>, most_panels = 16;
  const T* source = b + start * s.b.row_stride;
  while (column < end) {
    Index offsets[most_panels + 1] = {column}, panels = 0;
    for (; panels < most_panels && column < end; ++panels) {
      column = std::min(end, column + width);
      offsets[panels + 1] = column;
    }
    pack_panels(source, s.b.column_stride, s.b.row_stride, offsets, panels, terms, width, packed);
    packed += panels * packed_stride(width, terms);
  }
}

// For what no cache holds as it lies: blocks of A and B are packed, so that tiles read them in order. Loops, from the
// outside: columns that B's pack holds, chunks of terms, rows that A's pack holds, columns of a tile, rows of a tile.
template <class T>
void product_packed(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte* scratch,
                    int part, const void* bias) {
  constexpr Index width = 2 * lanes<T>;  // of a panel of B
  constexpr Index a_width = packed_width<T>;
  const ProductShape& s = plan.inner;
  const T* a = static_cast<const T*>(plan.transposed ? b_data : a_data);
  const T* b = static_cast<const T*>(plan.transposed ? a_data : b_data);
  T* c = static_cast<T*>(c_data);
  T* const a_pack = reinterpret_cast<T*>(scratch);
  T* const b_pack = reinterpret_cast<T*>(scratch + plan.b_offset);
  const ProductRange range = inner_range(plan, part);
  const Index row_end = range.row + range.rows, column_end = range.column + range.columns;
  const Index tiles_of_part = tile_count(range.rows, plan.tile_rows);

  for (Index block = range.column; block < column_end; block += plan.column_block) {
    const Index block_end = std::min(column_end, block + plan.column_block);
    for (Index start = 0; start < s.terms; start += product_chunk) {
      const Index terms = std::min(product_chunk, s.terms - start);
      const bool last_chunk = start + terms == s.terms;
      if (plan.pack_b) pack_columns(s, b, block, block_end, start, terms, b_pack);
      for (Index row_block = range.row; row_block < row_end; row_block += plan.row_block) {
        const Index row_block_end = std::min(row_end, row_block + plan.row_block);
        T* const a_packed =
            plan.keep_a ? a_pack + tiles_of_part * packed_stride(a_width, product_chunk) * (start / product_chunk)
                        : a_pack;
        if (plan.pack_a && (!plan.keep_a || block == range.column)) {
          pack_rows(s, a, row_block, row_block_end - row_block, start, terms, a_packed);
        }
        for (Index column = block; column < block_end; column += width) {
          const Index columns = std::min(width, block_end - column);
          const T* a_tile = a_packed;
          for (Index row = row_block; row < row_block_end; row += product_block_rows) {
            const Index rows = std::min(product_block_rows, row_block_end - row);
            const Tiles heights(rows, plan.pack_a ? tile_rows : most_rows<T>(plan, width));
            TileArguments<T> t{nullptr,        1,     a_width, nullptr,   width, c + row * s.c.row_stride + column,
                               s.c.row_stride, terms, columns, start != 0};
            if (last_chunk) take_bias(t, plan, bias, row, column);
            if (plan.pack_b) {
              t.b = b_pack + (column - block) / width * packed_stride(width, terms);
            } else {
              t.b = b + start * s.b.row_stride + column;
              t.b_term = s.b.row_stride;
            }
            if (!plan.pack_a) {
              t.a = a + row * s.a.row_stride + start * s.a.column_stride;
              t.a_row = s.a.row_stride;
              t.a_term = s.a.column_stride;
            }
            const bool narrow = columns <= lanes<T>, whole = plan.pack_b || columns == width;
            for (Index i = 0; i < heights.count; ++i) {
              const int r = heights.rows(i);
              if (plan.pack_a) {
                t.a = a_tile;
                a_tile += packed_stride(a_width, terms);
              }
              if (narrow) {
                part_tile<T>(r, columns)(t);
              } else if (is_one_and_half<T>(columns)) {
                one_and_half_tile<T>(r)(t);
              } else if (!whole) {
                tiles<T, 2, Load::part, Left::any>[r - 1](t);
              } else if (plan.pack_a && plan.pack_b) {
                whole_tile<T, Left::packed>(r, plan.fetch_c)(t);
              } else {
                whole_tile<T, Left::any>(r, plan.fetch_c)(t);
              }
              t.a += r * t.a_row;  // of the operand as it lies
              t.c += r * s.c.row_stride;
              if (t.bias != nullptr) t.bias += r * t.bias_row;
            }
          }
        }
      }
    }
  }
}

// What the planner has to know of this instruction set.
template <class T> ProductMachine product_machine() {
  return {lanes<T>,
          half_lanes<T>,
          tile_rows,
          HWY_NATIVE_FMA != 0,
          product_as_it_lies<T>,
          product_packed<T>,
          product_small<T>,
          product_thin<T>,
          product_few<T>,
          product_in_lanes<T>,
          product_lane_rows<T>,
          hn::MaxLanes(LaneRowTag<T>()),
          product_streamed<T>,
          product_dots<T>,
          product_in_a_vector<T>,
          vector_function<T>(),
          prepare_small<T>};
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
