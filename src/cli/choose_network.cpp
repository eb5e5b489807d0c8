#include "cli/choose_network.hpp"

#include <algorithm>
#include <limits>

#include "backprop/error.hpp"
#include "cli/train_network.hpp"

namespace backprop::cli {
namespace {

// Of numbers, more rows gained nothing that is sure (concrete: 4.59 to 4.5 or 4.7 by seed, in eight times the time).
std::size_t most_rows_to_compare(Task task) { return task == Task::classification ? 1000 : 500; }

double held_back_loss(const TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                      const LabelledRows& train, const std::shared_ptr<Device>& device,
                      const std::function<bool()>& stop) {
  FitOptions options = flags.fit_options(learning.info.task, train.inputs.rows);
  options.info = learning.info;
  options.device = device;
  options.stop = stop;
  FitReport report;
  try {
    train_network(flags, learning, preprocessing, train, LabelledRows(), options, &report);
  } catch (const DivergedError&) {
    return std::numeric_limits<double>::infinity();
  }
  return report.stopped ? std::numeric_limits<double>::infinity() : loss_of(measure(report.held_back, train.answers));
}

// Three layers of silu, for borders that wind.
TrainFlags winding_network(const TrainFlags& flags, Task task, std::size_t rows) {
  TrainFlags winding = flags;
  winding.hidden = "64,64,64";
  winding.activation = "silu";
  winding.learning_rate = "0.005";
  if (task != Task::classification) return winding;
  winding.weight_decay = 0.03;
  const Effort effort = flags.effort(rows);
  const auto batch = static_cast<std::size_t>(effort.batch_size), steps = (rows + batch - 1) / batch;
  const int longest = static_cast<int>(std::min<std::size_t>(15'000 / steps, 4000));
  if (!flags.epochs) winding.epochs = std::max(effort.epochs, longest);
  return winding;
}

std::string name_of(const TrainFlags& flags, Task task) {
  if (flags.least_squares()) return "two layers of 16 by Levenberg-Marquardt";
  return flags.names_network() ? "three layers of silu, learning rate 0.005"
                               : "two layers of " + flags.activation_name(task);
}

}  // namespace

std::string choose_network(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                           const LabelledRows& train, const LabelledRows& validation,
                           const std::shared_ptr<Device>& device, const std::function<bool()>& stop) {
  const std::size_t rows = train.inputs.rows;
  if (flags.names_network() || flags.effort(rows).members == 1 || validation.inputs.rows > 0 ||
      rows > most_rows_to_compare(learning.info.task)) {
    return "";
  }
  const Task task = learning.info.task;
  TrainFlags least_squares = flags;
  least_squares.optimizer = levenberg_marquardt;
  const bool solvable =
      !flags.batch_size && obstacle_to_least_squares(least_squares, learning, preprocessing, validation).empty();
  const TrainFlags rival = solvable ? least_squares : winding_network(flags, task, rows);
  const double usual = held_back_loss(flags, learning, preprocessing, train, device, stop);
  const double other = held_back_loss(rival, learning, preprocessing, train, device, stop);
  if (stop()) return "";
  const bool wins = other < usual;
  if (wins) flags = rival;
  return name_of(flags, task) + ": of the two networks tried, better on the rows that each member leaves out (loss " +
         to_text(wins ? other : usual) + ", the other " + to_text(wins ? usual : other) + ")";
}

}  // namespace backprop::cli
