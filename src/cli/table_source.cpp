#include "cli/table_source.hpp"

#include "backprop/error.hpp"
#include "cli/command.hpp"

namespace backprop::cli {

void TableSource::add_to(CLI::App& app, const std::string& description) {
  app.add_option("TABLE", path, description + "; - is the standard input");
  app.add_flag("--header", header, "The first line holds names, even where they are numbers");
  app.add_flag("--no-header", no_header, "The first line holds data, not names (found from the data when not given)");
}

data::Table TableSource::read() const {
  require(path, "a TABLE is needed: a CSV file, or - for the standard input");
  return read_from(path);
}

data::Table TableSource::read_from(const std::string& file) const {
  data::CsvOptions options;
  if (header && no_header) throw UsageError("--header and --no-header: only one of them can be followed");
  if (header || no_header) options.header = header;
  return data::Table(data::read_csv(file, options));
}

}  // namespace backprop::cli
