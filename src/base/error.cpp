#include "backprop/error.hpp"

#include "base/one_line.hpp"

namespace backprop {

DataError::DataError(const std::string& message) : Error(one_line(message)) {}

}  // namespace backprop
