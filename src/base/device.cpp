#include "backprop/device.hpp"

#include <string>
#include <utility>

#include "backprop/error.hpp"
#include "base/thread_pool.hpp"

namespace backprop {
namespace {

int thread_count(const DeviceOptions& options) {
  if (options.threads < 0 || options.threads > 1024) {
    throw UsageError("[device] threads must be 0 (one a core) to 1024, got " + std::to_string(options.threads));
  }
  return options.threads == 0 ? usable_cores() : options.threads;
}

}  // namespace

Device::Device(const DeviceOptions& options) : pool_(new ThreadPool(thread_count(options))) {}
Device::~Device() { delete pool_; }
Device::Device(Device&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
Device& Device::operator=(Device&& other) noexcept {
  std::swap(pool_, other.pool_);
  return *this;
}

int Device::threads() const { return pool_->threads(); }

}  // namespace backprop
