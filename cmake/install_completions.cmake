# Run by `cmake --install`: asks the program for its completion scripts and puts them where the shells look.
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
