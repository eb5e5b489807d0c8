// ADBench's bundle adjustment: residuals and the sparse 30 x 62 Jacobian, its zeros too.
#include "tests/oracles/adbench.hpp"

namespace backprop::adbench {
namespace {

// cameras [N, 11], points [N, 3], weights [N, 1], features [N, 2] -> residuals [N, 2]
Value reprojection(Value cameras, Value points, Value weights, Value features) {
  const auto part = [&](int begin, int end) { return slice(cameras, 1, begin, end); };
  const Value y = rotate(part(0, 3), points - part(3, 6));
  const Value p = slice(y, 1, 0, 2) / column(y, 1, 2);
  const Value s = sum(square(p), {1}, true);
  const Value factor = 1 + column(cameras, 1, 9) * s + column(cameras, 1, 10) * square(s);
  return weights * (column(cameras, 1, 6) * factor * p + part(7, 9) - features);
}

TEST(AdbenchBundleAdjustment, residuals_and_jacobian_are_the_published_ones) {
  const nlohmann::json file = oracle_json("adbench_ba.json");
  if (file.is_null()) GTEST_SKIP() << no_shared_data;
  const nlohmann::json &in = file["inputs"], &published = file["published"];
  constexpr std::int64_t cameras = 2, points = 10;
  constexpr double tolerance = 1e-12;
  std::vector<double> camera;
  for (const char* part : {"r", "C"}) {
    for (const double x : in["camera"][part]) camera.push_back(x);
  }
  camera.push_back(in["camera"]["f"]);
  for (const char* part : {"principal_point", "radial"}) {
    for (const double x : in["camera"][part]) camera.push_back(x);
  }
  const auto repeated = [](const std::vector<double>& row, std::int64_t n) {
    std::vector<double> all;
    for (std::int64_t i = 0; i < n; ++i) all.insert(all.end(), row.begin(), row.end());
    return Tensor::from<double>({n, static_cast<std::int64_t>(row.size())}, std::span<const double>(all));
  };

  Graph g;
  const Value c = g.input({cameras, 11}, float64), x = g.input({points, 3}, float64), w = g.input({points, 1}, float64),
              features = g.input({points, 2}, float64);
  Tensor which(int64, {points});
  for (std::int64_t i = 0; i < points; ++i) which.as<std::int64_t>()[static_cast<std::size_t>(i)] = i % cameras;
  const Value residuals = reprojection(gather(c, g.constant(which)), x, w, features);
  const Value weight_residuals = reshape(1 - square(w), {points});
  const std::vector<Value> wanted = {residuals,
                                     weight_residuals,
                                     jacobian(residuals, c),
                                     jacobian(residuals, x),
                                     jacobian(residuals, w),
                                     jacobian(weight_residuals, w)};
  const std::vector<Tensor> inputs = {repeated(camera, cameras), repeated(in["point"], points),
                                      repeated({in["weight"].get<double>()}, points), repeated(in["feature"], points)};
  by_both_roads(wanted, inputs, [&](const std::vector<std::vector<double>>& got, const char* road) {
    for (std::size_t i = 0; i < points; ++i) {
      for (std::size_t j = 0; j < 2; ++j) {
        expect_near(got[0][2 * i + j], published["reprojection_residual"][j], tolerance, road);
      }
      expect_near(got[1][i], published["weight_residual"], tolerance, road);
    }
    // Row 2 i + j; the block's columns are the camera's 11, the point's 3 and the weight's; all others are zero.
    const auto check = [&](const std::vector<double>& jacobian, std::size_t width, std::size_t block, std::size_t first,
                           std::size_t owners) {
      ASSERT_EQ(jacobian.size(), 20 * owners * width) << road;
      for (std::size_t row = 0; row < 20; ++row) {
        for (std::size_t column = 0; column < owners * width; ++column) {
          const bool own = column / width == (row / 2) % owners;
          const double expected =
              own ? published["jacobian_block"][row % 2][first + column % width].get<double>() : 0.0;
          const double number = jacobian[row * owners * width + column];
          expect_near(number, expected, tolerance, std::string(road) + ", block " + std::to_string(block));
          EXPECT_EQ(own ? 0 : number, 0) << road;
        }
      }
    };
    check(got[2], 11, 0, 0, cameras);
    check(got[3], 3, 1, 11, points);
    check(got[4], 1, 2, 14, points);
    for (std::size_t i = 0; i < points; ++i) {
      for (std::size_t j = 0; j < points; ++j) {
        const double expected = i == j ? published["weight_residual_derivative"].get<double>() : 0.0;
        expect_near(got[5][i * points + j], expected, tolerance, road);
      }
    }
  });
}

}  // namespace
}  // namespace backprop::adbench
