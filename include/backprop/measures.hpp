// How well predictions fit: the measures that training and evaluation report. Each means what scikit-learn's function
// of that name means; what is not defined for the rows at hand is NaN. Thread safety: value types and pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace backprop {

// The short form. For classes, `loss` is the mean cross-entropy in nats and the accuracy is set; for numbers, `loss` is
// the mean squared error and rmse, mae and r2 are set. All in the target's own units; what does not apply is NaN.
struct Measures {
  std::size_t rows = 0;
  double loss = 0;
  double accuracy = 0;
  double rmse = 0;  // root of the mean squared error
  double mae = 0;   // mean absolute error
  double r2 = 0;    // 1 - squared error / squared deviation from the mean; NaN when all targets are the same
};

// `probabilities` is [rows, classes], row-major. A probability of 0 counts as the smallest float32. Throws Error for
// sizes or labels that do not fit.
Measures measure_classes(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                         std::size_t classes);
// Throws Error when the sizes differ.
Measures measure_values(std::span<const float> predictions, std::span<const double> targets);

// One class against all others, its probability as the score.
struct OneClassMeasures {
  std::size_t rows = 0;          // whose class it is
  double precision = 0;          // 0 when it is never predicted
  double recall = 0;             // NaN when it has no rows
  double f1 = 0;                 // 2 hits / (rows + predicted); 0 when both are 0
  double roc_auc = 0;            // ties count half; NaN unless the class and the others both have rows
  double average_precision = 0;  // sum of precision x gain of recall over the distinct scores; NaN without rows
  double lift = 0;  // its share among the tenth of the rows with the highest score, over its share of all; ties evenly
};

struct ClassMeasures {
  std::size_t rows = 0;
  double loss = 0;  // mean cross-entropy in nats
  double accuracy = 0;
  double balanced_accuracy = 0;  // mean recall of the classes that have rows
  double matthews = 0;           // Gorodkin's R_K for several classes; 0 when either side is constant
  double kappa = 0;              // Cohen's; NaN when chance alone agrees always
  double roc_auc = 0;            // of two classes: of the second; of more: the mean over classes, one against the rest
  double average_precision = 0;  // likewise
  double brier = 0;              // of two classes: mean (p - t)^2 of the second; of more: mean over rows of the sum
  double calibration_error = 0;  // |accuracy - confidence| of the predicted class in 10 equal bins, mean over rows
  std::vector<OneClassMeasures> of = {};                 // each class
  std::vector<std::vector<std::size_t>> confusion = {};  // [true class][predicted class], rows
};

// All measures of classes; arguments and errors as for measure_classes().
ClassMeasures measure_classes_fully(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                                    std::size_t classes);

struct ValueMeasures {
  std::size_t rows = 0;
  double loss = 0;  // mean squared error
  double rmse = 0;
  double mae = 0;
  double median_error = 0;        // median absolute error
  double mape = 0;                // mean |error| / max(|target|, 2^-52): a fraction, not per cent
  double r2 = 0;                  // NaN when all targets are the same
  double explained_variance = 0;  // 1 - variance of the errors / variance of the targets
  double pinball = 0;             // mean pinball loss of `quantile`: max(q d, (q - 1) d), d = target - prediction
  double poisson_deviance = 0;    // 2 mean (t log(t / p) - t + p); NaN unless all t >= 0 and p > 0
};

// All measures of numbers. Throws Error when the sizes differ.
ValueMeasures measure_values_fully(std::span<const float> predictions, std::span<const double> targets,
                                   double quantile = 0.5);

// One predicted quantile.
struct OneQuantileMeasures {
  double quantile = 0;
  double below = 0;    // the share of targets at or below it: near to it where it holds
  double pinball = 0;  // mean pinball loss
};

struct QuantileMeasures {
  std::size_t rows = 0;
  double loss = 0;              // mean pinball loss of all quantiles
  double coverage = 0;          // share of targets from the lowest to the highest quantile; NaN when there is only one
  double nominal_coverage = 0;  // what that share should be
  double interval_width = 0;    // mean distance between these two
  std::vector<OneQuantileMeasures> of = {};
  ValueMeasures middle = {};  // of the quantile next to 1/2 as a prediction
};

// The index of the quantile next to 1/2, the lower of two as near.
std::size_t middle_quantile(std::span<const double> quantiles);
// All measures of the quantiles of one target. `predictions` [rows, quantiles], ascending in each row; throws Error for
// sizes that do not fit.
QuantileMeasures measure_quantiles(std::span<const float> predictions, std::span<const double> targets,
                                   std::span<const double> quantiles);

}  // namespace backprop
