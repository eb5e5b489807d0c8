// What is done with bytes from anywhere, for each reader: one file each, listed in targets.cpp. Run by libFuzzer
// (driver.cpp, ./check --all fuzz), and on the cases found so far by an ordinary test (corpus_test.cpp).
// Whatever the bytes, a target returns; a crash, another exception than DataError or a broken promise ends the process.
#pragma once
#include <span>
#include <string_view>

#include "backprop/error.hpp"

namespace backprop::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::span<const char>);
};

std::span<const Target> targets();

// Reads a table in one piece and in blocks of a few rows; both must give the same cells or the same kind of refusal.
void read_table(std::span<const char> bytes, std::string_view format);

// Ends the process with a message when a promise is broken.
void require(bool good, const char* promise);
// An error is one line.
void require_line(const Error& error);

}  // namespace backprop::fuzz
