#include "data/cells.hpp"

#include <charconv>
#include <cmath>
#include <mutex>

#include "data/csv_format.hpp"
#include "data/stored_cells.hpp"

namespace backprop::data {
namespace {

// The shortest decimal that reads back as the same number; nothing for a missing one.
std::string spell(double number, bool single) {
  if (std::isnan(number)) return "";
  char text[40];
  if (std::abs(number) < 1e15 && number == std::trunc(number)) {
    return {text, std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(number)).ptr};
  }
  const auto end = single ? std::to_chars(text, text + sizeof text, static_cast<float>(number))
                          : std::to_chars(text, text + sizeof text, number);
  return {text, end.ptr};
}

}  // namespace

// Texts of the columns of numbers that somebody asked for, made once a column.
struct Cells::Spellings {
  std::mutex mutex;
  std::vector<std::vector<std::string>> columns;
};

Cells::Cells(RawCells raw) : raw_(std::move(raw)), spellings_(std::make_unique<Spellings>()) {
  spellings_->columns.resize(columns());
}
Cells::Cells(RawCells raw, std::unique_ptr<StoredCells> stored) : raw_(std::move(raw)), stored_(std::move(stored)) {}
Cells::~Cells() = default;
Cells::Cells(Cells&&) noexcept = default;
Cells& Cells::operator=(Cells&&) noexcept = default;

std::string_view Cells::spelling(std::size_t row, std::size_t column) const {
  if (stored_) return stored_->cell(row, column);
  const std::lock_guard lock(spellings_->mutex);
  std::vector<std::string>& texts = spellings_->columns[column];
  if (texts.empty()) {
    texts.reserve(rows());
    for (const double number : raw_.numbers[column]) texts.push_back(spell(number, raw_.single));
  }
  return texts[row];
}

bool Cells::only_numbers() const { return stored_ ? stored_->only_numbers() : raw_.texts.empty(); }
double Cells::stored_number(std::size_t row, std::size_t column) const { return stored_->number(row, column); }

std::size_t Cells::line(std::size_t row, std::size_t column) const {
  if (!stored_ && raw_.row_lines.empty()) return 0;
  std::size_t line = stored_ ? stored_->line(row) : raw_.row_lines[row];
  for (std::size_t c = 0; line > 0 && c < column && !only_numbers(); ++c) line += count_lines(cell(row, c));
  return line;
}

std::string Cells::place(std::size_t row, std::size_t column) const {
  if (const std::size_t at = line(row, column); at > 0) return name() + ":" + std::to_string(at);
  return name() + ": row " + std::to_string(first_row() + row + 1);
}

}  // namespace backprop::data
