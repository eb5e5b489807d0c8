// CSV and TSV: what nothing else took.
#include "data/csv.hpp"

#include "data/readers/format.hpp"

namespace backprop::data {

extern const Format csv_format;
const Format csv_format = {"csv", [](Opening&) { return true; },
                           [](Opening& opening) { return read_csv(opening.take_bytes(), opening.source().text); }};

}  // namespace backprop::data
