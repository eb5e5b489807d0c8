// Arrays in memory: views (not owning) and tensors (owning, 64-byte aligned), always row-major.
// Thread safety: as for std::vector.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "backprop/shape.hpp"

namespace backprop {

template <class T> struct Dual;

template <class T> inline constexpr DType dtype_of = DType::dual64;
template <> inline constexpr DType dtype_of<float> = DType::float32;
template <> inline constexpr DType dtype_of<double> = DType::float64;
template <> inline constexpr DType dtype_of<std::int32_t> = DType::int32;
template <> inline constexpr DType dtype_of<std::int64_t> = DType::int64;
template <> inline constexpr DType dtype_of<bool> = DType::boolean;

// Somebody else's row-major array. `data` may be written through it only if the maker of the view allows.
struct TensorView {
  DType dtype = DType::float32;
  Extents extents;
  void* data = nullptr;

  std::int64_t size() const { return count(extents); }
  // Throws Error when T is not the element type.
  template <class T> std::span<T> as() const {
    if (dtype_of<std::remove_const_t<T>> != dtype) refuse(dtype_of<std::remove_const_t<T>>);
    return {static_cast<T*>(data), static_cast<std::size_t>(size())};
  }

 private:
  [[noreturn]] void refuse(DType wanted) const;
};

// An owning array; a copy copies the elements. New elements are zero.
class Tensor {
 public:
  Tensor() = default;
  Tensor(DType dtype, Extents extents);
  Tensor(const Tensor& other);
  Tensor(Tensor&& other) noexcept
      : dtype_(other.dtype_), extents_(std::move(other.extents_)), data_(std::exchange(other.data_, nullptr)) {}
  Tensor& operator=(const Tensor& other);
  Tensor& operator=(Tensor&& other) noexcept;
  ~Tensor();

  // Copies `values` (row-major). Throws Error when their number is not the product of the extents.
  template <class T> static Tensor from(const Extents& extents, std::span<const T> values) {
    return Tensor(dtype_of<T>, extents, values.data(), values.size());
  }
  template <class T> static Tensor from(const Extents& extents, std::initializer_list<T> values) {
    return from<T>(extents, std::span<const T>(values.begin(), values.size()));
  }
  template <class T> static Tensor scalar(T value) { return from<T>({}, std::span<const T>(&value, 1)); }

  DType dtype() const { return dtype_; }
  const Extents& extents() const { return extents_; }
  std::int64_t size() const { return count(extents_); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype_); }
  void* data() { return data_; }
  const void* data() const { return data_; }
  template <class T> std::span<T> as() { return TensorView(*this).as<T>(); }
  template <class T> std::span<const T> as() const { return const_cast<Tensor*>(this)->as<T>(); }
  operator TensorView() { return {dtype_, extents_, data_}; }                                // NOLINT
  operator TensorView() const { return {dtype_, extents_, const_cast<std::byte*>(data_)}; }  // NOLINT

 private:
  Tensor(DType dtype, const Extents& extents, const void* values, std::size_t number);
  DType dtype_ = DType::float32;
  Extents extents_ = {0};
  std::byte* data_ = nullptr;
};

// What a call reads where it is: a Tensor or a view, whose extents are not copied. Valid as long as what it was made of.
struct TensorReference {
  DType dtype;
  std::span<const std::int64_t> extents;
  void* data;
  TensorReference(const Tensor& tensor)  // NOLINT
      : dtype(tensor.dtype()), extents(tensor.extents()), data(const_cast<void*>(tensor.data())) {}
  TensorReference(const TensorView& view) : dtype(view.dtype), extents(view.extents), data(view.data) {}  // NOLINT
  TensorView view() const;
};

// Element by element as float64 (booleans as 0 and 1), whatever the type. Throws Error for dual64.
std::vector<double> to_doubles(const TensorView& view);
// The same numbers in another element type; float to integer truncates towards zero, to boolean is "not zero".
Tensor convert(const TensorView& view, DType dtype);

}  // namespace backprop
