// The formats that tables come in, in the order in which they are tried. To add one, write its file and name it here.
#include <array>

#include "data/readers/format.hpp"

namespace backprop::data {

extern const Format arff_format, csv_format, fann_format, idx_format, npy_format, npz_format, postgresql_format,
    sqlite_format;

std::span<const Format> formats() {
  static const std::array<Format, 8> all = {sqlite_format, postgresql_format, npy_format,  npz_format,
                                            idx_format,    arff_format,       fann_format, csv_format};
  return all;
}

}  // namespace backprop::data
