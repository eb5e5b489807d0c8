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

// B as it lies, or in rows where its columns do not lie next to each other.
template <class T> struct Rows {
  Rows(const ProductPlan& plan, const T* b, std::byte* scratch) : data(b), stride(plan.inner.b.row_stride) {
    if (!plan.pack_b) return;
    const ProductShape& s = plan.inner;
    T* const rows = reinterpret_cast<T*>(scratch);
    data = rows, stride = rows_stride(s.columns, lanes<T>);
    if (s.b.row_stride == 1 && s.b.column_stride == s.terms && s.terms >= 2 && s.terms <= 4) {
      separate(b, s.columns, s.terms, rows, stride);
    } else if (s.terms * s.columns < 64) {
      for (Index j = 0; j < s.columns; ++j) {
        for (Index k = 0; k < s.terms; ++k) rows[k * stride + j] = b[k * s.b.row_stride + j * s.b.column_stride];
      }
    } else {
      const Index all[] = {0, s.columns};
      pack_panels(b, s.b.column_stride, s.b.row_stride, all, 1, s.terms, stride, rows);
    }
  }
  const T* data;
  Index stride;
};

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
