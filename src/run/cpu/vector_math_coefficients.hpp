// Constants of vector_math-inl.hpp: least-squares fits at Chebyshev points, weighted by the error that each function
// can bear, computed with 60 digits; and constants cut in parts whose products with small integers are exact. Thread safety: constants.
#pragma once
#include <cstdint>

namespace backprop::cpu {

template <class T> struct Coefficients;

template <> struct Coefficients<float> {
  using T = float;
  // e^r = 1 + r + r² p(r), |r| <= log 2 / 2
  static constexpr T exp[] = {0.5000000081f, 0.1666651599f, 0.04166626314f, 0.008369151694f, 0.001394644656f};
  // log(1 + r) = r - r² / 2 + r³ p(r), 1 + r from sqrt(1/2) to sqrt(2)
  static constexpr T log[] = {0.3333331012f,  -0.2500000056f, 0.2000224652f,  -0.1666851261f, 0.1421776258f,
                              -0.1239644514f, 0.1189098947f,  -0.1172660479f, 0.06800912116f};
  // sin r = r + r³ p(r²), |r| <= pi / 4
  static constexpr T sin[] = {-0.1666665472f, 0.00833216706f, -0.0001951602164f};
  // cos r = 1 - r² / 2 + r⁴ p(r²)
  static constexpr T cos[] = {0.04166664659f, -0.001388735527f, 2.443715972e-5f};
  // asin r = r + r³ p(r²), |r| <= 1 / 2
  static constexpr T asin[] = {0.1666674858f, 0.07495437436f, 0.04545427032f, 0.02425386227f, 0.04204690624f};
  // atan r = r + r³ p(r²), |r| <= tan(pi / 8)
  static constexpr T atan[] = {-0.3333331585f, 0.1999850025f, -0.1424395269f, 0.1059631708f, -0.06083485156f};
  // erf r = r + r p(r²), |r| <= 1
  static constexpr T erf[] = {0.1283791659f,   -0.376126269f,     0.1128359746f, -0.0268543288f,
                              0.005189311943f, -0.0008018854993f, 7.88249711e-5f};
  // log erfc(1 + r) = p(r), r from 0 to 3
  static constexpr T erfc[] = {-1.849605516f,   -2.638966857f,    -0.8431177975f,  -0.04150305348f,
                               0.009895253012f, -0.001829635692f, 0.0001865517096f};
  static constexpr T log2_high = 0.693359375f, log2_low = -2.12194440e-4f;
  // pi / 2; for |x| <= trigonometric_limit.
  static constexpr T half_pi_parts[] = {1.5703125f, 4.837512969970703e-4f, 7.549533620476723e-8f,
                                        2.563344151594519e-12f};
  static constexpr T trigonometric_limit = 10000.0f;
  static constexpr T half_pi = 1.57079637f, half_pi_low = -4.37113883e-8f;
  static constexpr T exp_low = -110.0f, exp_high = 100.0f;                             // e^x is 0 and infinite
  static constexpr T expm1_low = -30.0f, expm1_high = 89.0f, sinh_high = 89.5f;        // -1 and infinite
  static constexpr T erf_high = 4.0f;                                                  // 1 from here
  static constexpr T round_shift = 12582912.0f;                                        // 1.5 * 2^23
  static constexpr T exponent_shift = 8388608.0f;                                      // 2^23
  static constexpr T smallest_normal = 1.17549435e-38f, denormal_scale = 33554432.0f;  // 2^25
  static constexpr int denormal_bits = 25;
  static constexpr int mantissa_bits = 23;
  static constexpr int bias = 127;
  static constexpr std::int32_t sqrt_half_bits = 0x3f3504f3, one_bits = 0x3f800000, mantissa_mask = 0x7fffff;
};

template <> struct Coefficients<double> {
  using T = double;
  // e^r = 1 + r + r² p(r), |r| <= log 2 / 2
  static constexpr T exp[] = {0.500000000000001328,     0.166666666666666845,   0.0416666666665118962,
                              0.00833333333331632874,   0.00138888889477861769, 0.000198412698978920399,
                              0.0000248014892522125804, 2.75572335296875605e-6, 2.76314984212987022e-7,
                              2.5112454311242146e-8};
  // log(1 + r) = 2 s + s³ p(s²), s = r / (2 + r)
  static constexpr T log[] = {0.666666666666673579, 0.399999999994077669, 0.285714287436487765, 0.222221984619438608,
                              0.181835694509857498, 0.153139317433593711, 0.147970446854199958};
  // sin r = r + r³ p(r²), |r| <= pi / 4
  static constexpr T sin[] = {-0.166666666666666318,  0.00833333333332235491,  -0.000198412698297607393,
                              2.75573136754493828e-6, -2.50507555050663768e-8, 1.5896642209261088e-10};
  // cos r = 1 - r² / 2 + r⁴ p(r²)
  static constexpr T cos[] = {0.0416666666666666149,   -0.00138888888888763823, 0.0000248015872907121757,
                              -2.75573146690279631e-7, 2.08757622488055901e-9,  -1.13614967228229706e-11};
  // asin r = r + r³ p(r²), |r| <= 1 / 2
  static constexpr T asin[] = {0.166666666666657634,  0.0750000000027061201,  0.0446428568747018625,
                               0.0303819574574790405, 0.0223717942666086051,  0.0173592055131940026,
                               0.013889797380640547,  0.0121412489372794104,  0.00664169489666450809,
                               0.0192339057692433098, -0.0157852323833515625, 0.0316250889811636322};
  // atan r = r + r³ p(r²), |r| <= tan(pi / 8)
  static constexpr T atan[] = {-0.333333333333332363,  0.199999999999620574,   -0.142857142808876466,
                               0.111111108126451832,   -0.0909089848644226785, 0.0769207169263784279,
                               -0.0666322127044516256, 0.058486643240811135,   -0.0504250653498161323,
                               0.0381397002651689707,  -0.0179836841689887031};
  // erf r = r + r p(r²), |r| <= 1
  static constexpr T erf[] = {0.128379167095512567,    -0.376126389031835435,    0.112837916709451297,
                              -0.0268661706432569943,  0.00522397760726994529,   -0.000854832598254322506,
                              0.000120552951126670011, -0.000014924740785377575, 1.64474711905946181e-6,
                              -1.62088298568102008e-7, 1.37215204063510944e-8,   -7.7985438505499469e-10};
  // log erfc(1 + r) = p(r), r from 0 to 5
  static constexpr T erfc[] = {-1.84960550993324829,    -2.63896751423477439,     -0.843107256359486793,
                               -0.0415610980235612452,  0.010033825163216802,     -0.00197790111752982182,
                               0.000237316044888501227, 0.0000262973751242143343, -0.0000272009511393241303,
                               9.67405896444351061e-6,  -2.1345852851284842e-6,   2.06719409432776433e-7,
                               5.70102033255990173e-8,  -3.30139414491748634e-8,  8.4196648872508241e-9,
                               -1.30192010336223171e-9, 1.17562912442253655e-10,  -4.78413879410701374e-12};
  static constexpr T log2_high = 6.93147180369123816490e-01, log2_low = 1.90821492927058770002e-10;
  static constexpr T half_pi_parts[] = {1.5707963267341256142, 6.0771005063039659766e-11, 2.022266248795950732e-21};
  static constexpr T trigonometric_limit = 1e6;
  static constexpr T half_pi = 1.5707963267948966, half_pi_low = 6.123233995736766e-17;
  static constexpr T exp_low = -750.0, exp_high = 720.0;  // 2^64 e^-750 is a normal number, which sigmoid needs
  static constexpr T expm1_low = -50.0, expm1_high = 710.0, sinh_high = 710.6;
  static constexpr T erf_high = 6.0;
  static constexpr T round_shift = 6755399441055744.0;     // 1.5 * 2^52
  static constexpr T exponent_shift = 4503599627370496.0;  // 2^52
  static constexpr T smallest_normal = 2.2250738585072014e-308, denormal_scale = 0x1p54;
  static constexpr int denormal_bits = 54;
  static constexpr int mantissa_bits = 52;
  static constexpr int bias = 1023;
  static constexpr std::int64_t sqrt_half_bits = 0x3fe6a09e667f3bcd, one_bits = 0x3ff0000000000000,
                                mantissa_mask = 0xfffffffffffff;
};

}  // namespace backprop::cpu
