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
  # In two pieces: it is compiled last, and one piece would leave a core idle (./demo 186 to 163 s on two).
  set_target_properties(backprop_program PROPERTIES
    OUTPUT_NAME backprop RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
    UNITY_BUILD ${BACKPROP_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 28)

  # The manual page and the shells' completions: the program prints them from the same definitions as --help.
  set(page_folder ${PROJECT_BINARY_DIR}/pages)
  file(MAKE_DIRECTORY ${page_folder})
  add_custom_command(OUTPUT ${page_folder}/backprop.1 ${page_folder}/backprop ${page_folder}/_backprop
      ${page_folder}/backprop.fish
    COMMAND backprop_program man >backprop.1
    COMMAND backprop_program completion bash >backprop
    COMMAND backprop_program completion zsh >_backprop
    COMMAND backprop_program completion fish >backprop.fish
    DEPENDS backprop_program WORKING_DIRECTORY ${page_folder})
  add_custom_target(backprop_pages ALL DEPENDS ${page_folder}/backprop.1)
endif()
