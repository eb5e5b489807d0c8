#include "cli/choose_network.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>

#include "backprop/error.hpp"
#include "cli/train_network.hpp"

namespace backprop::cli {
namespace {

// Of numbers, more rows gained nothing that is sure (concrete: 4.59 to 4.5 or 4.7 by seed, in eight times the time).
std::size_t most_rows_to_compare(Task task) { return task == Task::classification ? 1000 : 500; }

// What a network has learned of its own rows says that one which bends more could only learn more of them by heart. So it
// ends on iris, wine, breast cancer, digits and soybean (a tenth and less of the loss held back), not on boards of
// checkers, rings and spirals, where the rival has up to a fifth of the usual network's loss.
// A network that was still getting better when it was ended says nothing.
bool knows_by_heart(const Epoch& last) { return last.best < last.number && last.loss < last.validation_loss / 4; }

// With its loss on the rows that its members left out: infinite where that means nothing.
struct Judged {
  std::optional<Trained> trained;
  double loss = std::numeric_limits<double>::infinity();
};

Judged train_and_judge(const TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                       const LabelledRows& train, const FitOptions& how) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::pair<Epoch, double>> epochs;
  FitOptions options = flags.fit_options(learning.info.task, train.inputs.rows);
  options.info = learning.info;
  options.device = how.device;
  options.stop = how.stop;
  options.on_step = how.on_step;
  options.checkpoint = {.path = how.checkpoint.path, .seconds = std::numeric_limits<double>::infinity()};
  options.gradient_norms = epochs_with_gradient_norms;
  options.on_epoch = [&, start = Clock::now()](const Epoch& epoch) {
    epochs.emplace_back(epoch, std::chrono::duration<double>(Clock::now() - start).count());
    if (how.on_epoch) how.on_epoch(epoch);
  };
  FitReport report;
  try {
    Model model = train_network(flags, learning, preprocessing, train, LabelledRows(), options, &report);
    if (report.stopped) return {};
    const double loss = loss_of(measure(report.held_back, train.answers));
    return {Trained{std::move(model), std::move(report), std::move(epochs), how.checkpoint.path}, loss};
  } catch (const DivergedError&) {
    return {};
  }
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

NetworkChoice choose_network(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                             const LabelledRows& train, const LabelledRows& validation, const FitOptions& how) {
  const std::size_t rows = train.inputs.rows;
  if (flags.names_network() || flags.effort(rows).members == 1 || validation.inputs.rows > 0 ||
      rows > most_rows_to_compare(learning.info.task)) {
    return {};
  }
  const Task task = learning.info.task;
  TrainFlags least_squares = flags;
  least_squares.optimizer = levenberg_marquardt;
  const bool solvable =
      !flags.batch_size && obstacle_to_least_squares(least_squares, learning, preprocessing, validation).empty();
  const TrainFlags rival = solvable ? least_squares : winding_network(flags, task, rows);

  FitOptions of_usual = how, of_rival = how;
  if (!how.checkpoint.path.empty()) {
    of_usual.checkpoint.path += ".usual";
    of_rival.checkpoint.path += ".rival";
  }
  Judged usual = train_and_judge(flags, learning, preprocessing, train, of_usual), other;
  if (how.stop && how.stop()) return {};
  const bool at_limit = !solvable && usual.trained && knows_by_heart(usual.trained->epochs.back().first);
  if (!at_limit) other = train_and_judge(rival, learning, preprocessing, train, of_rival);
  if (how.stop && how.stop()) return {};
  const bool wins = other.loss < usual.loss;
  if (wins) flags = rival;
  NetworkChoice choice;
  choice.reason = at_limit ? name_of(flags, task) +
                                 ": knows its own rows by heart, so that nothing stronger is tried (loss " +
                                 to_text(usual.trained->epochs.back().first.loss) +
                                 ", on the rows that each member leaves out " + to_text(usual.loss) + ")"
                           : name_of(flags, task) +
                                 ": of the two networks tried, better on the rows that each member leaves out (loss " +
                                 to_text(wins ? other.loss : usual.loss) + ", the other " +
                                 to_text(wins ? usual.loss : other.loss) + ")";
  if (!flags.max_steps && !flags.max_time) choice.trained = std::move(wins ? other.trained : usual.trained);
  for (const std::string& path : {of_usual.checkpoint.path, of_rival.checkpoint.path}) {
    std::error_code missing;
    if (!choice.trained || choice.trained->checkpoint != path) std::filesystem::remove(path, missing);
  }
  return choice;
}

}  // namespace backprop::cli
