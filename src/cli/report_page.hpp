// report.html: the page that the build packed into the program, with a run's data in it.
// Thread safety: pure functions.
#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace backprop::cli {

// One HTML file that asks for nothing else. Whatever stands in the data is text to it, never markup or script.
std::string report_page(const nlohmann::ordered_json& data);

// The page without data, packed by gzip: made by cmake/report_page.cmake.
std::span<const unsigned char> packed_report_page();

}  // namespace backprop::cli
