// What a text table looks like, found from its bytes: encoding, delimiter, header. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace backprop::data {

// Refuses what is not UTF-8 text (compressed files, UTF-16, other binaries) with a DataError that says what to do.
// Returns where the text starts: behind a byte order mark.
std::size_t check_text(std::string_view bytes, const std::string& name);

// The one of tab, `;`, `,` and ' ' (runs of blanks) that cuts most of the first lines into the same number of cells,
// at least two; `,` for a single column.
char find_delimiter(std::string_view text);
std::string_view describe_delimiter(char delimiter);  // "a comma"

// Whether the first row holds names: none of its cells is a number, or one is text above a column of numbers, or its
// numbers only count the columns (0, 1, 2, ...) and its words stand nowhere below.
// `cells` are those of all rows, row by row.
bool looks_like_header(const std::vector<std::string_view>& cells, std::size_t columns);

}  // namespace backprop::data
