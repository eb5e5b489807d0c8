#include "backprop/task.hpp"

#include <string>

#include "backprop/error.hpp"

namespace backprop {

std::string_view to_string(Task task) { return task == Task::classification ? "classification" : "regression"; }

Task parse_task(std::string_view name) {
  for (const Task task : {Task::classification, Task::regression}) {
    if (to_string(task) == name) return task;
  }
  throw UsageError("task '" + std::string(name) + "' is none of classification, regression");
}

}  // namespace backprop
