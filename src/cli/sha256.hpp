// SHA-256, by libmd. Thread safety: one thread at a time.
#pragma once
#include <memory>
#include <span>
#include <string>

namespace backprop::cli {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::span<const std::byte> bytes);
  std::string hex();  // of all that was added; ends it

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// What `sha256sum FILE` prints. Throws DataError naming the file.
std::string sha256_of_file(const std::string& path);

}  // namespace backprop::cli
