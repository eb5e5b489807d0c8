// Products against the loop that defines their numbers: equal to the last bit, on every instruction set of this
// machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "backprop/tensor.hpp"
#include "base/floating_mode.hpp"
#include "base/thread_pool.hpp"
#include "instruction_sets.hpp"
#include "run/cpu/product_plan.hpp"

namespace backprop::cpu {
namespace {

enum class Kind { row_major, column_major, strided };

// A matrix in a buffer of exactly its size, `shift` elements off its alignment, so that a sanitizer sees every step
// outside.
template <class T> struct Matrix {
  Matrix(std::int64_t rows, std::int64_t columns, Kind kind, int shift, unsigned seed) : rows(rows), columns(columns) {
    const std::int64_t pad = kind == Kind::strided ? 2 : 1;
    layout = kind == Kind::column_major ? MatrixLayout{1, rows + shift} : MatrixLayout{(columns + shift) * pad, pad};
    const std::int64_t size =
        rows * columns == 0 ? 0 : (rows - 1) * layout.row_stride + (columns - 1) * layout.column_stride + 1;
    storage.reset(new T[static_cast<std::size_t>(size + shift)]);
    data = storage.get() + shift;
    std::mt19937 random(seed);
    for (std::int64_t i = 0; i < size + shift; ++i) {
      storage[static_cast<std::size_t>(i)] = static_cast<T>(random()) / static_cast<T>(1u << 31) - 1;
    }
  }
  T& at(std::int64_t i, std::int64_t j) { return data[i * layout.row_stride + j * layout.column_stride]; }

  std::int64_t rows, columns;
  MatrixLayout layout;
  std::unique_ptr<T[]> storage;
  T* data;
};

template <class T> void run_all_parts(const ProductPlan& plan, const T* a, const T* b, T* c, const T* bias = nullptr) {
  std::vector<std::byte> scratch(plan.scratch_bytes + 64);
  auto* aligned = scratch.data() + (64 - reinterpret_cast<std::uintptr_t>(scratch.data()) % 64) % 64;
  for (int part = plan.parts - 1; part >= 0; --part) run_product(plan, a, b, c, aligned, part, bias);
}

template <class T> bool same(T x, T y) { return std::memcmp(&x, &y, sizeof x) == 0 || (x != x && y != y); }

// One product and a bias, by all plans of 1, 2, 3 and 16 threads.
template <class T>
void check(std::int64_t rows, std::int64_t columns, std::int64_t terms, Kind a_kind = Kind::row_major,
           Kind b_kind = Kind::row_major, Kind c_kind = Kind::row_major, int shift = 0,
           void (*change)(Matrix<T>& a, Matrix<T>& b) = nullptr, bool in_lanes = false) {
  SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns) + " x " + std::to_string(terms) + ", layouts " +
               std::to_string(static_cast<int>(a_kind)) + std::to_string(static_cast<int>(b_kind)) +
               std::to_string(static_cast<int>(c_kind)) + ", shift " + std::to_string(shift));
  const FloatingMode mode;
  Matrix<T> a(rows, terms, a_kind, shift, 1), b(terms, columns, b_kind, shift, 2), c(rows, columns, c_kind, shift, 3);
  Matrix<T> expected(rows, columns, c_kind, shift, 3);
  if (change != nullptr) change(a, b);
  product_contract(rows, columns, terms, a.data, a.layout, b.data, b.layout, expected.data, expected.layout, in_lanes,
                   product_is_fused());
  const auto count_wrong = [&] {
    int wrong = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) wrong += !same(c.at(i, j), expected.at(i, j));
    }
    return wrong;
  };
  if (rows * columns * terms <= 256) {
    const ProductShape shape{
        sizeof(T) == 4 ? float32 : float64, rows, columns, terms, a.layout, b.layout, c.layout, in_lanes};
    run_all_parts(plan_product(shape, 1), a.data, b.data, c.data);
    EXPECT_EQ(count_wrong(), 0) << "without a bias";
  }
  std::vector<T> bias(static_cast<std::size_t>(columns));
  for (std::int64_t j = 0; j < columns; ++j) {
    bias[static_cast<std::size_t>(j)] = static_cast<T>(j % 7) - T(2.3);
    for (std::int64_t i = 0; i < rows; ++i) expected.at(i, j) += bias[static_cast<std::size_t>(j)];
  }
  for (int threads : {1, 2, 3, 16}) {
    const ProductShape shape{
        sizeof(T) == 4 ? float32 : float64, rows, columns, terms, a.layout, b.layout, c.layout, in_lanes};
    const ProductPlan plan = plan_product(shape, threads);
    if (threads > 1 && plan.parts == 1) continue;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) c.at(i, j) = std::numeric_limits<T>::quiet_NaN();
    }
    run_all_parts(plan, a.data, b.data, c.data, bias.data());
    EXPECT_EQ(count_wrong(), 0) << threads << " threads";
  }
}

template <class T> class Product : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Product, Types);

TYPED_TEST(Product, IsTheContractAtSmallSizes) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t rows : {1, 2, 3, 4, 5, 7, 13, 14, 15, 16, 29}) {
      for (std::int64_t columns : {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 65}) {
        for (std::int64_t terms : {1, 3, 8}) check<TypeParam>(rows, columns, terms);
      }
    }
  });
}

TYPED_TEST(Product, IsTheContractInEveryLayout) {
  for_each_instruction_set([](std::int64_t) {
    for (Kind a : {Kind::row_major, Kind::column_major, Kind::strided}) {
      for (Kind b : {Kind::row_major, Kind::column_major, Kind::strided}) {
        for (Kind c : {Kind::row_major, Kind::column_major}) {
          check<TypeParam>(5, 9, 6, a, b, c, 1);
          check<TypeParam>(67, 83, 45, a, b, c, 3);
          check<TypeParam>(130, 70, 37, a, b, c);
          check<TypeParam>(1, 75, 37, a, b, c);
          check<TypeParam>(75, 1, 130, a, b, c);
        }
      }
    }
  });
}

// Everything in one vector, next to each other: elements are permuted to where they are needed.
TYPED_TEST(Product, IsTheContractOfMatricesThatFillAVector) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t rows = 1; rows <= 16; ++rows) {
      for (std::int64_t columns = 1; rows * columns <= 16; ++columns) {
        for (std::int64_t terms = 1; rows * terms <= 16 && columns * terms <= 16; ++terms) {
          for (Kind a : {Kind::row_major, Kind::column_major}) {
            for (Kind b : {Kind::row_major, Kind::column_major}) {
              for (Kind c : {Kind::row_major, Kind::column_major}) check<TypeParam>(rows, columns, terms, a, b, c);
            }
          }
        }
      }
    }
  });
}

TYPED_TEST(Product, IsTheContractOfFewColumns) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t columns = 2; columns <= 8; ++columns) {
      for (std::int64_t rows : {8, 15, 16, 17, 33, 100}) {
        for (Kind a : {Kind::row_major, Kind::column_major, Kind::strided}) {
          check<TypeParam>(rows, columns, 70, a, Kind::row_major, Kind::row_major, 1);
          check<TypeParam>(rows, columns, 4, a, Kind::column_major);
        }
      }
    }
    check<TypeParam>(700, 3, 300);
    check<TypeParam>(700, 3, 1100, Kind::column_major);
    check<TypeParam>(4100, 2, 20, Kind::column_major);
  });
}

TYPED_TEST(Product, IsTheContractOfSomeColumnsMoreThanAVector) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t columns : {5, 6, 9, 10, 11, 13, 14, 17, 18, 19, 23, 24, 25, 29, 31, 32}) {
      for (Kind a : {Kind::row_major, Kind::column_major}) {
        check<TypeParam>(70, columns, 65, a, Kind::row_major, Kind::row_major, 1);
        check<TypeParam>(65, columns, 64, a, Kind::column_major);
      }
    }
  });
}

TYPED_TEST(Product, IsTheContractOfFewTerms) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t terms = 1; terms <= 9; ++terms) {
      for (std::int64_t rows : {1, 2, 3, 4, 5, 7, 66}) {
        for (std::int64_t columns : {31, 33, 47, 100}) {
          for (Kind b : {Kind::row_major, Kind::column_major, Kind::strided}) {
            check<TypeParam>(rows, columns, terms, Kind::row_major, b, Kind::row_major, 1);
          }
          check<TypeParam>(rows, columns, terms, Kind::column_major, Kind::row_major, Kind::column_major);
        }
      }
      for (std::int64_t columns : {5, 8, 9, 16, 17, 24, 25, 32}) {  // that stay in registers
        for (Kind b : {Kind::row_major, Kind::column_major}) check<TypeParam>(65, columns, terms, Kind::row_major, b);
        check<TypeParam>(columns, 65, terms, Kind::column_major, Kind::row_major, Kind::column_major, 1);
      }
      check<TypeParam>(9000, 20, terms, Kind::column_major, Kind::row_major);  // in parts
      check<TypeParam>(3, 4200, terms);
      check<TypeParam>(400, 700, terms, Kind::column_major, Kind::column_major);  // in parts
    }
  });
}

// Up to 16 vectors of sums stay in registers.
TYPED_TEST(Product, IsTheContractOfOneRowOrTwoOfSomeHundredColumns) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t columns : {33, 64, 65, 97, 129, 161, 192, 193, 240, 255, 256, 257, 300, 511}) {
      for (std::int64_t terms : {9, 1025}) {
        check<TypeParam>(1, columns, terms);
        check<TypeParam>(2, columns, terms, Kind::row_major, Kind::row_major, Kind::row_major, 1);
        check<TypeParam>(2, columns, terms, Kind::column_major);
      }
    }
    check<TypeParam>(161, 1, 1866, Kind::column_major);
  });
}

// 9 MB and more stream by, a page of each row and 64 terms at a time.
TYPED_TEST(Product, IsTheContractOfFewRowsWithWhatNoCacheHolds) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t rows : {1, 9}) {
      check<TypeParam>(rows, 2500, 1290, Kind::row_major, Kind::row_major, Kind::row_major, 1);
      check<TypeParam>(rows, 513, 6200, Kind::column_major);
    }
  });
}

TYPED_TEST(Product, IsTheContractOfFewRowsTimesColumnsInARow) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t rows : {1, 2, 3, 4, 5, 7, 8, 9}) {
      for (std::int64_t columns : {16, 17, 31, 33, 40}) {
        for (std::int64_t terms : {9, 40, 43, 1027}) {
          check<TypeParam>(rows, columns, terms, Kind::row_major, Kind::column_major, Kind::row_major, terms % 3);
        }
      }
      check<TypeParam>(rows, 300, 2050, Kind::column_major, Kind::column_major);  // in parts
      check<TypeParam>(300, rows, 2050, Kind::row_major, Kind::row_major, Kind::column_major);
    }
  });
}

TYPED_TEST(Product, IsTheContractInLanes) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t rows : {1, 2, 3, 5, 7, 8, 9, 23}) {
      for (std::int64_t columns : {1, 2, 3, 4, 5, 6, 7, 8}) {
        for (std::int64_t terms : {32, 33, 39, 47, 63, 64, 70}) {
          for (Kind b : {Kind::row_major, Kind::column_major}) {
            check<TypeParam>(rows, columns, terms, Kind::row_major, b, Kind::row_major, terms % 3, nullptr, true);
          }
        }
      }
    }
    for (Kind a : {Kind::row_major, Kind::column_major, Kind::strided}) {
      for (Kind c : {Kind::row_major, Kind::column_major}) {
        check<TypeParam>(70, 5, 100, a, Kind::strided, c, 1, nullptr, true);
        check<TypeParam>(7, 6, 100, a, Kind::row_major, c, 1, nullptr, true);
      }
    }
    for (std::int64_t rows : {1, 2, 3, 5, 6, 7, 11, 16, 17, 40}) {
      for (std::int64_t columns : {9, 10, 16, 31, 32, 33, 65, 150}) {
        for (std::int64_t terms : {32, 47, 100}) {
          check<TypeParam>(rows, columns, terms, Kind::row_major, Kind::column_major, Kind::row_major, terms % 3,
                           nullptr, true);
        }
      }
      for (Kind b : {Kind::column_major, Kind::strided}) {
        check<TypeParam>(rows, 129, 35, Kind::strided, b, Kind::row_major, 1, nullptr, true);
        check<TypeParam>(rows, 129, 35, Kind::column_major, b, Kind::column_major, 1, nullptr, true);
      }
      check<TypeParam>(rows, 300, 2050, Kind::row_major, Kind::column_major, Kind::row_major, 0, nullptr, true);
    }
    for (std::int64_t terms : {1023, 1024, 1025, 4000}) {
      check<TypeParam>(3, 2, terms, Kind::row_major, Kind::row_major, Kind::row_major, 0, nullptr, true);
    }
    check<TypeParam>(300, 8, 3000, Kind::row_major, Kind::row_major, Kind::row_major, 0, nullptr, true);  // in parts
    const auto not_numbers = [](Matrix<TypeParam>& a, Matrix<TypeParam>& b) {
      a.at(1, 34) = std::numeric_limits<TypeParam>::quiet_NaN();
      a.at(2, 0) = std::numeric_limits<TypeParam>::infinity();
      b.at(35, 1) = -std::numeric_limits<TypeParam>::infinity();
      b.at(3, 0) = TypeParam(0);
    };
    check<TypeParam>(5, 3, 37, Kind::row_major, Kind::row_major, Kind::row_major, 0, not_numbers, true);
  });
}

TYPED_TEST(Product, IsTheContractAroundAChunkOfTerms) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t terms : {512, 1023, 1024, 1025, 2050}) {
      for (Kind kind : {Kind::row_major, Kind::column_major}) {
        check<TypeParam>(3, 20, terms, kind, Kind::row_major);
        check<TypeParam>(17, 35, terms, kind, Kind::row_major);
        check<TypeParam>(70, 40, terms, Kind::row_major, kind);
      }
    }
  });
}

// Rows of B from end to end, where one row reads a large B; and a large B that is not packed for few rows.
TYPED_TEST(Product, IsTheContractOfFewRowsAndALargeMatrix) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t columns : {512, 543, 1030}) {
      for (std::int64_t terms : {129, 160, 1030, 2049}) {
        check<TypeParam>(1, columns, terms, Kind::row_major, Kind::row_major, Kind::row_major, terms % 3);
      }
    }
    check<TypeParam>(1, 600, 200, Kind::column_major);
    for (Kind a : {Kind::row_major, Kind::column_major}) {
      check<TypeParam>(17, 543, 40, a);
      check<TypeParam>(33, 530, 1030, a);
      check<TypeParam>(128, 515, 20, a);
    }
  });
}

TYPED_TEST(Product, IsTheContractAtSizesThatArePackedInBlocks) {
  for_each_instruction_set([](std::int64_t) {
    check<TypeParam>(140, 80, 1030, Kind::row_major, Kind::row_major);
    check<TypeParam>(140, 530, 40, Kind::row_major, Kind::row_major);
    for (std::int64_t columns : {84, 90}) {  // with a tile of one vector and a half at the end
      check<TypeParam>(140, columns, 1030, Kind::row_major, Kind::row_major);
      check<TypeParam>(31, columns, 1030, Kind::column_major, Kind::column_major);
    }
    check<TypeParam>(260, 40, 1030, Kind::column_major, Kind::row_major);
    check<TypeParam>(66, 1090, 20, Kind::row_major, Kind::column_major);
    check<TypeParam>(513, 65, 40, Kind::column_major, Kind::column_major);
  });
}

// More than a megabyte of C, which is fetched while terms are taken: fewer of them than a tile has rows, as many, more.
TYPED_TEST(Product, IsTheContractOfAResultThatNoNearCacheHolds) {
  for_each_instruction_set([](std::int64_t) {
    for (Kind a : {Kind::row_major, Kind::column_major}) {
      for (Kind b : {Kind::row_major, Kind::column_major}) {
        for (std::int64_t terms : {9, 13, 30}) check<TypeParam>(513, 530, terms, a, b);
      }
      check<TypeParam>(1060, 260, 17, a, Kind::row_major, Kind::column_major, 1);
    }
    check<TypeParam>(513, 530, 1027);
  });
}

TYPED_TEST(Product, OfNoTermsIsZeroAndOfNoElementsIsNothing) {
  for_each_instruction_set([](std::int64_t) {
    check<TypeParam>(3, 5, 0);
    check<TypeParam>(70, 80, 0);
    check<TypeParam>(5, 0, 4);
    for (Kind a : {Kind::row_major, Kind::column_major}) {
      for (Kind b : {Kind::row_major, Kind::column_major}) {
        check<TypeParam>(0, 5, 4, a, b);
        check<TypeParam>(0, 40, 3, a, b);
        check<TypeParam>(0, 100, 31, a, b);
        check<TypeParam>(0, 2048, 2048, a, b);
        check<TypeParam>(0, 6, 32, a, b, Kind::row_major, 0, nullptr, true);
      }
    }
  });
}

TYPED_TEST(Product, CarriesInfinitiesNaNsAndFlushedDenormals) {
  for_each_instruction_set([](std::int64_t) {
    for (std::int64_t size : {4, 40, 90}) {
      check<TypeParam>(size, size, size, Kind::row_major, Kind::row_major, Kind::row_major, 0,
                       [](Matrix<TypeParam>& a, Matrix<TypeParam>& b) {
                         a.at(1, 2) = std::numeric_limits<TypeParam>::infinity();
                         a.at(2, 3) = std::numeric_limits<TypeParam>::quiet_NaN();
                         b.at(2, 1) = 0;
                         b.at(0, 0) = -std::numeric_limits<TypeParam>::denorm_min();
                         b.at(3, 3) = -std::numeric_limits<TypeParam>::min();
                       });
    }
  });
}

TEST(ProductParts, RunAtTheSameTimeGiveTheSameBits) {
  const std::int64_t rows = 130, columns = 200, terms = 70;
  const Matrix<float> a(rows, terms, Kind::row_major, 0, 1), b(terms, columns, Kind::column_major, 0, 2);
  const Matrix<float> c(rows, columns, Kind::row_major, 0, 3), expected(rows, columns, Kind::row_major, 0, 3);
  const ProductShape shape{float32, rows, columns, terms, a.layout, b.layout, c.layout};
  {
    const FloatingMode mode;
    const ProductPlan one = plan_product(shape, 1);
    run_all_parts(one, a.data, b.data, expected.data);
  }
  ThreadPool pool(3);
  struct Context {
    ProductPlan plan;
    const float *a, *b;
    float* c;
    std::byte* scratch;
  } context{plan_product(shape, 3), a.data, b.data, c.data, nullptr};
  ASSERT_EQ(context.plan.parts, 3);
  const std::size_t apart = context.plan.scratch_bytes / 64 * 64 + 64;
  const Tensor scratch(boolean, {static_cast<std::int64_t>(3 * apart)});
  context.scratch = static_cast<std::byte*>(const_cast<void*>(scratch.data()));
  pool.run(
      3,
      [](void* both, int part) {
        const Context& x = *static_cast<Context*>(both);
        const std::size_t apart = x.plan.scratch_bytes / 64 * 64 + 64;
        run_product(x.plan, x.a, x.b, x.c, x.scratch + apart * static_cast<std::size_t>(part), part);
      },
      &context);
  EXPECT_EQ(std::memcmp(c.data, expected.data, sizeof(float) * static_cast<std::size_t>(rows * columns)), 0);
}

TEST(ProductPlan, RefusesWhatItCannotCompute) {
  ProductShape shape{int32, 2, 2, 2, {2, 1}, {2, 1}, {2, 1}};
  EXPECT_ANY_THROW(plan_product(shape, 1));
  shape.dtype = float32;
  shape.c = {4, 2};
  EXPECT_ANY_THROW(plan_product(shape, 1));
}

TEST(ProductPlan, GivesTinyProductsToOneThreadAndSharesOutLargeOnes) {
  EXPECT_EQ(plan_product({float32, 16, 16, 16, {16, 1}, {16, 1}, {16, 1}}, 8).parts, 1);
  const ProductPlan plan = plan_product({float32, 512, 256, 784, {784, 1}, {256, 1}, {256, 1}}, 2);
  ASSERT_EQ(plan.parts, 2);
  EXPECT_EQ(inner_range(plan, 0).columns, 128);
  EXPECT_EQ(inner_range(plan, 1).column, 128);
}

// Each of 16 threads has as good as nothing more than its share, and no element has none or two.
TEST(ProductPlan, CutsBothSidesForManyThreads) {
  for (const auto [rows, columns, terms] :
       {std::array<std::int64_t, 3>{512, 256, 784}, {64, 256, 784}, {784, 256, 64}}) {
    const ProductPlan plan = plan_product({float32, rows, columns, terms, {terms, 1}, {columns, 1}, {columns, 1}}, 16);
    EXPECT_EQ(plan.parts, 16);
    std::vector<int> computed(static_cast<std::size_t>(rows * columns));
    std::int64_t largest = 0;
    for (int part = 0; part < plan.parts; ++part) {
      const ProductRange r = inner_range(plan, part);
      largest = std::max(largest, r.rows * r.columns);
      for (std::int64_t i = r.row; i < r.row + r.rows; ++i) {
        for (std::int64_t j = r.column; j < r.column + r.columns; ++j)
          ++computed[static_cast<std::size_t>(i * columns + j)];
      }
    }
    EXPECT_LE(16 * largest, rows * columns * 11 / 10);
    EXPECT_EQ(std::ranges::count(computed, 1), rows * columns);
  }
}

}  // namespace
}  // namespace backprop::cpu
