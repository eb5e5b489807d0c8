#include "base/bytes.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace backprop {
namespace {

constexpr std::align_val_t alignment{64};
constexpr std::uintptr_t large_page = 2 << 20;

}  // namespace

void FreeBytes::operator()(std::byte* data) const { ::operator delete[](data, alignment); }

Bytes allocate_bytes(std::size_t size) {
  Bytes bytes(static_cast<std::byte*>(::operator new[](size, alignment)));
#ifdef MADV_HUGEPAGE
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.get());
  const std::uintptr_t before = (large_page - begin % large_page) % large_page, behind = (begin + size) % large_page;
  // Advice: that a system does not take it is no error.
  if (size >= large_page + before + behind) madvise(bytes.get() + before, size - before - behind, MADV_HUGEPAGE);
#endif
  return bytes;
}

}  // namespace backprop
