# What `cmake --install` puts where, and the Debian package (CPack). Paths are relative to the prefix: the tree may be moved.
include(GNUInstallDirs)

install(TARGETS bm RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The name that configurations of Basic Memory call.
install(FILES ${PROJECT_BINARY_DIR}/cli/basic-memory DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/basic-memory)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/basic-memory)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/basic-memory RENAME copyright)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/clients ${PROJECT_SOURCE_DIR}/examples/proxy
                  ${PROJECT_SOURCE_DIR}/examples/serve
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/basic-memory/examples)

# Completions and the manual page come from the program itself, so they know what it knows.
install(CODE "set(program \"$<TARGET_FILE:bm>\")\nset(data \"${CMAKE_INSTALL_DATADIR}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_generated.cmake)

# The packages that own the named libraries: those that are opened when they are needed, so that no linker knows them.
function(packages_of result)
  set(found)
  foreach(name IN LISTS ARGN)
    find_library(BM_PACKAGED_${name} lib${name}.so)
    if(BM_PACKAGED_${name})
      file(REAL_PATH ${BM_PACKAGED_${name}} file)
      get_filename_component(file ${file} NAME)
      execute_process(COMMAND dpkg-query -S "*/${file}" OUTPUT_VARIABLE owner ERROR_QUIET)
      if(owner MATCHES "^([a-z0-9.+-]+)[:,]")
        list(APPEND found ${CMAKE_MATCH_1})
      endif()
    endif()
  endforeach()
  list(JOIN found ", " found)
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

set(CPACK_PACKAGE_NAME basic-memory)
set(CPACK_PACKAGE_VENDOR "The bm authors")
set(CPACK_PACKAGE_CONTACT "The bm authors <bm@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "knowledge base of Markdown notes for AI assistants")
set(CPACK_PACKAGE_DESCRIPTION "bm reads, writes, links and searches a folder of your own Markdown notes, and offers that to
AI assistants over the Model Context Protocol. A person edits the same files with any editor.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
string(TOLOWER "bm-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" CPACK_PACKAGE_FILE_NAME)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
find_program(BM_DPKG_QUERY dpkg-query)
if(BM_DPKG_QUERY)
  packages_of(CPACK_DEBIAN_PACKAGE_DEPENDS ssl cpp-httplib curl)
  packages_of(CPACK_DEBIAN_PACKAGE_RECOMMENDS jpeg png webp gif)
endif()
set(CPACK_DEBIAN_PACKAGE_SUGGESTS rclone)
set(CPACK_GENERATOR TGZ)
if(BM_DPKG_QUERY)
  list(APPEND CPACK_GENERATOR DEB)
endif()
include(CPack)
