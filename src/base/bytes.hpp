// Memory for numbers, aligned to 64 bytes. Thread safety: any thread may ask for it.
#pragma once
#include <cstddef>
#include <memory>

namespace backprop {

struct FreeBytes {
  void operator()(std::byte* data) const;
};
using Bytes = std::unique_ptr<std::byte[], FreeBytes>;

// Of any content. Much of it is asked for in large pages, where the system has them: matrices of some megabytes are read
// with a row in every page (a step of 1024-2048-2048-1024, batch 256: 115.9 to 113.1 ms).
Bytes allocate_bytes(std::size_t size);

}  // namespace backprop
