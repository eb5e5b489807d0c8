#include <algorithm>
#include <cstring>

#include "run/cpu/work.hpp"

namespace backprop::cpu {

Memory::Memory(const Plan& plan) : plan_(plan), bases_(plan.buffers.size()), links_(plan.buffers.size()) {
  const std::size_t arena_bytes = std::max<std::size_t>(plan.arena_bytes, 64);
  arena_ = allocate_bytes(arena_bytes);
  std::memset(arena_.get(), 0, arena_bytes);
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    const Buffer& buffer = plan.buffers[b];
    if (buffer.kind == BufferKind::arena) bases_[b] = arena_.get() + buffer.place;
    if (buffer.kind == BufferKind::constant) {
      const Tensor& tensor = plan.constants[static_cast<std::size_t>(buffer.source)];
      bases_[b] = static_cast<std::byte*>(const_cast<void*>(tensor.data()));
    }
  }
}

void Memory::link(void** pointer, const View& view) {
  const auto b = static_cast<std::size_t>(view.buffer);
  const std::size_t offset = static_cast<std::size_t>(view.offset) * size_of(dtype(view));
  *pointer = bases_[b] + offset;
  const BufferKind kind = plan_.buffers[b].kind;
  if (kind == BufferKind::input || kind == BufferKind::state) links_[b].push_back({pointer, offset});
}

void Memory::move(Index buffer, void* base) {
  const auto b = static_cast<std::size_t>(buffer);
  bases_[b] = static_cast<std::byte*>(base);
  for (const Link& link : links_[b]) *link.pointer = bases_[b] + link.offset;
}

void* Memory::address(const View& view) const {
  return bases_[static_cast<std::size_t>(view.buffer)] + static_cast<std::size_t>(view.offset) * size_of(dtype(view));
}

}  // namespace backprop::cpu
