# The program, at the root of the build folder: build/backprop.
file(GLOB program_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/*.cpp)
if(program_sources)
  find_package(CLI11 REQUIRED)
  find_library(LIBMD md REQUIRED)
  include(cmake/report_page.cmake)
  add_executable(backprop_program ${program_sources} ${report_page})
  backprop_flags(backprop_program)
  # For its size, which is limited (tools/check_size): what takes time is in the library.
  target_compile_options(backprop_program PRIVATE $<$<CONFIG:Release>:-Os>)
  target_link_options(backprop_program PRIVATE LINKER:--gc-sections)
  # Not CLI11, of which every file that includes it compiles five seconds of code: headers declare CLI::App only.
  target_precompile_headers(backprop_program PRIVATE <nlohmann/json.hpp>)
  target_link_libraries(backprop_program PRIVATE backprop_readers CLI11::CLI11 ZLIB::ZLIB ${LIBMD})
  set_target_properties(backprop_program PROPERTIES
    OUTPUT_NAME backprop RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endif()
