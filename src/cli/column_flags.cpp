#include "cli/column_flags.hpp"

#include <CLI/CLI.hpp>

#include "backprop/error.hpp"

namespace backprop::cli {

void ColumnFlags::add_to(CLI::App& app) {
  const auto list = [&](const std::string& flag, std::vector<std::string>& columns, const std::string& text) {
    app.add_option(flag, columns, text + ", names or numbers from 1")->type_name("COLUMN,...")->allow_extra_args(false);
  };
  list("--numeric", numeric, "These columns are numbers");
  list("--categorical", categorical, "These columns are categories, numbers or not");
  list("--date", date, "These columns are dates");
  list("--ignore", ignore, "Leave these columns out");
  app.add_option("--date-order", date_order,
                 "year-month-day, day-month-year or month-day-year (found from the dates where they tell)")
      ->type_name("ORDER");
  app.add_option("--weight", weight, "How much a row counts in the loss: a column of numbers, 0 or above")
      ->type_name("COLUMN");
  app.add_option("--class-weights", class_weights, "balanced: each class counts the same in the loss, rare ones too")
      ->type_name("KIND");
  app.add_flag("--tame-tails", tame_tails, "Take the logarithm of large numbers: for columns with far outliers");
}

void ColumnFlags::check() const {
  if (!class_weights.empty() && class_weights != "balanced") {
    throw UsageError("--class-weights " + class_weights + ": there is only 'balanced'");
  }
  if (date_order.empty() || data::parse_date_order(date_order)) return;
  throw UsageError("--date-order " + date_order + ": is none of year-month-day, day-month-year, month-day-year");
}

data::RoleOptions ColumnFlags::roles() const {
  return {.numeric = numeric,
          .categorical = categorical,
          .date = date,
          .ignore = ignore,
          .date_order = data::parse_date_order(date_order)};
}

data::PreprocessingOptions ColumnFlags::preprocessing() const { return {.tame_tails = tame_tails}; }

}  // namespace backprop::cli
