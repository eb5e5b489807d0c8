// What a text table looks like, found from its bytes: encoding, delimiter, header. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace backprop::data {

constexpr std::size_t sample_rows = 50;  // enough to see the shape of a table, cheap on a large one

// Refuses what is not UTF-8 text (compressed files, UTF-16, other binaries) with a DataError that says what to do, from
// byte `from` on. Returns up to where the text is good: its end, or the begin of a sequence that goes on in bytes to
// come, unless it is `whole`. `line_of` gives the line of a byte.
std::size_t check_text(std::string_view text, std::size_t from, bool whole, const std::string& name,
                       const std::function<std::size_t(std::size_t)>& line_of);

// Line breaks in a text: LF, CRLF or CR.
std::size_t count_lines(std::string_view text);

// The one of tab, `;`, `,` and ' ' (runs of blanks) that cuts most of the first lines into the same number of cells,
// at least two; `,` for a single column. With a decimal comma it is none of them.
char find_delimiter(std::string_view text, bool decimal_comma = false);
std::string_view describe_delimiter(char delimiter);  // "a comma"

// Whether the first row holds names: none of its cells is a number, or one is text above a column of numbers, or its
// numbers only count the columns (0, 1, 2, ...) and its words stand nowhere below.
// `cells` are those of all rows, row by row.
bool looks_like_header(const std::vector<std::string_view>& cells, std::size_t columns);

// A sentence for each column whose cells look like numbers with a decimal comma. `cells` are those of some rows.
std::vector<std::string> find_decimal_commas(std::span<const std::string_view> cells,
                                             const std::vector<std::string>& column_names);

}  // namespace backprop::data
