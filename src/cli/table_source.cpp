#include "cli/table_source.hpp"

#include <CLI/CLI.hpp>
#include <optional>

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "data/stored_cells.hpp"

namespace backprop::cli {
namespace {

data::Table read_table(data::RowReader& reader, bool on_disk) {
  return data::Table(on_disk ? data::store_all(reader) : data::read_all(reader));
}

}  // namespace

void TableSource::add_to(CLI::App& app, const std::string& description) {
  app.add_option("TABLE,--data", path,
                 description +
                     ": CSV, TSV, ARFF, NPY, NPZ, IDX or FANN's text, .gz too; - is the standard input;"
                     " sqlite:FILE or postgresql://[USER@]HOST/DATABASE with --query")
      ->type_name("TABLE");
  app.add_option("--query", query, "The SELECT whose rows of the database are wanted")->type_name("SQL");
  app.add_option("--labels", labels, "A file with one more column, which is called label (IDX, NPY)")
      ->type_name("FILE");
  app.add_option("--arrays", arrays, "Names of the arrays of an NPZ file, whose columns stand side by side (all)")
      ->type_name("NAME,NAME,...");
  app.add_option("--format", format, "Format of the file (found from its bytes when not given)")->type_name("NAME");
  app.add_flag("--header", header, "The first line holds names, even where they are numbers");
  app.add_flag("--no-header", no_header, "The first line holds data, not names (found from the data when not given)");
  app.add_flag("--decimal-comma", decimal_comma, "Numbers are written 1,5");
}

data::Source TableSource::source() const {
  data::Source source{path, format, query, arrays, labels, {}};
  if (header && no_header) throw UsageError("--header and --no-header: only one of them can be followed");
  if (header || no_header) source.text.header = header;
  source.text.decimal_comma = decimal_comma;
  return source;
}

std::unique_ptr<data::RowReader> TableSource::open() const {
  require(path, "a TABLE is needed: a CSV file, another source of a table, or - for the standard input");
  return data::open_rows(source());
}

void TableSource::read_blocks(const std::function<void(const data::Table& block)>& take) const {
  constexpr std::size_t rows = 4096;
  const std::unique_ptr<data::RowReader> reader = open();
  while (std::optional<data::Cells> cells = reader->next(rows)) take(data::Table(std::move(*cells)));
}

data::Table TableSource::read(bool on_disk) const { return read_table(*open(), on_disk); }

data::Table TableSource::read_from(const std::string& other, const std::string& other_labels, bool on_disk) const {
  data::Source source = this->source();
  source.path = other;
  source.labels = other_labels;
  return read_table(*data::open_rows(source), on_disk);
}

}  // namespace backprop::cli
