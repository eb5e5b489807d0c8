# Removes what the last install of this build folder wrote, and the folders named backprop that it leaves empty.
if(NOT EXISTS installed.txt)
  message(FATAL_ERROR "nothing was installed from this build folder")
endif()
file(READ installed.txt files)
foreach(file ${files})
  file(REMOVE $ENV{DESTDIR}${file})
  get_filename_component(folder ${file} DIRECTORY)
  if(folder MATCHES "/backprop$")
    execute_process(COMMAND rmdir $ENV{DESTDIR}${folder} ERROR_QUIET)  # fails, as it should, where something is left
  endif()
endforeach()
file(REMOVE installed.txt)
