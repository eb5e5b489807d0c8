// From the columns of a table to the features of a network: fitted on training rows, kept as plain data, written as
// graph. Fitting looks at the given rows and no others, so it can be done anew in every fold of a cross-validation:
//     const auto roles = find_roles(table, train, {target});
//     const auto preprocessing = Preprocessing::fit(table, train, roles);
//     const Matrix x = preprocessing.apply(table, train), held_back = preprocessing.apply(table, test);
// Thread safety: a Preprocessing does not change after it is made; using it from many threads is safe.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backprop/network.hpp"
#include "data/raw_columns.hpp"
#include "data/roles.hpp"
#include "data/standardise.hpp"

namespace backprop::data {

// How the numbers of a column become features of mean 0 and standard deviation 1.
struct NumberScale {
  float fill = 0;                   // in place of a missing number: the median
  bool indicator = false;           // a feature of its own says where one was missing
  Scale scale;                      // after filling
  std::optional<Scale> tamed = {};  // of sign(z) log(1 + |z|), z the standardised number, where tails are tamed
};

// A column that is learned from.
struct PreparedColumn {
  RawColumn raw;
  Role role = Role::numeric;
  NumberScale number = {};                 // numeric and boolean; of a date, its days
  std::int64_t categories = 0;             // codes that have a feature, or a row of the embedding, of their own
  std::int64_t embedding = 0;              // numbers a category; 0: one-hot
  std::vector<std::string> features = {};  // names of the features, e.g. "sex=male", "age missing"
};

struct PreprocessingOptions {
  bool tame_tails = false;                      // of numeric columns
  std::int64_t most_one_hot = 30;               // more categories than this get an embedding
  std::optional<std::size_t> fewest_rows = {};  // rarer categories share a feature with those never seen; none: 1 to 3
};

// The name of a column's input: the column's own, with something behind it where a value of the model has that name.
std::string input_name(const std::string& column);

class Preprocessing {
 public:
  // Throws DataError when no column is left to learn from.
  static Preprocessing fit(const Table& table, std::span<const std::uint32_t> rows,
                           const std::vector<ColumnRole>& roles, const PreprocessingOptions& options = {});

  const std::vector<PreparedColumn>& columns() const { return columns_; }
  const std::vector<ColumnRole>& left_out() const { return left_out_; }
  // How to read a table's cells as the inputs of write(), and which of those are texts.
  std::vector<RawColumn> raw_columns() const;
  TextInputs text_inputs() const;
  // Columns of the feature matrix. The last ones are the codes of columns with an embedding.
  std::int64_t features() const;
  std::vector<std::string> feature_names() const;
  std::vector<std::size_t> feature_columns() const;  // of each feature, its column's position in columns()

  // Appends the inputs, [B, 1] a column under its name, and what makes features [B, features()] of them.
  Value write(Graph& graph) const;  // throws Error when two columns have one name
  // What stands first in a network on these features: puts embeddings (parameters) in place of codes. Nothing to do
  // when there are none.
  bool has_embeddings() const;
  Layer embeddings() const;
  // The features of some rows of a table that has the columns, in any order: write(), run.
  Matrix apply(const Table& table, std::span<const std::uint32_t> rows) const;
  // The same, block after block.
  void apply(const Table& table, std::span<const std::uint32_t> rows,
             const std::function<void(std::span<const float>)>& take) const;

  // As JSON, without the codes of texts, which stand in the graph's inputs. Throws DataError when it is malformed.
  std::string to_json() const;
  static Preprocessing from_json(const std::string& text, const TextInputs& codes);

 private:
  std::vector<std::pair<std::string, std::size_t>> named_features() const;  // and the column of each

  std::vector<PreparedColumn> columns_;
  std::vector<ColumnRole> left_out_;
};

}  // namespace backprop::data
