#include "formats/event_file.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "event.pb.h"

namespace backprop {

static_assert(std::endian::native == std::endian::little, "event files are little-endian");

namespace {

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
    table[i] = crc;
  }
  return table;
}();

template <class T> std::string bytes_of(T number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

// Turned and shifted, so that a checksum of bytes that hold checksums is none of them.
std::string masked_crc(const std::string& bytes) { return bytes_of(std::rotr(crc32c(bytes), 15) + 0xa282ead8u); }

std::string record(const backprop_event::Event& event) {
  const std::string data = event.SerializeAsString(), length = bytes_of(static_cast<std::uint64_t>(data.size()));
  return length + masked_crc(length) + data + masked_crc(data);
}

backprop_event::Event at(double wall_time, std::int64_t step) {
  backprop_event::Event event;
  event.set_wall_time(wall_time);
  event.set_step(step);
  return event;
}

}  // namespace

std::uint32_t crc32c(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = (crc >> 8) ^ crc_table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

std::string event_file_start(double wall_time, std::int64_t step) {
  backprop_event::Event version = at(wall_time, 0), session = at(wall_time, step);
  version.set_file_version("brain.Event:2");
  session.mutable_session_log()->set_status(1);
  return record(version) + record(session);
}

std::string event_scalars(double wall_time, std::int64_t step,
                          const std::vector<std::pair<std::string, double>>& values) {
  backprop_event::Event event = at(wall_time, step);
  for (const auto& [tag, value] : values) {
    backprop_event::Summary::Value* entry = event.mutable_summary()->add_value();
    entry->set_tag(tag);
    entry->set_simple_value(static_cast<float>(value));
  }
  return record(event);
}

}  // namespace backprop
