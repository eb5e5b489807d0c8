// From an element type known at run time to a template over the number type. Thread safety: pure functions.
#pragma once
#include "backprop/dual.hpp"
#include "backprop/error.hpp"
#include "backprop/shape.hpp"

namespace backprop {

// Calls f.template operator()<T>() with the C++ type of `dtype`, plain types only.
template <class F> decltype(auto) dispatch_plain(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32: return f.template operator()<float>();
    case DType::float64: return f.template operator()<double>();
    case DType::int32: return f.template operator()<std::int32_t>();
    case DType::int64: return f.template operator()<std::int64_t>();
    case DType::boolean: return f.template operator()<bool>();
    case DType::dual64: break;
  }
  throw Error("[dtype] dual64 is not a plain element type");
}

// The same over float, double and Dual<double>.
template <class F> decltype(auto) dispatch_floating(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32: return f.template operator()<float>();
    case DType::float64: return f.template operator()<double>();
    case DType::dual64: return f.template operator()<Dual<double>>();
    default: throw Error("[dtype] a floating type is needed, got " + std::string(to_string(dtype)));
  }
}

// The same over every type.
template <class F> decltype(auto) dispatch_any(DType dtype, F&& f) {
  if (dtype == DType::dual64) return f.template operator()<Dual<double>>();
  return dispatch_plain(dtype, std::forward<F>(f));
}

}  // namespace backprop
