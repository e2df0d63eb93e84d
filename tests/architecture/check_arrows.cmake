# Proves the shape of the house. Run with
#     cmake -DROOT=<top folder> -P check_arrows.cmake
# Every mistake is printed; any mistake fails the run.
cmake_minimum_required(VERSION 3.25)

# A room may include these rooms, itself among them.
set(rooms markdown repository sync cloud importers tools server access host cli)
set(markdown_may markdown)
set(repository_may repository markdown)
set(sync_may sync repository markdown)
set(cloud_may cloud sync repository markdown)
set(importers_may importers sync repository markdown)
set(tools_may tools cloud sync repository markdown)
set(server_may server tools repository markdown)
set(access_may access server sync repository markdown)
set(host_may host access server tools sync repository markdown)
set(cli_may cli host access server tools importers cloud sync repository markdown)

# The server knows what can be asked for, and nothing of how it is answered.
set(server_from_tools catalog.hpp content.hpp interaction.hpp json.hpp prompt.hpp resource.hpp tool.hpp)
set(server_from_repository crypto.hpp)
set(server_from_markdown result.hpp)

# Who may call is settled in front of the server, which asks through its own ports.
set(access_from_server authorizer.hpp http_handler.hpp http_message.hpp rate_limit.hpp)
set(access_from_sync web_client.hpp)

# A library behind a wall: what its headers are called, and the only files that may include one.
set(walls
  "sqlite3\\.h|repository/database.cpp"
  "yaml-cpp/.*|markdown/frontmatter.cpp"
  "cmark-gfm.*|markdown/inline_runs.cpp"
  "openssl/.*|(repository/(checksum|crypto|old_digest)|access/(password_hash|token_signature)|server/tls_library).cpp"
  "zstd\\.h|repository/version_frame.cpp"
  "CLI/.*|cli/([a-z_]+_words|command_line|command_tree).cpp"
  "spdlog/.*|cli/file_log.cpp"
  "httplib\\.h|server/http_acceptor.cpp"
  "curl/.*|sync/curl_library.hpp"
  "utf8proc\\.h|(cli/terminal|markdown/(file_naming|text|transliteration)|repository/(text_relaxation|tokenizer)).cpp"
  "jpeglib\\.h|tools/picture_jpeg.cpp"
  "png\\.h|tools/picture_png.cpp"
  "webp/.*|tools/picture_webp.cpp"
  "gif_lib\\.h|tools/picture_gif.cpp"
  "dlfcn\\.h|(repository/shared_library|server/http_module).cpp"
  # Its exceptions and its running time are not for strangers' input.
  "regex|")

set(mistakes 0)
function(mistake text)
  message(NOTICE "${text}")
  math(EXPR mistakes "${mistakes} + 1")
  set(mistakes ${mistakes} PARENT_SCOPE)
endfunction()

function(check_room_include file room included_room included_file)
  if(NOT included_room IN_LIST rooms)
    return()
  endif()
  if(NOT included_room IN_LIST ${room}_may)
    mistake("${file} includes ${included_room}/${included_file}: ${room} may not know ${included_room}")
  elseif(DEFINED ${room}_from_${included_room}
         AND NOT included_file IN_LIST ${room}_from_${included_room})
    mistake("${file} includes ${included_room}/${included_file}: more than ${room} may know")
  endif()
  set(mistakes ${mistakes} PARENT_SCOPE)
endfunction()

function(check_library_include file room header)
  foreach(wall IN LISTS walls)
    string(REGEX MATCH "^([^|]*)\\|(.*)$" ignored "${wall}")
    set(pattern "${CMAKE_MATCH_1}")
    set(allowed "${CMAKE_MATCH_2}")
    if(header MATCHES "^${pattern}$" AND NOT file MATCHES "^(${allowed})$")
      mistake("${file} includes <${header}>, which is only for ${allowed}")
    endif()
  endforeach()
  if(header MATCHES "^nlohmann/" AND file MATCHES "\\.hpp$" AND NOT file STREQUAL "cloud/json_members.hpp" AND NOT file STREQUAL "importers/entry_json.hpp" AND NOT room MATCHES "^(tools|server|access|host)$")
    mistake("${file} includes <${header}>: JSON is in headers of tools, server, access and host only")
  endif()
  set(mistakes ${mistakes} PARENT_SCOPE)
endfunction()

function(check_file file room)
  file(STRINGS "${ROOT}/${file}" lines REGEX "^ *(#|using namespace)")
  foreach(line IN LISTS lines)
    if(line MATCHES "^ *# *include *\"([a-z_]+)/([^\"]*)\"")
      check_room_include(${file} ${room} "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}")
    elseif(line MATCHES "^ *# *include *\"([^\"]*)\"")
      mistake("${file} includes \"${CMAKE_MATCH_1}\" without the path from the top folder")
    elseif(line MATCHES "^ *# *include *<([^>]*)>")
      check_library_include(${file} ${room} "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^using namespace")
      mistake("${file} opens a namespace for the whole file")
    endif()
  endforeach()
  if(file MATCHES "\\.hpp$")
    file(STRINGS "${ROOT}/${file}" first_lines LIMIT_COUNT 1)
    if(NOT first_lines STREQUAL "#pragma once")
      mistake("${file} does not begin with #pragma once")
    endif()
  endif()
  set(mistakes ${mistakes} PARENT_SCOPE)
endfunction()

# Every source is listed, so that no file is forgotten by the build or by whoever reads the list.
function(check_listed file room)
  get_filename_component(name "${file}" NAME)
  file(STRINGS "${ROOT}/${room}/CMakeLists.txt" found REGEX "(^|[^a-z_])${name}($|[^a-z_])")
  if(NOT found)
    mistake("${file} is not listed in ${room}/CMakeLists.txt")
  endif()
  set(mistakes ${mistakes} PARENT_SCOPE)
endfunction()

foreach(room IN LISTS rooms)
  file(GLOB files RELATIVE "${ROOT}" "${ROOT}/${room}/*.hpp" "${ROOT}/${room}/*.cpp")
  foreach(file IN LISTS files)
    check_file(${file} ${room})
    check_listed(${file} ${room})
  endforeach()
endforeach()

# One tool is one file, named like the tool, and one line in the list.
set(defined)
file(GLOB files RELATIVE "${ROOT}/tools" "${ROOT}/tools/*.cpp")
foreach(file IN LISTS files)
  file(STRINGS "${ROOT}/tools/${file}" factories REGEX "^Tool [a-z_]+_tool\\(")
  foreach(factory IN LISTS factories)
    string(REGEX MATCH "^Tool ([a-z_]+)_tool\\(" ignored "${factory}")
    set(tool ${CMAKE_MATCH_1})
    list(APPEND defined ${tool})
    if(NOT file STREQUAL "${tool}.cpp")
      mistake("tools/${file} defines ${tool}_tool, which belongs in tools/${tool}.cpp")
    endif()
  endforeach()
endforeach()
file(STRINGS "${ROOT}/tools/all_tools.hpp" declarations REGEX "^Tool [a-z_]+_tool\\(")
file(STRINGS "${ROOT}/tools/all_tools.cpp" entries REGEX "^ +[a-z_]+_tool\\(")
set(listed)
foreach(entry IN LISTS entries)
  string(REGEX MATCH "([a-z_]+)_tool\\(" ignored "${entry}")
  if("${CMAKE_MATCH_1}" IN_LIST listed)
    mistake("tools/all_tools.cpp lists ${CMAKE_MATCH_1} twice")
  endif()
  list(APPEND listed ${CMAKE_MATCH_1})
endforeach()
set(declared)
foreach(declaration IN LISTS declarations)
  string(REGEX MATCH "^Tool ([a-z_]+)_tool\\(" ignored "${declaration}")
  list(APPEND declared ${CMAKE_MATCH_1})
endforeach()
foreach(kind IN ITEMS defined declared)
  foreach(tool IN LISTS ${kind})
    if(NOT tool IN_LIST listed)
      mistake("the tool ${tool} is ${kind} and not listed in tools/all_tools.cpp")
    endif()
  endforeach()
  foreach(tool IN LISTS listed)
    if(NOT tool IN_LIST ${kind})
      mistake("the tool ${tool} is listed in tools/all_tools.cpp and not ${kind}")
    endif()
  endforeach()
endforeach()

if(mistakes GREATER 0)
  message(FATAL_ERROR "${mistakes} mistakes")
endif()
message(STATUS "the arrows point to the right")
