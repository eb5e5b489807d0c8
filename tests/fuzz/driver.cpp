// libFuzzer's way in: fuzz --target=NAME [libFuzzer's flags and folders].
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "target.hpp"

namespace {
const backprop::fuzz::Target* chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (!argument.starts_with("--target=")) continue;
    for (const backprop::fuzz::Target& target : backprop::fuzz::targets()) {
      if (target.name == argument.substr(9)) chosen = &target;
    }
  }
  if (chosen == nullptr) {
    std::fprintf(stderr, "--target=NAME is needed, NAME one of:");
    for (const auto& target : backprop::fuzz::targets()) std::fprintf(stderr, " %s", std::string(target.name).c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
