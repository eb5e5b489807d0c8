// A small B in rows, for the kernels that read it as it lies. Included once for every instruction set.
// Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_ROWS_INL
#undef BACKPROP_PRODUCT_ROWS_INL
#else
#define BACKPROP_PRODUCT_ROWS_INL
#endif

#include <cstddef>

#include "run/cpu/product_pack-inl.hpp"
#include "run/cpu/product_plan.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

// The 2 to 4 terms of each of so many columns, one after the other at b, in rows.
template <class T> HWY_INLINE void separate(const T* b, Index columns, Index terms, T* rows, Index stride) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> v[4];
  Index j = 0;
  for (; j + lanes<T> <= columns; j += lanes<T>) {
    if (terms == 2) hn::LoadInterleaved2(d, b + j * 2, v[0], v[1]);
    if (terms == 3) hn::LoadInterleaved3(d, b + j * 3, v[0], v[1], v[2]);
    if (terms == 4) hn::LoadInterleaved4(d, b + j * 4, v[0], v[1], v[2], v[3]);
    for (Index k = 0; k < terms; ++k) hn::StoreU(v[k], d, rows + k * stride + j);
  }
  for (; j < columns; ++j) {
    for (Index k = 0; k < terms; ++k) rows[k * stride + j] = b[j * terms + k];
  }
}

// Element (k, j), of `columns` by `terms`, stands at b[k * b_term + j * b_column]: to rows[k * stride + j].
template <class T>
void write_rows(const T* b, Index b_column, Index b_term, Index columns, Index terms, T* rows, Index stride) {
  if (b_term == 1 && b_column == terms && terms >= 2 && terms <= 4) {
    separate(b, columns, terms, rows, stride);
  } else if (terms * columns < 64) {
    for (Index j = 0; j < columns; ++j) {
      for (Index k = 0; k < terms; ++k) rows[k * stride + j] = b[k * b_term + j * b_column];
    }
  } else {
    const Index all[] = {0, columns};
    pack_panels(b, b_column, b_term, all, 1, terms, stride, rows);
  }
}

// B as it lies, or in rows where its columns do not lie next to each other.
template <class T> struct Rows {
  Rows(const ProductPlan& plan, const T* b, std::byte* scratch) : data(b), stride(plan.inner.b.row_stride) {
    if (!plan.pack_b) return;
    const ProductShape& s = plan.inner;
    T* const rows = reinterpret_cast<T*>(scratch);
    data = rows, stride = rows_stride(s.columns, lanes<T>);
    write_rows(b, s.b.column_stride, s.b.row_stride, s.columns, s.terms, rows, stride);
  }
  const T* data;
  Index stride;
};

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
