#include "formats/onnx_tensor.hpp"

#include <bit>
#include <limits>

#include "base/dispatch.hpp"
#include "onnx.pb.h"

namespace backprop {

using backprop_onnx::TensorProto;
static_assert(std::endian::native == std::endian::little, "raw_data is little endian");

namespace {

// The field that holds the values when raw_data is empty.
template <class T> const auto& typed_field(const TensorProto& proto) {
  if constexpr (std::is_same_v<T, float>) {
    return proto.float_data();
  } else if constexpr (std::is_same_v<T, double>) {
    return proto.double_data();
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return proto.int64_data();
  } else {
    return proto.int32_data();
  }
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string line;
  for (const char c : text.substr(0, limit)) line += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > limit ? line + "..." : line;
}

int onnx_dtype(DType dtype) {
  switch (dtype) {
    case DType::float32: return TensorProto::FLOAT;
    case DType::float64: return TensorProto::DOUBLE;
    case DType::int32: return TensorProto::INT32;
    case DType::int64: return TensorProto::INT64;
    case DType::boolean: return TensorProto::BOOL;
    case DType::dual64: break;
  }
  throw Error("[onnx] dual64 is no type of a file");
}

DType parse_onnx_dtype(int number) {
  switch (number) {
    case TensorProto::FLOAT: return DType::float32;
    case TensorProto::DOUBLE: return DType::float64;
    case TensorProto::INT32: return DType::int32;
    case TensorProto::INT64: return DType::int64;
    case TensorProto::BOOL: return DType::boolean;
    default: break;
  }
  const std::string name = TensorProto::DataType_IsValid(number)
                               ? TensorProto::DataType_Name(static_cast<TensorProto::DataType>(number))
                               : std::to_string(number);
  throw Error("element type " + name + " is none of FLOAT, DOUBLE, INT32, INT64, BOOL");
}

Tensor read_tensor(const TensorProto& proto) {
  if (proto.data_location() == TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    throw Error("its data stand in another file, which is not read");
  }
  if (proto.has_segment()) throw Error("is stored in segments, which are not read");
  const DType dtype = parse_onnx_dtype(proto.data_type());
  if (proto.dims_size() > maximum_onnx_rank) throw Error("has " + std::to_string(proto.dims_size()) + " axes");
  const Extents extents(proto.dims().begin(), proto.dims().end());
  std::int64_t size = 1;
  for (const std::int64_t n : extents) {
    if (n < 0) throw Error("has a negative extent in " + to_string(extents));
    if (__builtin_mul_overflow(size, n, &size)) throw Error("has too many elements in " + to_string(extents));
  }
  // The number of values present is compared before memory is taken for them.
  const auto expect = [&](std::size_t present, std::size_t unit) {
    if (present % unit != 0 || present / unit != static_cast<std::size_t>(size)) {
      throw Error("holds " + std::to_string(present / unit) + " values, its extents " + to_string(extents) + " need " +
                  std::to_string(size));
    }
  };
  if (proto.has_raw_data() && (size > 0 || !proto.raw_data().empty())) {
    expect(proto.raw_data().size(), size_of(dtype));
    Tensor tensor(dtype, extents);
    if (dtype == DType::boolean) {
      const auto to = tensor.as<bool>();
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = proto.raw_data()[i] != 0;
    } else {
      std::memcpy(tensor.data(), proto.raw_data().data(), tensor.bytes());
    }
    return tensor;
  }
  return dispatch_plain(dtype, [&]<class T>() {
    const auto& from = typed_field<T>(proto);
    expect(static_cast<std::size_t>(from.size()), 1);
    Tensor tensor(dtype, extents);
    std::copy(from.begin(), from.end(), tensor.as<T>().begin());
    return tensor;
  });
}

void write_tensor(const Tensor& tensor, const std::string& name, TensorProto& proto) {
  proto.set_name(name);
  proto.set_data_type(onnx_dtype(tensor.dtype()));
  for (const std::int64_t n : tensor.extents()) proto.add_dims(n);
  proto.set_raw_data(tensor.data(), tensor.bytes());
}

Tensor parse_tensor(std::string_view bytes, const std::string& name) {
  TensorProto proto;
  if (bytes.size() > std::numeric_limits<int>::max() ||
      !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw DataError(name + ": is not an ONNX tensor");
  }
  try {
    return read_tensor(proto);
  } catch (const Error& error) {
    throw DataError(name + ": " + error.what());
  }
}

}  // namespace backprop
