#include "cli/report_page.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <string_view>
#include <vector>

#include "backprop/error.hpp"

namespace backprop::cli {
namespace {

std::string unpack(std::span<const unsigned char> packed) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw Error("not enough memory");
  stream.next_in = packed.data();
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  std::vector<Bytef> part(std::size_t{1} << 16);
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = part.data();
    stream.avail_out = static_cast<uInt>(part.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(part.begin(), part.end() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw Error("the program is damaged: its page for reports cannot be unpacked");
  return text;
}

// JSON inside <script>: without a '<' nothing in it can end the element or begin a comment.
std::string for_script(const nlohmann::ordered_json& data) {
  std::string safe;
  for (const char c : data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string report_page(const nlohmann::ordered_json& data) {
  constexpr std::string_view place = "{{DATA}}";
  std::string page = unpack(packed_report_page());
  const std::size_t at = page.rfind(place);
  if (at == std::string::npos) throw Error("the program's page for reports has no place for data");
  return page.replace(at, place.size(), for_script(data));
}

}  // namespace backprop::cli
