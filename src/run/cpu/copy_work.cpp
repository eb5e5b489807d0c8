// The elements of one strided view to another, whatever their type.
#include <cstring>

#include "run/cpu/tile.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

template <class T>
void copy_row(const void* from, std::int64_t from_stride, void* to, std::int64_t to_stride, std::int64_t n) {
  const T* const x = static_cast<const T*>(from);
  T* const y = static_cast<T*>(to);
  if (from_stride == 1 && to_stride == 1) {
    if (n > 0) std::memcpy(y, x, static_cast<std::size_t>(n) * sizeof(T));
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i * to_stride] = x[i * from_stride];
  }
}

class CopyWork final : public Work {
 public:
  CopyWork(const Step& step, Memory& memory)
      : layout_(merge_dimensions(step.outputs[0].extents, {step.inputs[0].strides, step.outputs[0].strides})),
        size_(size_of(memory.dtype(step.outputs[0]))),
        is_number_(layout_.elements() == 1) {
    memory.link(&from_, step.inputs[0]);
    memory.link(&to_, step.outputs[0]);
  }

  void run(int, std::byte*) noexcept override {
    if (is_number_ && size_ == 4) {
      std::memcpy(to_, from_, 4);
    } else if (is_number_ && size_ == 8) {
      std::memcpy(to_, from_, 8);
    } else if (layout_.elements() > 0) {
      walk(0, static_cast<const std::byte*>(from_), static_cast<std::byte*>(to_));
    }
  }

 private:
  void walk(std::size_t axis, const std::byte* from, std::byte* to) noexcept {
    const std::int64_t n = layout_.extents[axis], fs = layout_.strides[0][axis], ts = layout_.strides[1][axis];
    if (axis + 1 < layout_.extents.size()) {
      for (std::int64_t i = 0; i < n; ++i) {
        walk(axis + 1, from + i * fs * static_cast<std::int64_t>(size_),
             to + i * ts * static_cast<std::int64_t>(size_));
      }
    } else if (size_ == 4) {
      copy_row<std::uint32_t>(from, fs, to, ts, n);
    } else if (size_ == 8) {
      copy_row<std::uint64_t>(from, fs, to, ts, n);
    } else {
      copy_row<std::uint8_t>(from, fs, to, ts, n);
    }
  }

  TileLayout layout_;
  std::size_t size_;
  bool is_number_;
  void* from_ = nullptr;
  void* to_ = nullptr;
};

}  // namespace

std::unique_ptr<Work> make_copy_work(const Step& step, Memory& memory) {
  return std::make_unique<CopyWork>(step, memory);
}

}  // namespace backprop::cpu
