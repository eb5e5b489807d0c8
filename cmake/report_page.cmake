# The page of report.html, with Chart.js of the distribution's package, packed into one source of the program. Included
# it says how to make it; run as a script (cmake -P) it makes it.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  find_file(BACKPROP_CHART_JS chart.min.js
    PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist NO_DEFAULT_PATH
    DOC "Chart.js, for the charts of report.html")
  if(NOT BACKPROP_CHART_JS)
    message(FATAL_ERROR "Chart.js was not found: install the package libjs-chart.js, or give the path of chart.min.js "
                        "with -DBACKPROP_CHART_JS=PATH")
  endif()
  set(report_folder ${PROJECT_SOURCE_DIR}/src/cli/report)
  file(GLOB report_parts CONFIGURE_DEPENDS ${report_folder}/*.html ${report_folder}/*.css ${report_folder}/*.js)
  set(report_page ${PROJECT_BINARY_DIR}/generated/report_page.cpp)
  find_program(GZIP gzip REQUIRED)
  add_custom_command(
    OUTPUT ${report_page}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${report_folder} -DCHART_JS=${BACKPROP_CHART_JS} -DGZIP=${GZIP}
            -DOUTPUT=${report_page} -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${report_parts} ${BACKPROP_CHART_JS} ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
  return()
endif()

# The page's parts go where page.html says {{NAME}}.
file(READ ${FOLDER}/page.html page)
file(READ ${FOLDER}/style.css style)
file(READ ${CHART_JS} chart)
file(GLOB scripts ${FOLDER}/*.js)
list(SORT scripts)
set(script "")
foreach(name IN LISTS scripts)
  file(READ ${name} text)
  string(APPEND script "${text}")
endforeach()
string(REPLACE "{{STYLE}}" "${style}" page "${page}")
string(REPLACE "{{CHART}}" "${chart}" page "${page}")
string(REPLACE "{{SCRIPT}}" "${script}" page "${page}")
file(WRITE ${OUTPUT}.html "${page}")
execute_process(COMMAND ${GZIP} -9nc ${OUTPUT}.html OUTPUT_FILE ${OUTPUT}.gz COMMAND_ERROR_IS_FATAL ANY)
file(READ ${OUTPUT}.gz packed HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${packed}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "// Made by cmake/report_page.cmake.\n#include \"cli/report_page.hpp\"\n"
  "namespace backprop::cli {\nnamespace {\nconstexpr unsigned char bytes[] = {\n${bytes}\n};\n}\n"
  "std::span<const unsigned char> packed_report_page() { return bytes; }\n}\n")
