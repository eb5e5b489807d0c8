// The text format of the FANN library: "pairs inputs outputs", then the inputs and the outputs of each pair, numbers
// between blanks. Outputs that are one 1 among 0s in every pair are one of several classes: they become one column.
#include <array>
#include <charconv>
#include <cmath>

#include "backprop/error.hpp"
#include "data/column_names.hpp"
#include "data/number.hpp"
#include "data/readers/format.hpp"
#include "data/readers/lines.hpp"

namespace backprop::data {
namespace {

constexpr std::string_view fann_blanks = " \t\r\f\v";

// Takes the next word of a line.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(fann_blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(fann_blanks));
  line.remove_prefix(word.size());
  return word;
}

std::size_t count_numbers(std::string_view line) {
  std::size_t count = 0;
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    if (!parse_number(word)) return 0;
    ++count;
  }
  return count;
}

bool read_counts(std::string_view line, std::array<std::uint64_t, 3>& counts) {
  for (std::uint64_t& count : counts) {
    const std::string_view word = take_word(line);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (word.empty() || error != std::errc() || end != word.data() + word.size()) return false;
  }
  return take_word(line).empty();
}

// Three counts, and then lines of as many numbers as they say. A table of three columns could look like that too when
// inputs and outputs are three: it is taken for FANN's only by its name.
bool is_fann(Opening& opening) {
  if (opening.has_extension(".fann")) return true;
  std::string_view head = opening.head();
  const auto line = [&] {
    const std::string_view result = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(result.size() + 1, head.size()));
    return result;
  };
  std::array<std::uint64_t, 3> counts;
  if (!read_counts(line(), counts) || (counts[1] == 3 && counts[2] == 3)) return false;
  return count_numbers(line()) == counts[1] && count_numbers(line()) == counts[2];
}

class FannReader : public RowReader {
 public:
  explicit FannReader(std::unique_ptr<ByteSource> bytes) : lines_(std::move(bytes)) {}

  std::optional<Cells> next(std::size_t rows) override {
    if (!read_) read();
    rows = std::min(rows, lines_of_rows_.size() - done_);
    if (rows == 0) return std::nullopt;
    RawCells raw;
    raw.name = lines_.name();
    raw.column_names = names_;
    raw.first_row = done_;
    raw.rows = rows;
    for (const std::vector<double>& column : columns_) {
      const auto first = column.begin() + static_cast<std::ptrdiff_t>(done_);
      raw.numbers.emplace_back(first, first + static_cast<std::ptrdiff_t>(rows));
    }
    const auto first = lines_of_rows_.begin() + static_cast<std::ptrdiff_t>(done_);
    raw.row_lines.assign(first, first + static_cast<std::ptrdiff_t>(rows));
    if (done_ == 0 && one_of_) {
      raw.notes.push_back("the outputs are one of " + std::to_string(outputs_) +
                          " classes in every row: column 'class'");
    }
    done_ += rows;
    return Cells(std::move(raw));
  }

 private:
  // All at once: whether the outputs are classes shows in the last row.
  void read() {
    read_ = true;
    std::array<std::uint64_t, 3> counts;
    const auto first = lines_.next();
    if (!first) throw DataError(lines_.name() + ": the file is empty");
    if (!read_counts(*first, counts)) lines_.fail("the first line of a FANN file is: pairs inputs outputs");
    const auto [pairs, inputs, outputs] = counts;
    std::uint64_t all = 0;
    if (pairs == 0 || inputs == 0 || outputs == 0) lines_.fail("declares no pairs, no inputs or no outputs");
    if (inputs > std::uint64_t{1} << 20 || outputs > std::uint64_t{1} << 20) lines_.fail("declares too many columns");
    // A number takes a digit and a blank.
    const auto bytes = lines_.bytes().bound();
    if (__builtin_mul_overflow(pairs, inputs + outputs, &all) || (bytes && all / 2 > *bytes + (1 << 17))) {
      lines_.fail("declares " + std::to_string(pairs) + " pairs of " + std::to_string(inputs + outputs) +
                  " numbers, which the file cannot hold");
    }
    inputs_ = inputs;
    outputs_ = outputs;
    columns_.resize(inputs_ + outputs_);
    std::size_t column = 0;
    while (const auto line = lines_.next()) {
      std::string_view rest = *line;
      for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
        if (lines_of_rows_.size() == pairs && column == 0) {
          lines_.fail("goes on after the " + std::to_string(pairs) + " pairs that the first line declares");
        }
        const auto number = parse_number(word);
        if (!number)
          lines_.fail("'" + std::string(word.substr(0, 40)) + "' is not a number (in column " +
                      std::to_string(column + 1) + ")");
        if (column == 0) lines_of_rows_.push_back(lines_.number());
        columns_[column].push_back(*number);
        column = (column + 1) % columns_.size();
      }
    }
    if (column != 0 || lines_of_rows_.size() != pairs) {
      lines_.fail("ends in pair " + std::to_string(lines_of_rows_.size() + (column == 0)) + " of the " +
                  std::to_string(pairs) + " that the first line declares");
    }
    find_classes();
    name();
  }

  void find_classes() {
    one_of_ = outputs_ > 1;
    for (std::size_t r = 0; r < lines_of_rows_.size() && one_of_; ++r) {
      std::size_t ones = 0, zeros = 0;
      for (std::size_t o = 0; o < outputs_; ++o) {
        ones += columns_[inputs_ + o][r] == 1.0;
        zeros += columns_[inputs_ + o][r] == 0.0;
      }
      one_of_ = ones == 1 && zeros == outputs_ - 1;
    }
    if (!one_of_) return;
    std::vector<double> classes(lines_of_rows_.size());
    for (std::size_t o = 0; o < outputs_; ++o) {
      for (std::size_t r = 0; r < classes.size(); ++r) {
        if (columns_[inputs_ + o][r] == 1.0) classes[r] = static_cast<double>(o + 1);
      }
    }
    columns_.resize(inputs_);
    columns_.push_back(std::move(classes));
  }

  void name() {
    for (std::size_t i = 1; i <= inputs_; ++i) names_.push_back("input_" + std::to_string(i));
    if (one_of_) {
      names_.push_back("class");
    } else {
      for (std::size_t o = 1; o <= outputs_; ++o)
        names_.push_back(outputs_ == 1 ? "output" : "output_" + std::to_string(o));
    }
  }

  Lines lines_;
  bool read_ = false, one_of_ = false;
  std::size_t inputs_ = 0, outputs_ = 0, done_ = 0;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> columns_;
  std::vector<std::uint64_t> lines_of_rows_;
};

}  // namespace

extern const Format fann_format;
const Format fann_format = {"fann", is_fann, [](Opening& opening) -> std::unique_ptr<RowReader> {
                              return std::make_unique<FannReader>(opening.take_bytes());
                            }};

}  // namespace backprop::data
