// What a model predicts: one of some classes, or a number. Thread safety: value types.
#pragma once
#include <string_view>

namespace backprop {

enum class Task { classification, regression };

std::string_view to_string(Task task);
Task parse_task(std::string_view name);  // throws UsageError

}  // namespace backprop
