# Run by `cmake --install`: asks the program for its completion scripts and its manual page and puts them where shells
# and man look.
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${data}")
foreach(place
    bash,bash-completion/completions/bm
    bash,bash-completion/completions/basic-memory
    zsh,zsh/vendor-completions/_bm
    fish,fish/vendor_completions.d/bm.fish
    fish,fish/vendor_completions.d/basic-memory.fish)
  string(REPLACE "," ";" place ${place})
  list(GET place 0 shell)
  list(GET place 1 file)
  execute_process(COMMAND ${program} --show-completion ${shell} OUTPUT_VARIABLE script COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE "${root}/${file}" "${script}")
endforeach()

set(folder "${root}/man/man1")
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND ${program} man show COMMAND gzip -9n OUTPUT_FILE "${folder}/bm.1.gz"
                COMMAND_ERROR_IS_FATAL ANY)
file(CREATE_LINK bm.1.gz "${folder}/basic-memory.1.gz" SYMBOLIC)
