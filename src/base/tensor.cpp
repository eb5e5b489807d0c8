#include "backprop/tensor.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "backprop/error.hpp"
#include "base/bytes.hpp"
#include "base/dispatch.hpp"

namespace backprop {

Tensor::Tensor(DType dtype, Extents extents) : dtype_(dtype), extents_(std::move(extents)) {
  for (const std::int64_t e : extents_) {
    if (e < 0) throw Error("[tensor] negative extent in " + to_string(extents_));
  }
  // At least one line, so that data() of an empty tensor is a valid, aligned address.
  const std::size_t size = std::max<std::size_t>(bytes(), 64);
  data_ = allocate_bytes(size).release();
  std::memset(data_, 0, size);
}

Tensor::Tensor(DType dtype, const Extents& extents, const void* values, std::size_t number) : Tensor(dtype, extents) {
  if (number != static_cast<std::size_t>(size())) {
    throw Error("[tensor] " + to_string(extents) + " needs " + std::to_string(size()) + " values, got " +
                std::to_string(number));
  }
  if (number > 0) std::memcpy(data_, values, bytes());
}

Tensor::Tensor(const Tensor& other) : Tensor(other.dtype_, other.extents_) {
  if (other.data_) std::memcpy(data(), other.data(), bytes());
}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = Tensor(other);
  return *this;
}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  std::swap(dtype_, other.dtype_);
  std::swap(extents_, other.extents_);
  std::swap(data_, other.data_);
  return *this;
}

Tensor::~Tensor() { FreeBytes()(data_); }

void TensorView::refuse(DType wanted) const {
  throw Error("[tensor] is " + std::string(to_string(dtype)) + ", was asked for as " + std::string(to_string(wanted)));
}

TensorView TensorReference::view() const { return {dtype, Extents(extents.begin(), extents.end()), data}; }

std::vector<double> to_doubles(const TensorView& view) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(view.size()));
  dispatch_plain(view.dtype, [&]<class T>() {
    for (const T x : view.as<T>()) values.push_back(static_cast<double>(x));
  });
  return values;
}

Tensor convert(const TensorView& view, DType dtype) {
  Tensor out(dtype, view.extents);
  dispatch_plain(view.dtype, [&]<class From>() {
    dispatch_plain(dtype, [&]<class To>() {
      const auto from = view.as<From>();
      const auto to = out.as<To>();
      for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<To>(from[i]);
    });
  });
  return out;
}

}  // namespace backprop
