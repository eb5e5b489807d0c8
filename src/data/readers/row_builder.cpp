#include "data/readers/row_builder.hpp"

#include "data/number.hpp"

namespace backprop::data {

RowBuilder::RowBuilder(std::string name, std::vector<std::string> column_names, std::size_t first_row) {
  raw_.name = std::move(name);
  raw_.numbers.resize(column_names.size());
  raw_.column_names = std::move(column_names);
  raw_.first_row = first_row;
}

void RowBuilder::add(std::string_view text) { add_number(parse_number(text).value_or(no_number), text); }
void RowBuilder::add_word(std::string_view text) { add_number(no_number, text); }

void RowBuilder::add_number(double number, std::string_view text) {
  if (column_ == 0) raw_.row_begins.push_back(raw_.bytes.size());
  raw_.texts.push_back({static_cast<std::uint32_t>(raw_.bytes.size() - raw_.row_begins.back()),
                        static_cast<std::uint32_t>(text.size())});
  raw_.bytes.insert(raw_.bytes.end(), text.begin(), text.end());
  raw_.numbers[column_++].push_back(number);
}

void RowBuilder::end_row(std::uint64_t line) {
  if (line > 0) raw_.row_lines.push_back(line);
  ++raw_.rows;
  column_ = 0;
}

Cells RowBuilder::finish() && { return Cells(std::move(raw_)); }

}  // namespace backprop::data
