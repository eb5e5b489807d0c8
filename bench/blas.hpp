// Other libraries' matrix products on one thread, found at run time where installed (Debian's libopenblas0, libblis4,
// libdnnl2). Thread safety: to be made before other threads start, as it sets the environment.
#pragma once
#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "bench/product.hpp"

namespace backprop::bench {

struct Blas {
  std::string name;
  std::function<void(Form, std::int64_t rows, std::int64_t columns, std::int64_t terms, const float* a, const float* b,
                     float* c)>
      product;
};

inline Blas cblas(const std::string& name, const char* file) {
  using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  const auto sgemm = reinterpret_cast<Sgemm>(library ? dlsym(library, "cblas_sgemm") : nullptr);
  if (!sgemm) return {name, nullptr};
  return {name,
          [sgemm](Form form, std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b, float* c) {
            constexpr int row_major = 101, plain = 111, transposed = 112;
            const auto rows = static_cast<int>(m), columns = static_cast<int>(n), terms = static_cast<int>(k);
            sgemm(row_major, form == Form::tn ? transposed : plain, form == Form::nt ? transposed : plain, rows,
                  columns, terms, 1, a, form == Form::tn ? rows : terms, b, form == Form::nt ? terms : columns, 0, c,
                  columns);
          }};
}

inline Blas onednn() {
  using Sgemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, float, const float*, std::int64_t,
                        const float*, std::int64_t, float, float*, std::int64_t);
  void* const library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  const auto sgemm = reinterpret_cast<Sgemm>(library ? dlsym(library, "dnnl_sgemm") : nullptr);
  if (!sgemm) return {"oneDNN", nullptr};
  return {"oneDNN", [sgemm](Form form, std::int64_t rows, std::int64_t columns, std::int64_t terms, const float* a,
                            const float* b, float* c) {
            sgemm(form == Form::tn ? 'T' : 'N', form == Form::nt ? 'T' : 'N', rows, columns, terms, 1, a,
                  form == Form::tn ? rows : terms, b, form == Form::nt ? terms : columns, 0, c, columns);
          }};
}

// Those that this machine has.
inline std::vector<Blas> blas_libraries() {
  for (const char* name : {"OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS"}) setenv(name, "1", 1);
  unsetenv("OPENBLAS_CORETYPE");  // each takes its best kernels for this machine
  std::vector<Blas> found;
  for (Blas library : {cblas("OpenBLAS", "libopenblas.so.0"), cblas("BLIS", "libblis.so.4"), onednn()}) {
    if (library.product) found.push_back(std::move(library));
  }
  return found;
}

}  // namespace backprop::bench
