#include "run/cpu/product.hpp"

#include <algorithm>
#include <cstring>

#include "backprop/error.hpp"
#include "run/cpu/product_plan.hpp"

namespace backprop::cpu {
namespace {

// Measured on a core with 2 MB of second-level cache; no figure here changes a result.
constexpr std::int64_t kept_bytes = 1 << 20;    // of a matrix that stay in the second-level cache
constexpr std::int64_t packed_bytes = 1 << 18;  // of B that are packed at a time
constexpr std::int64_t row_block = 128;         // of A, and columns of B, where they do not fit
constexpr std::int64_t column_block = 512;
// Bytes between rows of B that are read as they lie. Further apart, few rows of A are not worth packing a B that the
// last cache holds (19 x 734 x 1481: 385 us instead of 518).
constexpr std::int64_t longest_stride = 2048;
constexpr std::int64_t rows_reading_directly = 128;
constexpr std::int64_t last_cache = 9000000;  // bytes, of a B that it still holds
// Rows of A so many bytes apart fall into one or two sets of a first-level cache of 8 ways: more of them evict each
// other. (256 x 16 x 1024: 64 to 98 % of the peak by short tiles; packing them gains less.)
constexpr std::int64_t set_stride = 2048;
constexpr std::int64_t rows_of_a_set = 7;
constexpr std::int64_t small_elements = 4096;         // of A and B together that are not worth packing
constexpr std::int64_t terms_worth_a_part = 1 << 16;  // multiply-adds below which a second thread does not pay
constexpr double read_cost = 8;                       // of an element of A or B, in multiply-adds

// B streams by, in rows so long, where one row reads so much of it, or few rows more than the last cache holds.
constexpr std::int64_t columns_streamed = 512;
constexpr std::int64_t bytes_streamed = 1 << 18;
constexpr std::int64_t page = 4096;  // bytes of each row at a time

// Sums in lanes read B as it lies for up to so many rows, of so many columns at least; others are worth writing B in
// columns first.
constexpr std::int64_t most_rows_of_lane_rows = 10;
constexpr std::int64_t least_columns_of_lane_rows = 5;

// Of a product whose rows of C are written from end to end: terms at most, B being packed, and rows at least, B staying
// in registers as a whole (half a vector of columns or fewer: up to 1.7 times as slow).
constexpr std::int64_t few_terms_packed = 4;
constexpr std::int64_t rows_of_few_columns = 64;

constexpr std::int64_t thin_columns_packed = 6;  // of a result computed by way of its transpose, A being packed
constexpr std::int64_t thin_rows = 4096;         // at most, for the scratch

std::int64_t round_up(std::int64_t n, std::int64_t unit) { return (n + unit - 1) / unit * unit; }

MatrixLayout transpose(MatrixLayout m) { return {m.column_stride, m.row_stride}; }

ProductShape transpose(const ProductShape& s) {
  return {s.dtype, s.columns, s.rows, s.terms, transpose(s.b), transpose(s.a), transpose(s.c)};
}

// Parts take whole units of rows and of columns, in a grid.
constexpr std::int64_t unit_of_rows = 16;
std::int64_t unit_of_columns(const ProductPlan& plan) { return 2 * plan.lanes; }

// What a side of `extent` is cut into, and where the part of that number begins: the first ones take a unit more.
std::int64_t boundary(std::int64_t extent, std::int64_t unit, std::int64_t parts, std::int64_t part) {
  const std::int64_t units = (extent + unit - 1) / unit;
  return std::min(extent, (part * (units / parts) + std::min(part, units % parts)) * unit);
}

// The grid whose largest block is quickest: its multiply-adds, and reading its rows of A and columns of B.
void split(ProductPlan& plan, int max_parts) {
  const ProductShape& s = plan.inner;
  const auto work = static_cast<double>(s.rows) * static_cast<double>(s.columns) *
                    static_cast<double>(std::max<std::int64_t>(1, s.terms));
  const bool is_gradient = s.a.row_stride == 1 && s.a.column_stride != 1;  // of the right operand of another product
  // What an update writes, or reads, had better be in the caches of the core that does.
  const std::int64_t own = is_gradient                                ? s.rows * s.columns
                           : s.rewritten && s.rows <= rows_of_a_chain ? s.columns * s.terms
                                                                      : 0;
  const double worth = std::max({1.0, work / static_cast<double>(terms_worth_a_part),
                                 static_cast<double>(own) / static_cast<double>(elements_worth_a_part)});
  const auto parts = static_cast<std::int64_t>(std::min(worth, static_cast<double>(max_parts)));
  if (parts <= 1) return;
  const std::int64_t row_units = round_up(s.rows, unit_of_rows) / unit_of_rows;
  const std::int64_t column_units = round_up(s.columns, unit_of_columns(plan)) / unit_of_columns(plan);
  double least = 0;
  for (std::int64_t row_parts = 1; row_parts <= std::min(parts, row_units); ++row_parts) {
    const std::int64_t column_parts = std::min(parts / row_parts, column_units);
    const auto rows = static_cast<double>(boundary(s.rows, unit_of_rows, row_parts, 1));
    const auto columns = static_cast<double>(boundary(s.columns, unit_of_columns(plan), column_parts, 1));
    const double cost = rows * columns + read_cost * (rows + columns);
    // Where both are as good, columns: W3b on two threads takes 1 % less time. But rows of a gradient, as the update
    // behind it is shared out.
    if (row_parts > 1 && cost >= (is_gradient ? 1.03 : 0.97) * least) continue;
    least = cost;
    plan.row_parts = static_cast<int>(row_parts);
    plan.column_parts = static_cast<int>(column_parts);
  }
  plan.parts = plan.row_parts * plan.column_parts;
}

// Of B in rows, in the scratch.
std::size_t rows_bytes(const ProductPlan& plan) {
  const std::int64_t elements = plan.inner.terms * rows_stride(plan.inner.columns, plan.lanes);
  return static_cast<std::size_t>(round_up(elements * static_cast<std::int64_t>(size_of(plan.inner.dtype)), 64));
}

void choose_packing(ProductPlan& plan, const ProductMachine& machine) {
  const ProductShape& s = plan.inner;
  const auto size = static_cast<std::int64_t>(size_of(s.dtype));
  const bool b_is_row_major = s.b.column_stride == 1 || s.columns <= 1;
  const std::int64_t few_terms = b_is_row_major ? most_few_terms : few_terms_packed;
  if (s.terms >= 1 && s.terms <= few_terms &&
      (s.columns > unit_of_columns(plan) || (s.columns > machine.half_lanes && s.rows >= rows_of_few_columns))) {
    plan.kernel = machine.few;
    plan.pack_b = !b_is_row_major;
    if (plan.pack_b) plan.scratch_bytes = rows_bytes(plan);
    return;
  }
  plan.fetch_c = s.rows * s.columns * size > kept_bytes;
  const std::int64_t b_bytes = s.columns * s.terms * size;
  const bool few_rows = s.rows <= rows_reading_directly;
  if (few_rows && b_bytes >= (s.rows == 1 ? bytes_streamed : last_cache) && b_is_row_major && !plan.transposed &&
      s.columns >= columns_streamed) {
    plan.kernel = machine.streamed;
    const ProductRange part = inner_range(plan, 0);
    plan.fetch_b = b_bytes >= last_cache;
    plan.column_block = plan.fetch_b ? std::min(part.columns, page / size) : part.columns;
    plan.scratch_bytes = static_cast<std::size_t>(round_up(part.rows * plan.column_block * size, 64));
    return;
  }
  const bool small = (s.rows + s.columns) * s.terms <= (b_is_row_major ? small_elements : small_elements / 8);
  if (small || s.terms == 0 || (s.rows <= plan.tile_rows && b_is_row_major)) {
    plan.kernel = machine.prepare_small(plan) ? machine.small : machine.as_it_lies;
    plan.pack_b = !b_is_row_major;
    if (plan.pack_b) plan.scratch_bytes = rows_bytes(plan);
    return;
  }
  if (s.rows >= 1 && s.rows <= most_rows_of_dots && s.b.row_stride == 1 && s.columns >= plan.lanes) {
    plan.kernel = machine.dots;
    return;
  }
  plan.kernel = machine.packed;
  const ProductRange part = inner_range(plan, 0);
  const std::int64_t width = unit_of_columns(plan);
  const std::int64_t terms = std::min(s.terms, product_chunk);
  const std::int64_t a_width = packed_a_width(plan.lanes, plan.tile_rows);
  plan.pack_b = !b_is_row_major || (s.b.row_stride * size > longest_stride && !(few_rows && b_bytes <= last_cache));
  // (Columns of one tile use an element of A once: reading it in order does not pay for writing it, 1200 x 8 x 31 in
  // 6.6 us instead of 9.7.)
  plan.pack_a = s.a.column_stride != 1 &&
                (part.columns > 2 * width || (s.a.column_stride * size > longest_stride && part.columns > width));

  plan.row_block = row_block;
  plan.column_block = column_block;
  std::int64_t a_elements = plan.pack_a ? tile_count(part.rows, plan.tile_rows) * packed_stride(a_width, terms) *
                                              ((s.terms + product_chunk - 1) / product_chunk)
                                        : part.rows * s.terms;
  // Transposing B is best done just before its columns are used; long rows of it are best read in long runs.
  plan.keep_a = a_elements * size <= (b_is_row_major ? kept_bytes : 2 * kept_bytes);
  if (plan.keep_a) {
    plan.row_block = round_up(part.rows, product_block_rows);
    // Several lines of each row of B at a time, as many as stay in the second-level cache.
    plan.column_block = b_is_row_major ? std::max(width, packed_bytes / (terms * size) / width * width) : width;
  } else {
    a_elements = tile_count(row_block, plan.tile_rows) * packed_stride(a_width, terms);
  }
  const std::int64_t all_of_b = terms * round_up(part.columns, width) * size;
  if (plan.pack_b || plan.pack_a ? all_of_b <= packed_bytes / 4 : all_of_b <= kept_bytes && s.terms == terms) {
    // Rows of C are written from end to end.
    plan.keep_a = false;
    plan.row_block = product_block_rows;
    plan.column_block = round_up(part.columns, width);
    a_elements = tile_count(plan.row_block, plan.tile_rows) * packed_stride(a_width, terms);
  }
  if (!plan.pack_a) a_elements = 0;
  const std::int64_t b_elements =
      plan.pack_b ? std::min(plan.column_block, round_up(part.columns, width)) / width * packed_stride(width, terms)
                  : 0;
  plan.b_offset = static_cast<std::size_t>(round_up(a_elements * size, 64));
  plan.scratch_bytes = plan.b_offset + static_cast<std::size_t>(round_up(b_elements * size, 64));
}

// A result of few columns leaves most lanes of a vector idle, and one of a few more than a vector those of the second;
// the rows of its transpose fill them. Where A's rows do not lie next to each other it must be packed for this: few
// terms or many columns do not pay for that, and in any case the transpose must be turned back. Where they do, half a
// vector of rows is enough (15 x 2 x 500: 1.3 to 0.57 us).
bool is_thin(const ProductShape& s, std::int64_t lanes, std::int64_t half_lanes) {
  const bool packed = s.a.row_stride != 1;
  if (s.columns < 2 || s.columns > 2 * lanes || s.rows > thin_rows) return false;
  if (s.rows < lanes) return !packed && s.rows >= 8 && s.columns <= 4 && s.terms >= 64;
  if (s.columns > lanes / 2) {
    const bool pays = packed ? s.columns > lanes && 2 * (round_up(s.columns, half_lanes) - s.columns) >= lanes
                             : 6 * (round_up(s.columns, lanes) - s.columns) >= lanes;
    return pays && s.rows >= (packed ? 4 : 2) * lanes && s.terms >= 4 * lanes;
  }
  if (!packed) return s.terms >= (s.columns <= 4 ? 4 : 32);
  return s.columns <= thin_columns_packed && s.terms >= 8 * s.columns;
}

// What sums in lanes read must have its terms next to each other.
void plan_lanes(ProductPlan& plan, const ProductMachine& machine, int max_parts) {
  const ProductShape& s = plan.inner;
  split(plan, max_parts);
  const ProductRange part = inner_range(plan, 0);
  if (s.b.column_stride == 1 && s.c.column_stride == 1 && s.columns <= machine.lane_columns &&
      s.columns >= least_columns_of_lane_rows && part.rows <= most_rows_of_lane_rows) {
    plan.kernel = machine.lane_rows;
    return;
  }
  plan.kernel = machine.in_lanes;
  plan.pack_a = s.a.column_stride != 1;
  plan.pack_b = s.b.row_stride != 1;
  const std::int64_t row = rows_stride(s.terms, plan.lanes) * static_cast<std::int64_t>(size_of(s.dtype));
  const std::int64_t rows = std::min(part.rows, product_block_rows),
                     columns = std::min(part.columns, product_block_rows);
  plan.b_offset = static_cast<std::size_t>(plan.pack_a ? round_up(rows * row, 64) : 0);
  plan.scratch_bytes = plan.b_offset + static_cast<std::size_t>(plan.pack_b ? columns * row : 0);
}

// Whether a matrix lies within as many elements as it has, and they fill no more than a vector.
bool fits_a_vector(std::int64_t rows, std::int64_t columns, MatrixLayout m, std::int64_t lanes) {
  const std::int64_t elements = rows * columns;
  return elements >= 1 && elements <= lanes &&
         (rows - 1) * m.row_stride + (columns - 1) * m.column_stride == elements - 1;
}

// Place by place, which element an operand gives to each of C's.
template <class Place, class Element> Places places_of(const ProductShape& s, Element&& element) {
  Place list[sizeof(Places) / sizeof(Place)] = {};
  for (std::int64_t i = 0; i < s.rows; ++i) {
    for (std::int64_t j = 0; j < s.columns; ++j) {
      list[i * s.c.row_stride + j * s.c.column_stride] = static_cast<Place>(element(i, j));
    }
  }
  Places places;
  std::memcpy(&places, list, sizeof(places));
  return places;
}
template <class Element> Places find_places(const ProductShape& s, Element&& element) {
  if (s.dtype == float32) return places_of<std::int32_t>(s, element);
  return places_of<std::int64_t>(s, element);
}

bool plan_in_a_vector(ProductPlan& plan, const ProductMachine& machine) {
  const ProductShape& s = plan.shape;
  if (machine.vector_function == nullptr || s.in_lanes || s.rows < 2 ||
      !fits_a_vector(s.rows, s.terms, s.a, plan.lanes) || !fits_a_vector(s.terms, s.columns, s.b, plan.lanes) ||
      !fits_a_vector(s.rows, s.columns, s.c, plan.lanes)) {
    return false;
  }
  for (std::int64_t k = 0; k < s.terms; ++k) {
    plan.places.push_back(
        find_places(s, [&](std::int64_t i, std::int64_t) { return i * s.a.row_stride + k * s.a.column_stride; }));
    plan.places.push_back(
        find_places(s, [&](std::int64_t, std::int64_t j) { return k * s.b.row_stride + j * s.b.column_stride; }));
  }
  plan.places.push_back(find_places(s, [](std::int64_t, std::int64_t j) { return j; }));
  plan.kernel = machine.in_a_vector;
  plan.vector_function = machine.vector_function;
  return true;
}

}  // namespace

ProductRange inner_range(const ProductPlan& plan, int part) {
  const ProductShape& s = plan.inner;
  if (plan.parts == 1) return {0, s.rows, 0, s.columns};  // the divisions below take longer than a small product
  const int row_part = part / plan.column_parts, column_part = part % plan.column_parts;
  const auto row = [&](int i) { return boundary(s.rows, unit_of_rows, plan.row_parts, i); };
  const auto column = [&](int j) { return boundary(s.columns, unit_of_columns(plan), plan.column_parts, j); };
  const std::int64_t first_row = row(row_part), first_column = column(column_part);
  return {first_row, row(row_part + 1) - first_row, first_column, column(column_part + 1) - first_column};
}

ProductPlan plan_product(const ProductShape& shape, int max_parts) {
  if (shape.dtype != float32 && shape.dtype != float64) {
    throw Error("[product] float32 or float64 is needed, got " + std::string(to_string(shape.dtype)));
  }
  const ProductMachine machine = shape.dtype == float32 ? product_machine<float>() : product_machine<double>();
  const auto size = static_cast<std::int64_t>(size_of(shape.dtype));
  ProductPlan plan;
  plan.shape = shape;
  plan.inner = shape;
  plan.lanes = machine.lanes;
  plan.tile_rows = machine.tile_rows;
  const bool columns_are_unit = shape.c.column_stride == 1 || shape.columns <= 1;
  const bool rows_are_unit = shape.c.row_stride == 1 || shape.rows <= 1;
  if (!columns_are_unit && !rows_are_unit) throw Error("[product] one stride of the result must be 1");
  if (plan_in_a_vector(plan, machine)) return plan;
  if (shape.in_lanes) {
    plan_lanes(plan, machine, max_parts);
    return plan;
  }
  plan.transposed = !columns_are_unit ||
                    (rows_are_unit && shape.columns == 1 && (shape.a.row_stride == 1 || shape.rows >= plan.lanes));
  const bool thin = columns_are_unit && !plan.transposed && is_thin(shape, plan.lanes, machine.half_lanes);
  plan.transposed = plan.transposed || thin;
  if (plan.transposed) plan.inner = transpose(shape);
  if (thin) plan.inner.c = {shape.rows, 1};  // in the scratch
  plan.most_rows = product_block_rows;
  const bool evicts = plan.inner.a.column_stride == 1 && plan.inner.a.row_stride * size % set_stride == 0;
  if (evicts && plan.inner.rows > rows_of_a_set) plan.most_rows = rows_of_a_set;
  split(plan, max_parts);
  choose_packing(plan, machine);
  if (thin) {
    plan.transpose_kernel = plan.kernel;
    plan.kernel = machine.thin;
    plan.c_offset = static_cast<std::size_t>(round_up(static_cast<std::int64_t>(plan.scratch_bytes), 64));
    plan.scratch_bytes = plan.c_offset + static_cast<std::size_t>(shape.rows * shape.columns * size);
  }
  return plan;
}

bool product_is_fused() { return product_machine<float>().fused; }

}  // namespace backprop::cpu
