// Where steps run: the CPU with a pool of threads of its own. There is no global state: two devices share nothing.
// Thread safety: one device may be used from several threads, whose steps then take turns; for steps at once, give
// each host thread a device.
#pragma once

namespace backprop {

class ThreadPool;

struct DeviceOptions {
  // Threads that compute, the caller's included; 0: as many as the process may use cores (its affinity mask).
  int threads = 0;
};

// Owns threads - 1 helper threads, which sleep when no step comes. Helpers are placed on distinct cores of the
// process's affinity mask and block all signals; the calling thread's affinity, signal mask and floating-point mode
// stay as they are. Results do not depend on the number of threads. Throws UsageError for a number under 0 or over
// 1024.
class Device {
 public:
  explicit Device(const DeviceOptions& options = {});
  ~Device();
  Device(Device&& other) noexcept;
  Device& operator=(Device&& other) noexcept;

  int threads() const;
  ThreadPool& pool() const { return *pool_; }  // for the engine

 private:
  ThreadPool* pool_;
};

}  // namespace backprop
