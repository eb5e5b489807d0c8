// Errors of the library. Everything that fails throws one of these, with one line that says what, where and what to do.
// Thread safety: value types.
#pragma once
#include <stdexcept>
#include <string>

namespace backprop {

// The base of all errors: a mistake in how the library was called, or a failed run.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

// A flag, option or configuration value that cannot be used. The program exits with 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

// Data read from outside that cannot be used: file, line and column are in the message. The program exits with 3.
// What it quotes of a file may hold anything: control characters become '?', so that the message stays one line.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message);
};

// The training diverged: a loss or gradient is NaN or infinite. The program exits with 4.
class DivergedError : public Error {
 public:
  using Error::Error;
};

}  // namespace backprop
