// ARFF, the format of Weka: attributes with their types, then the rows, dense or sparse.
#include <algorithm>
#include <unordered_set>

#include "backprop/error.hpp"
#include "base/lower.hpp"
#include "data/column_names.hpp"
#include "data/number.hpp"
#include "data/readers/format.hpp"
#include "data/readers/lines.hpp"
#include "data/readers/row_builder.hpp"

namespace backprop::data {
namespace {

constexpr std::string_view arff_blanks = " \t";

std::string_view trim(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(arff_blanks), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(arff_blanks) + 1);
}

bool is_arff(Opening& opening) {
  if (opening.has_extension(".arff")) return true;
  std::string_view head = opening.head();
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    const std::string_view text = trim(line);
    if (text.empty() || text == "\r" || text.starts_with('%')) continue;
    return lower(text.substr(0, 9)) == "@relation";
  }
  return false;
}

enum class Type { numeric, nominal, text };

struct Attribute {
  Type type = Type::numeric;
  std::unordered_set<std::string> values;  // of a nominal one
  std::string first;                       // of them: what a sparse row leaves out
};

class ArffReader : public RowReader {
 public:
  explicit ArffReader(std::unique_ptr<ByteSource> bytes) : lines_(std::move(bytes)) {}

  std::optional<Cells> next(std::size_t rows) override {
    if (names_.empty()) read_header();
    RowBuilder builder(lines_.name(), names_, done_);
    while (builder.rows() < rows) {
      const auto line = lines_.next();
      if (!line) break;
      const std::string_view text = trim(*line);
      if (text.empty() || text.starts_with('%')) continue;
      if (text.starts_with('{')) {
        read_sparse(text, builder);
      } else {
        read_dense(text, builder);
      }
      builder.end_row(lines_.number());
    }
    if (builder.rows() == 0) {
      if (done_ == 0) throw DataError(lines_.name() + ": no rows behind @data");
      return std::nullopt;
    }
    done_ += builder.rows();
    return std::move(builder).finish();
  }

 private:
  void read_header() {
    std::vector<std::string> names;
    while (const auto line = lines_.next()) {
      std::string_view text = trim(*line);
      if (text.empty() || text.starts_with('%')) continue;
      const std::string_view keyword = text.substr(0, text.find_first_of(arff_blanks));
      text.remove_prefix(keyword.size());
      const std::string word = lower(keyword);
      if (word == "@attribute") {
        names.push_back(take_value(text, arff_blanks));
        if (names.back().empty()) lines_.fail("an attribute needs a name");
        attributes_.push_back(read_type(trim(text)));
      } else if (word == "@data") {
        if (names.empty()) lines_.fail("no @attribute stands before @data");
        const std::vector<std::string_view> views(names.begin(), names.end());
        names_ = name_columns(lines_.name() + ":" + std::to_string(lines_.number()), 0, views, views.size());
        return;
      } else if (word != "@relation") {
        lines_.fail("@relation, @attribute or @data is needed here, or % before a comment");
      }
    }
    throw DataError(lines_.name() + ":" + std::to_string(lines_.number()) + ": the file ends before @data");
  }

  Attribute read_type(std::string_view text) const {
    Attribute attribute;
    if (text.starts_with('{')) {
      attribute.type = Type::nominal;
      text.remove_prefix(1);
      while (true) {
        text = trim(text);
        if (text.starts_with('}')) break;
        if (text.empty()) lines_.fail("the list of values is not closed by }");
        std::string value = take_value(text, " \t,}");
        text = trim(text);
        if (text.starts_with(',')) text.remove_prefix(1);
        if (attribute.values.empty()) attribute.first = value;
        attribute.values.insert(std::move(value));
      }
      return attribute;
    }
    const std::string type = lower(text.substr(0, text.find_first_of(arff_blanks)));
    if (type == "numeric" || type == "real" || type == "integer") return attribute;
    attribute.type = Type::text;
    if (type != "string" && type != "date") {
      lines_.fail("the type '" + type.substr(0, 40) + "' is none of numeric, real, integer, string, date and {values}");
    }
    return attribute;
  }

  // Takes a value, quoted or up to one of `ends`.
  std::string take_value(std::string_view& text, std::string_view ends) const {
    text = trim(text);
    std::string value;
    if (text.empty() || (text[0] != '\'' && text[0] != '"')) {
      value = text.substr(0, text.find_first_of(ends));
      text.remove_prefix(value.size());
      return value;
    }
    const char quote = text[0];
    std::size_t i = 1;
    for (; i < text.size() && text[i] != quote; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      value += text[i];
    }
    if (i >= text.size()) lines_.fail("a quote is not closed");
    text.remove_prefix(i + 1);
    return value;
  }

  void read_dense(std::string_view text, RowBuilder& builder) const {
    std::size_t column = 0;
    while (true) {
      if (column == names_.size()) lines_.fail("more than the " + std::to_string(names_.size()) + " declared values");
      add(builder, column++, take_cell(text, " \t,"));
      text = trim(text);
      if (text.empty()) break;
      if (text.starts_with(',')) text.remove_prefix(1);
    }
    if (column != names_.size()) {
      lines_.fail(std::to_string(column) + " values, and " + std::to_string(names_.size()) + " are declared");
    }
  }

  // {index value, index value}; what is left out is 0, or the first of the values.
  void read_sparse(std::string_view text, RowBuilder& builder) const {
    text.remove_prefix(1);
    std::size_t column = 0;
    while (true) {
      text = trim(text);
      if (text.starts_with('}')) break;
      const std::string index = take_value(text, arff_blanks);
      const auto number = parse_number(index);
      if (!number || *number < static_cast<double>(column) || *number >= static_cast<double>(names_.size())) {
        lines_.fail("'" + index.substr(0, 40) + "' is no index of a column from " + std::to_string(column) + " to " +
                    std::to_string(names_.size() - 1) + ", in ascending order");
      }
      while (column < static_cast<std::size_t>(*number)) leave_out(builder, column++);
      add(builder, column++, take_cell(text, " \t,}"));
      text = trim(text);
      if (text.starts_with(',')) {
        text.remove_prefix(1);
      } else if (!text.starts_with('}')) {
        lines_.fail("a sparse row is closed by }");
      }
    }
    if (!trim(text.substr(1)).empty()) lines_.fail("text behind the } of a sparse row");
    while (column < names_.size()) leave_out(builder, column++);
  }

  struct Cell {
    std::string text;
    bool quoted = false;
  };
  Cell take_cell(std::string_view& text, std::string_view ends) const {
    text = trim(text);
    const bool quoted = text.starts_with('\'') || text.starts_with('"');
    return {take_value(text, ends), quoted};
  }

  void leave_out(RowBuilder& builder, std::size_t column) const {
    if (attributes_[column].type == Type::numeric) {
      builder.add_number(0.0, "0");
    } else {
      builder.add_word(attributes_[column].first);
    }
  }

  void add(RowBuilder& builder, std::size_t column, const Cell& cell) const {
    const Attribute& attribute = attributes_[column];
    const auto refuse = [&](const std::string& what) {
      lines_.fail("column '" + names_[column] + "': '" + cell.text.substr(0, 40) + "' is " + what);
    };
    if (cell.text == "?" && !cell.quoted) {
      builder.add_word("");
    } else if (attribute.type == Type::numeric) {
      const auto number = parse_number(cell.text);
      if (!number) refuse("not a number, which is declared");
      builder.add_number(*number, cell.text);
    } else {
      if (attribute.type == Type::nominal && !attribute.values.contains(cell.text)) {
        refuse("none of the declared values");
      }
      builder.add_word(cell.text);
    }
  }

  Lines lines_;
  std::vector<std::string> names_;
  std::vector<Attribute> attributes_;
  std::size_t done_ = 0;
};

}  // namespace

extern const Format arff_format;
const Format arff_format = {"arff", is_arff, [](Opening& opening) -> std::unique_ptr<RowReader> {
                              return std::make_unique<ArffReader>(opening.take_bytes());
                            }};

}  // namespace backprop::data
