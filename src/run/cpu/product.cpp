#include "run/cpu/product.hpp"

#include <algorithm>

#include "backprop/error.hpp"
#include "run/cpu/product_plan.hpp"

namespace backprop::cpu {
namespace {

constexpr std::int64_t kept_bytes = 1 << 20;          // of A that is packed once and stays in the second-level cache
constexpr std::int64_t row_block_bytes = 1 << 19;     // of A, where it is packed a block at a time
constexpr std::int64_t column_block = 1024;           // of B, where it is packed for all row blocks
constexpr std::int64_t terms_worth_a_part = 1 << 16;  // multiply-adds below which a second thread does not pay

std::int64_t round_up(std::int64_t n, std::int64_t unit) { return (n + unit - 1) / unit * unit; }

MatrixLayout transpose(MatrixLayout m) { return {m.column_stride, m.row_stride}; }

ProductShape transpose(const ProductShape& s) {
  return {s.dtype, s.columns, s.rows, s.terms, transpose(s.b), transpose(s.a), transpose(s.c)};
}

// Parts take whole units of rows or columns; the share of the busiest one says how good a split is.
std::int64_t unit_of_rows() { return product_block_rows; }
std::int64_t unit_of_columns(const ProductPlan& plan) { return 2 * plan.lanes; }
std::int64_t busiest(std::int64_t extent, std::int64_t unit, std::int64_t parts) {
  return std::min(
      extent, round_up(extent, unit) / unit / parts * unit + (round_up(extent, unit) / unit % parts != 0 ? unit : 0));
}

void split(ProductPlan& plan, int max_parts) {
  const ProductShape& s = plan.inner;
  const auto work = static_cast<double>(s.rows) * static_cast<double>(s.columns) *
                    static_cast<double>(std::max<std::int64_t>(1, s.terms));
  const double worth = std::max(1.0, work / static_cast<double>(terms_worth_a_part));
  const auto parts = static_cast<std::int64_t>(std::min(worth, static_cast<double>(max_parts)));
  if (parts <= 1) return;
  const double column_share =
      static_cast<double>(busiest(s.columns, unit_of_columns(plan), parts)) / static_cast<double>(s.columns);
  const double row_share = static_cast<double>(busiest(s.rows, unit_of_rows(), parts)) / static_cast<double>(s.rows);
  plan.split_rows = row_share < 0.8 * column_share;
  const std::int64_t units = plan.split_rows ? round_up(s.rows, unit_of_rows()) / unit_of_rows()
                                             : round_up(s.columns, unit_of_columns(plan)) / unit_of_columns(plan);
  plan.parts = static_cast<int>(std::min(parts, units));
}

bool power_of_two_pages(std::int64_t stride, std::size_t size) {
  return stride * static_cast<std::int64_t>(size) % 2048 == 0;  // lines of different rows fall on each other
}

void choose_packing(ProductPlan& plan, const ProductMachine& machine) {
  const ProductShape& s = plan.inner;
  const std::size_t size = size_of(s.dtype);
  const auto element = static_cast<std::int64_t>(size);
  const ProductRange part = inner_range(plan, 0);
  const bool small = s.rows * s.terms + s.terms * s.columns <= 4096;
  const bool few_rows = s.rows <= plan.tile_rows;
  if (s.terms == 0 || small || few_rows) {
    plan.kernel = machine.as_it_lies;
    return;
  }
  plan.kernel = machine.packed;
  plan.pack_b = s.b.column_stride != 1 || s.rows > product_block_rows;
  const bool many_columns = part.columns > 2 * unit_of_columns(plan);
  plan.pack_a = many_columns && (s.rows > product_block_rows || power_of_two_pages(s.a.row_stride, size));

  const std::int64_t width = unit_of_columns(plan);
  const std::int64_t terms = std::min(s.terms, product_chunk);
  const std::int64_t a_width = packed_a_width(plan.lanes, plan.tile_rows);
  const std::int64_t a_all = tile_count(part.rows, plan.tile_rows) * a_width * s.terms;
  plan.keep_a = a_all * element <= kept_bytes;
  if (plan.keep_a) {
    plan.row_block = round_up(part.rows, product_block_rows);
    plan.column_block = width;
  } else {
    plan.row_block =
        std::max<std::int64_t>(1, row_block_bytes / (terms * element) / product_block_rows) * product_block_rows;
    plan.column_block = std::min(round_up(part.columns, width), column_block);
  }
  const std::int64_t a_elements =
      !plan.pack_a
          ? 0
          : (plan.keep_a ? a_all : tile_count(std::min(plan.row_block, part.rows), plan.tile_rows) * a_width * terms);
  const std::int64_t b_elements = !plan.pack_b ? 0 : plan.column_block * terms;
  plan.b_offset = static_cast<std::size_t>(round_up(a_elements * element, 64));
  plan.scratch_bytes = plan.b_offset + static_cast<std::size_t>(round_up(b_elements * element, 64));
}

}  // namespace

ProductRange inner_range(const ProductPlan& plan, int part) {
  const ProductShape& s = plan.inner;
  const std::int64_t extent = plan.split_rows ? s.rows : s.columns;
  const std::int64_t unit = plan.split_rows ? unit_of_rows() : unit_of_columns(plan);
  const std::int64_t units = (extent + unit - 1) / unit;
  // The first units % parts parts take one unit more, so part 0 is one of the largest.
  const std::int64_t low = units / plan.parts, higher = units % plan.parts;
  const std::int64_t first = std::min(extent, (part * low + std::min<std::int64_t>(part, higher)) * unit);
  const std::int64_t last = std::min(extent, first + (low + (part < higher)) * unit);
  if (plan.split_rows) return {first, last - first, 0, s.columns};
  return {0, s.rows, first, last - first};
}

ProductRange product_range(const ProductPlan& plan, int part) {
  const ProductRange r = inner_range(plan, part);
  return plan.transposed ? ProductRange{r.column, r.columns, r.row, r.rows} : r;
}

ProductPlan plan_product(const ProductShape& shape, int max_parts) {
  if (shape.dtype != float32 && shape.dtype != float64) {
    throw Error("[product] float32 or float64 is needed, got " + std::string(to_string(shape.dtype)));
  }
  const ProductMachine machine = shape.dtype == float32 ? product_machine<float>() : product_machine<double>();
  ProductPlan plan;
  plan.shape = shape;
  plan.inner = shape;
  plan.lanes = machine.lanes;
  plan.tile_rows = machine.tile_rows;
  const bool columns_are_unit = shape.c.column_stride == 1 || shape.columns <= 1;
  const bool rows_are_unit = shape.c.row_stride == 1 || shape.rows <= 1;
  if (!columns_are_unit && !rows_are_unit) throw Error("[product] one stride of the result must be 1");
  plan.transposed = !columns_are_unit || (rows_are_unit && shape.columns == 1 && shape.a.row_stride == 1);
  if (plan.transposed) plan.inner = transpose(shape);
  split(plan, max_parts);
  choose_packing(plan, machine);
  return plan;
}

bool product_is_fused() { return product_machine<float>().fused; }

}  // namespace backprop::cpu
