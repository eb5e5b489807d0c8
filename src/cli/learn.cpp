#include "cli/learn.hpp"

#include <map>

#include "cli/choices.hpp"
#include "cli/train_network.hpp"

namespace backprop::cli {

Measured Learned::measure(const LearningTable& learning, std::span<const std::uint32_t> rows) const {
  return cli::measure(*network, {preprocessing.apply(learning.table, rows), select_answers(learning.target, rows)});
}

Learned learn(const TrainFlags& flags, const LearningTable& learning, std::span<const std::uint32_t> rows,
              const std::shared_ptr<Device>& device, const Interrupt& interrupt) {
  const data::SplitFractions fractions{.validation = flags.fractions(rows.size()).validation, .test = 0};
  const auto seed = static_cast<std::uint64_t>(flags.seed);
  const Answers all = select_answers(learning.target, rows);
  data::Split split = all.labels.empty() ? data::split_rows(rows.size(), fractions, seed)
                                         : data::split_classes(all.labels, fractions, seed);
  for (auto* part : {&split.train, &split.validation}) {
    for (std::uint32_t& row : *part) row = rows[row];
  }
  Learned learned{fit_preprocessing(flags, learning, split.train), std::nullopt, {}, {}};
  const auto select = [&](const std::vector<std::uint32_t>& part) {
    return select_rows(flags, learning, learned.preprocessing, split.train, part);
  };
  const LabelledRows train = select(split.train), validation = select(split.validation);
  TrainFlags chosen = flags;
  const FitOptions how{.device = device, .stop = [&interrupt] { return interrupt.requested(); }};
  Choices choices = make_choices(chosen, learning, learned.preprocessing, train, validation, how);
  if (choices.trained) {
    learned.network = std::move(choices.trained->model);
    learned.report = std::move(choices.trained->report);
  } else {
    FitOptions options = chosen.fit_options(learning.info.task, split.train.size());
    options.info = learning.info;
    options.device = device;
    options.stop = how.stop;
    learned.network =
        train_network(chosen, learning, learned.preprocessing, train, validation, options, &learned.report);
  }
  learned.validation = learned.report.held_back.empty() ? cli::measure(*learned.network, validation)
                                                        : cli::measure(learned.report.held_back, train.answers);
  return learned;
}

std::vector<std::int64_t> group_numbers(const data::Table& table, const std::string& column) {
  std::map<std::string_view, std::int64_t> numbers;
  std::vector<std::int64_t> groups;
  for (const std::string_view word : table.words(data::find_column(table, column, "--group"))) {
    groups.push_back(numbers.try_emplace(word, static_cast<std::int64_t>(numbers.size())).first->second);
  }
  return groups;
}

}  // namespace backprop::cli
