// Products of few columns. Included once for every instruction set. Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_THIN_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_THIN_INL
#undef BACKPROP_PRODUCT_THIN_INL
#else
#define BACKPROP_PRODUCT_THIN_INL
#endif

#include "run/cpu/product_plan.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

// The columns of C, each `apart` elements behind the one before, become its rows; several at a time where they lie
// together.
template <class T>
void write_columns(const T* columns, std::int64_t apart, std::int64_t rows, std::int64_t count, T* c,
                   std::int64_t row_stride) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t r = 0;
  const auto column = [&](std::int64_t j) HWY_ATTR { return hn::LoadU(d, columns + j * apart + r); };
  if (row_stride == count && count >= 2 && count <= 4) {
    for (; r + lanes <= rows; r += lanes, c += lanes * count) {
      if (count == 2) hn::StoreInterleaved2(column(0), column(1), d, c);
      if (count == 3) hn::StoreInterleaved3(column(0), column(1), column(2), d, c);
      if (count == 4) hn::StoreInterleaved4(column(0), column(1), column(2), column(3), d, c);
    }
  }
  for (; r < rows; ++r, c += row_stride) {
    for (std::int64_t j = 0; j < count; ++j) c[j] = columns[j * apart + r];
  }
}

template <class T>
void product_thin(const ProductPlan& plan, const void* a, const void* b, void* c, std::byte* scratch, int part,
                  const void* bias) {
  T* const transposed = reinterpret_cast<T*>(scratch + plan.c_offset);
  plan.transpose_kernel(plan, a, b, transposed, scratch, part, bias);
  const ProductRange range = inner_range(plan, part);
  const std::int64_t row_stride = plan.shape.c.row_stride, apart = plan.inner.c.row_stride;
  write_columns(transposed + range.row * apart + range.column, apart, range.columns, range.rows,
                static_cast<T*>(c) + range.column * row_stride + range.row, row_stride);
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
