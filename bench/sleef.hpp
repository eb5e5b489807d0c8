// SLEEF's vector functions (Debian's libsleef3), found at run time where the library is installed; x86-64 with AVX2 or
// AVX-512. Thread safety: pure functions.
#pragma once
#include <dlfcn.h>

#include <cstddef>
#include <string>
#include <type_traits>

namespace backprop::bench {

#if defined(__x86_64__)
inline void* sleef_symbol(const std::string& name) {
  static void* const library = dlopen("libsleef.so.3", RTLD_NOW);
  return library ? dlsym(library, name.c_str()) : nullptr;
}

// Always inlined into a function of the right instruction set: only there do vectors travel in its registers.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"
template <class T, int bytes> struct SleefLoop {
  typedef T Vector __attribute__((vector_size(bytes)));  // NOLINT: the attribute needs a typedef
  using Function = Vector (*)(Vector);

  // y = f(x), or 1 / (1 + f(-x)) where f is exp and the sigmoid is wanted.
  template <bool sigmoid> [[gnu::always_inline]] static void run(void* function, const T* x, T* y, std::size_t n) {
    const auto f = reinterpret_cast<Function>(function);
    constexpr std::size_t lanes = bytes / sizeof(T);
    for (std::size_t i = 0; i + lanes <= n; i += lanes) {
      Vector v;
      __builtin_memcpy(&v, x + i, bytes);
      v = sigmoid ? 1 / (1 + f(-v)) : f(v);
      __builtin_memcpy(y + i, &v, bytes);
    }
  }
};
#pragma GCC diagnostic pop

template <class T, bool sigmoid>
__attribute__((target("avx2,fma"))) void sleef_avx2(void* function, const T* x, T* y, std::size_t n) {
  SleefLoop<T, 32>::template run<sigmoid>(function, x, y, n);
}
template <class T, bool sigmoid>
__attribute__((target("avx512f"))) void sleef_avx512(void* function, const T* x, T* y, std::size_t n) {
  SleefLoop<T, 64>::template run<sigmoid>(function, x, y, n);
}
#endif

// One of SLEEF's functions over arrays.
template <class T> struct Sleef {
  void* function = nullptr;
  void (*loop)(void*, const T*, T*, std::size_t) = nullptr;

  explicit operator bool() const { return function != nullptr; }
  void operator()(const T* x, T* y, std::size_t n) const { loop(function, x, y, n); }
};

// By the C library's name, in SLEEF's version of so many tenths of an ulp (10 or 35); empty where there is none.
template <class T> Sleef<T> sleef(const std::string& name, int tenths) {
  Sleef<T> result;
#if defined(__x86_64__)
  const bool wide = __builtin_cpu_supports("avx512f");
  if (!wide && !__builtin_cpu_supports("avx2")) return result;
  const std::string lanes = std::is_same_v<T, float> ? (wide ? "f16" : "f8") : (wide ? "d8" : "d4");
  const bool sigmoid = name == "sigmoid";
  result.function = sleef_symbol("Sleef_" + (sigmoid ? "exp" : name) + lanes + "_u" + std::to_string(tenths) +
                                 (wide ? "avx512f" : "avx2"));
  if (sigmoid) result.loop = wide ? sleef_avx512<T, true> : sleef_avx2<T, true>;
  if (!sigmoid) result.loop = wide ? sleef_avx512<T, false> : sleef_avx2<T, false>;
#endif
  return result;
}

}  // namespace backprop::bench
