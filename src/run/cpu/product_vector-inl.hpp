// Products whose matrices fill no more than a vector each: every operand is read once, and its elements are permuted to
// where a term needs them. Included once for every instruction set. Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_VECTOR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_VECTOR_INL
#undef BACKPROP_PRODUCT_VECTOR_INL
#else
#define BACKPROP_PRODUCT_VECTOR_INL
#endif

#include "run/cpu/product_plan.hpp"
#include "run/cpu/product_tile-inl.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

template <class T> void compute_vector(const VectorArguments<T>& t) noexcept {
  const hn::ScalableTag<T> d;
  using Place = hn::TFromD<hn::RebindToSigned<decltype(d)>>;
  const auto read = [&](const T* from, std::int64_t n)
                        HWY_ATTR { return load_rest(d, from, static_cast<std::size_t>(n)); };
  const auto permute = [&](auto v, const Places& places) HWY_ATTR {
    return hn::TableLookupLanes(v, hn::SetTableIndices(d, reinterpret_cast<const Place*>(places.bytes)));
  };
  const auto a = read(t.a, t.a_elements), b = read(t.b, t.b_elements);
  const Places* places = t.places;
  auto sum = hn::Zero(d);
  for (const Places* const end = places + 2 * t.terms; places != end; places += 2) {
    sum = hn::MulAdd(permute(a, places[0]), permute(b, places[1]), sum);
  }
  if (t.bias != nullptr) sum = hn::Add(sum, permute(read(t.bias, t.bias_elements), *places));
  if (t.c_elements == lanes<T>) return hn::StoreU(sum, d, t.c);
  store_rest(d, sum, t.c, static_cast<std::size_t>(t.c_elements));
}

template <class T> void (*vector_function())() {
  return lanes<T> < 4 ? nullptr : reinterpret_cast<void (*)()>(&compute_vector<T>);
}

template <class T>
void product_in_a_vector(const ProductPlan& plan, const void* a, const void* b, void* c, std::byte*, int,
                         const void* bias) {
  VectorArguments<T> t = vector_arguments<T>(plan);
  t.a = static_cast<const T*>(a), t.b = static_cast<const T*>(b);
  t.c = static_cast<T*>(c), t.bias = static_cast<const T*>(bias);
  compute_vector(t);
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
