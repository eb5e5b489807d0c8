// Matrix products C = A B in float32 and float64, planned once for a shape, run without allocating. The numbers are
// those of product_contract.hpp, bit for bit. Thread safety: plans are immutable data; parts of one product may run at
// the same time, each with a scratch of its own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "backprop/shape.hpp"
#include "run/cpu/product_contract.hpp"

namespace backprop::cpu {

// C[rows, columns] = A[rows, terms] B[terms, columns]. Any strides are right; fast are matrices with one stride of 1
// (row-major or transposed). One stride of C must be 1 (or its extent 1). Extents may be 0.
struct ProductShape {
  DType dtype = DType::float32;  // of all three: float32 or float64
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t terms = 0;
  MatrixLayout a, b, c;
  bool in_lanes = false;   // how sums are taken: sums_in_lanes()
  bool rewritten = false;  // B is, in every run of the plan: a part had better read the rows that it writes
};

inline constexpr std::int64_t product_block_rows = 64;
// Most rows of a product with a matrix that is rewritten whose sums are handed on (784 x 256 on two cores: 2 rows 59 us a
// step instead of 129, 16 rows 138 instead of 161; 32 rows 5 % slower); elements of that matrix, or of its gradient, that
// are worth a part.
inline constexpr std::int64_t rows_of_a_chain = 16;
inline constexpr std::int64_t elements_worth_a_part = 1 << 13;

struct ProductPlan;
using ProductKernel = void (*)(const ProductPlan& plan, const void* a, const void* b, void* c, std::byte* scratch,
                               int part, const void* bias);

// Where the elements of a vector come from: indices as wide as they are.
struct alignas(64) Places {
  std::byte bytes[64];
};

// What is decided once: a property of the shape, the instruction set and the number of parts.
struct ProductPlan {
  ProductShape shape;
  int parts = 1;                  // to be run as parts 0 .. parts - 1, in any order or at once
  std::size_t scratch_bytes = 0;  // for each part, aligned to 64 bytes; 0: none is needed

  // For the kernels. `inner` is what they compute: the shape, or the product of the transposes where that lies better.
  ProductShape inner;
  bool transposed = false;
  int row_parts = 1, column_parts = 1;  // the parts are a grid of blocks of the inner product
  bool pack_a = false, pack_b = false;
  bool keep_a = false;                       // all of A is packed once, not a block at a time
  std::int64_t most_rows = 1;                // of a tile that reads A as it lies
  std::int64_t row_block = 0;                // rows of A packed at a time, a multiple of product_block_rows
  std::int64_t column_block = 0;             // columns of B packed, or streaming by, at a time
  bool fetch_b = false;                      // the next terms of what streams by, while these are used
  bool fetch_c = false;                      // C's lines, while a tile takes its terms
  std::size_t b_offset = 0;                  // of B's pack in the scratch, in bytes
  std::size_t c_offset = 0;                  // of a thin product's transpose, likewise
  ProductKernel transpose_kernel = nullptr;  // computes that
  std::int64_t lanes = 1, tile_rows = 1;     // of the instruction set
  // Of a small product, which is one block of rows, of columns and of terms: the first row of each tile and its
  // TileFunction.
  struct SmallTile {
    std::int64_t row;
    void (*kernel)();
  };
  std::vector<SmallTile> small_tiles;
  // Of a product in one vector: for each term the places of what C's elements take from A and from B, then from the bias.
  std::vector<Places> places;
  void (*vector_function)() = nullptr;
  ProductKernel kernel = nullptr;
};

// `max_parts` is the number of threads at hand; the plan may ask for fewer parts where more do not pay.
ProductPlan plan_product(const ProductShape& shape, int max_parts);

// Computes one part. `scratch` as the plan says. `bias`, where not null, is a row, its elements next to each other,
// which is added to every finished row. Never allocates, never throws.
inline void run_product(const ProductPlan& plan, const void* a, const void* b, void* c, std::byte* scratch, int part,
                        const void* bias = nullptr) {
  plan.kernel(plan, a, b, c, scratch, part, bias);
}

// Whether the instruction set in use has a fused multiply-add, for product_contract.
bool product_is_fused();

}  // namespace backprop::cpu
