// ADBench's hand: a skinned mesh posed by 26 parameters; residuals of two points and their dense Jacobians.
#include <sstream>

#include "tests/oracles/adbench.hpp"

namespace backprop::adbench {
namespace {

using Matrix = std::array<double, 16>;  // 4 x 4, row-major

struct Bone {
  int parent;
  Matrix relative, inverse_absolute;
};
struct Vertex {
  std::array<double, 4> position;  // homogeneous
  std::vector<std::pair<int, double>> weights;
};
struct Model {
  std::vector<Bone> bones;
  std::vector<Vertex> vertices;
  std::vector<std::array<int, 3>> triangles;
};

std::vector<std::vector<std::string>> fields(const std::string& name) {
  std::ifstream file(shared_file("references/adbench/hand/model/" + name));
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ':');) rows.back().push_back(cell);
  }
  return rows;
}

Model read_model() {
  Model model;
  for (const auto& row : fields("bones.txt")) {
    Bone bone = {std::stoi(row[1]), {}, {}};
    for (std::size_t i = 0; i < 16; ++i) {
      bone.relative[i] = std::stod(row[2 + i]);
      bone.inverse_absolute[i] = std::stod(row[18 + i]);
    }
    model.bones.push_back(bone);
  }
  for (const auto& row : fields("vertices.txt")) {
    Vertex vertex = {{std::stod(row[0]), std::stod(row[1]), std::stod(row[2]), 1}, {}};
    for (std::size_t i = 0; i < std::stoul(row[8]); ++i) {
      vertex.weights.emplace_back(std::stoi(row[9 + 2 * i]), std::stod(row[10 + 2 * i]));
    }
    model.vertices.push_back(std::move(vertex));
  }
  for (const auto& row : fields("triangles.txt")) {
    model.triangles.push_back({std::stoi(row[0]), std::stoi(row[1]), std::stoi(row[2])});
  }
  return model;
}

Value constant(Graph& g, const Matrix& m) {
  return g.constant(Tensor::from<double>({4, 4}, std::span<const double>(m)));
}

// A rotation in the plane of axes i and j by a scalar angle.
Value turn(Value angle, std::size_t i, std::size_t j) {
  Matrix fixed{}, along{}, across{};
  for (std::size_t k = 0; k < 4; ++k) (k == i || k == j ? along : fixed)[5 * k] = 1;
  across[4 * i + j] = -1;
  across[4 * j + i] = 1;
  Graph& g = *angle.graph;
  return constant(g, fixed) + cos(angle) * constant(g, along) + sin(angle) * constant(g, across);
}

// The skinned mesh posed by theta [26].
class Pose {
 public:
  Pose(const Model& model, Value theta) : model_(model), theta_(theta) {
    Graph& g = *theta.graph;
    for (std::size_t b = 0; b < model.bones.size(); ++b) {
      const Bone& bone = model.bones[b];
      Value local = constant(g, bone.relative);
      const auto finger = static_cast<std::int64_t>(b - 1) / 4, joint = static_cast<std::int64_t>(b - 1) % 4;
      if (b >= 1 && finger < 5 && joint >= 1) {
        const std::int64_t first = 6 + 4 * finger;
        if (joint == 1) local = matmul(local, turn(angle(first + 1), 0, 1));  // abduction about z
        local = matmul(local, turn(angle(joint == 1 ? first : first + joint), 1, 2));
      }
      absolute_.push_back(bone.parent < 0 ? local : matmul(absolute_[static_cast<std::size_t>(bone.parent)], local));
    }
  }

  // [1, 3]
  Value vertex(int number) const {
    Graph& g = *theta_.graph;
    const Vertex& vertex = model_.vertices[static_cast<std::size_t>(number)];
    Value sum_of_bones;
    for (const auto& [bone, weight] : vertex.weights) {
      Tensor rest(float64, {4, 1});  // V (x, y, z, 1)
      const Matrix& v = model_.bones[static_cast<std::size_t>(bone)].inverse_absolute;
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t k = 0; k < 4; ++k) rest.as<double>()[i] += v[4 * i + k] * vertex.position[k];
      }
      const Value part = weight * matmul(absolute_[static_cast<std::size_t>(bone)], g.constant(rest));
      sum_of_bones = sum_of_bones.valid() ? sum_of_bones + part : part;
    }
    const Value local = reshape(slice(sum_of_bones, 0, 0, 3), {1, 3});
    const Value r = reshape(slice(theta_, 0, 0, 3), {1, 3}), t = reshape(slice(theta_, 0, 3, 6), {1, 3});
    return rotate(r, local) + t;
  }

 private:
  Value angle(std::int64_t k) const { return reshape(slice(theta_, 0, k, k + 1), {}); }

  const Model& model_;
  Value theta_;
  std::vector<Value> absolute_;
};

// What a case's file says.
struct Measurement {
  std::vector<int> numbers;
  Tensor points, u, theta;

  Measurement(const std::string& name, bool triangles) {
    std::ifstream file(shared_file("references/" + name));
    std::int64_t count, parameters;
    file >> count >> parameters;
    points = Tensor(float64, {count, 3});
    u = Tensor(float64, {count, 2});
    theta = Tensor(float64, {parameters});
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      numbers.push_back(0);
      file >> numbers.back();
      for (std::size_t k = 0; k < 3; ++k) file >> points.as<double>()[3 * i + k];
    }
    if (triangles) {
      for (double& x : u.as<double>()) file >> x;
    }
    for (double& x : theta.as<double>()) file >> x;
    EXPECT_FALSE(file.fail());
  }
};

void expect_columns(const std::vector<double>& jacobian, std::size_t columns, std::size_t first,
                    const nlohmann::json& published, const char* road) {
  for (std::size_t row = 0; row < 6; ++row) {
    for (std::size_t k = 0; k < columns; ++k) {
      EXPECT_NEAR(jacobian[row * columns + k], published["jacobian_columns"][first + k][row].get<double>(), 1e-14)
          << road << ", row " << row << ", column " << first + k;
    }
  }
}

TEST(AdbenchHand, points_on_vertices) {
  const nlohmann::json oracle = oracle_json("adbench_hand.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const nlohmann::json& published = oracle["simple"];
  const Model model = read_model();
  const Measurement measured(published["file"], false);
  Graph g;
  const Value theta = g.input({26}, float64), points = g.input({2, 3}, float64);
  const Pose pose(model, theta);
  const Value residuals = points - concat({pose.vertex(measured.numbers[0]), pose.vertex(measured.numbers[1])}, 0);
  by_both_roads({residuals, jacobian(residuals, theta)}, {measured.theta, measured.points},
                [&](const std::vector<std::vector<double>>& got, const char* road) {
                  for (std::size_t i = 0; i < 6; ++i) {
                    EXPECT_NEAR(got[0][i], published["residuals"][i].get<double>(), 1e-14) << road;
                  }
                  expect_columns(got[1], 26, 0, published, road);
                });
}

TEST(AdbenchHand, points_on_triangles) {
  const nlohmann::json oracle = oracle_json("adbench_hand.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const nlohmann::json& published = oracle["complicated"];
  const Model model = read_model();
  const Measurement measured(published["file"], true);
  Graph g;
  const Value theta = g.input({26}, float64), u = g.input({2, 2}, float64), points = g.input({2, 3}, float64);
  const Pose pose(model, theta);
  std::vector<Value> on_mesh;
  for (int i = 0; i < 2; ++i) {
    const auto& triangle = model.triangles[static_cast<std::size_t>(measured.numbers[static_cast<std::size_t>(i)])];
    const Value own = slice(u, 0, i, i + 1), u0 = column(own, 1, 0), u1 = column(own, 1, 1);
    on_mesh.push_back(u0 * pose.vertex(triangle[0]) + u1 * pose.vertex(triangle[1]) +
                      (1 - u0 - u1) * pose.vertex(triangle[2]));
  }
  const Value residuals = points - concat(on_mesh, 0);
  by_both_roads({residuals, jacobian(residuals, theta), jacobian(residuals, u)},
                {measured.theta, measured.u, measured.points},
                [&](const std::vector<std::vector<double>>& got, const char* road) {
                  for (std::size_t i = 0; i < 6; ++i) {
                    EXPECT_NEAR(got[0][i], published["residuals"][i].get<double>(), 1e-14) << road;
                  }
                  expect_columns(got[1], 26, 2, published, road);
                  // Each point's residual by its own u; by the other's it is zero.
                  std::vector<double> own;
                  for (std::size_t row = 0; row < 6; ++row) {
                    for (std::size_t k = 0; k < 4; ++k) {
                      const double number = got[2][4 * row + k];
                      if (k / 2 == row / 3) {
                        own.push_back(number);
                      } else {
                        EXPECT_EQ(number, 0) << road;
                      }
                    }
                  }
                  expect_columns(own, 2, 0, published, road);
                });
}

}  // namespace
}  // namespace backprop::adbench
