# install, uninstall, find_package(backprop), pkg-config and the Debian package.
include(CMakePackageConfigHelpers)
set(config_directory ${CMAKE_INSTALL_LIBDIR}/cmake/backprop)

install(TARGETS backprop EXPORT backprop_targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/backprop DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.hpp)
install(EXPORT backprop_targets NAMESPACE backprop:: FILE backprop-targets.cmake DESTINATION ${config_directory})
# The prefix is found from where the file lies, so that an installed tree may be moved.
file(RELATIVE_PATH prefix_from_pkgconfig
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(private_libraries "-lstdc++ -lm -pthread")
set(private_packages)
set(needs_highway OFF)
if(highway STREQUAL hwy::hwy)
  set(needs_highway ON)
  string(APPEND private_packages " libhwy")
endif()
set(needs_protobuf OFF)
if(schemas)
  set(needs_protobuf ON)
  string(APPEND private_packages " protobuf-lite")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/backprop.pc.in ${PROJECT_BINARY_DIR}/backprop.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/backprop.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/backprop-config.cmake.in
  ${PROJECT_BINARY_DIR}/backprop-config.cmake INSTALL_DESTINATION ${config_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/backprop-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/backprop-config.cmake ${PROJECT_BINARY_DIR}/backprop-config-version.cmake
  DESTINATION ${config_directory})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET backprop_program)
  install(TARGETS backprop_program)
  install(FILES ${page_folder}/backprop.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${page_folder}/backprop DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${page_folder}/_backprop DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${page_folder}/backprop.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

if(PROJECT_IS_TOP_LEVEL)
  # CMake's own install_manifest.txt is overwritten by CPack.
  install(CODE "
    if(NOT \"\$ENV{DESTDIR}\" MATCHES _CPack_Packages)
      file(WRITE \"${PROJECT_BINARY_DIR}/installed.txt\" \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
    endif()")
  add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake WORKING_DIRECTORY ${PROJECT_BINARY_DIR})

  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_CONTACT "backprop contributors <backprop@localhost>")
  set(CPACK_PACKAGE_VENDOR "backprop contributors")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION science)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS libpq5)  # loaded when a PostgreSQL database is read
  if(NOT BUILD_SHARED_LIBS)
    set(CPACK_DEBIAN_PACKAGE_DEPENDS "libprotobuf-dev")  # to link the static library
  endif()
  include(CPack)
endif()
