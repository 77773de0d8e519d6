# SPDX-License-Identifier: GPL-2.0-or-later
# What cmake --install puts where, for make install and for Debian's packages alike.
include(GNUInstallDirs)
set(KAMEXEC_MODULE_DIR "" CACHE PATH
    "Where the module is installed: a directory of its own beside the distribution's modules")
set(KAMEXEC_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
    "Where zsh's completion is installed")

if(TARGET exec AND KAMEXEC_MODULE_DIR)
  install(TARGETS exec LIBRARY DESTINATION ${KAMEXEC_MODULE_DIR})
endif()

if(TARGET kamexec)
  # The shells' own places; the tool writes the files itself, from its command line.
  set(completions ${CMAKE_BINARY_DIR}/completions)
  set(shell_files ${completions}/kamexec.bash ${completions}/kamexec.zsh ${completions}/kamexec.fish)
  add_custom_command(OUTPUT ${shell_files}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${completions}
    COMMAND kamexec completions bash > ${completions}/kamexec.bash
    COMMAND kamexec completions zsh > ${completions}/kamexec.zsh
    COMMAND kamexec completions fish > ${completions}/kamexec.fish
    DEPENDS kamexec VERBATIM)
  add_custom_target(completions ALL DEPENDS ${shell_files})

  install(TARGETS kamexec RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES docs/man/kamexec.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${completions}/kamexec.bash RENAME kamexec
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${completions}/kamexec.zsh RENAME _kamexec
          DESTINATION ${KAMEXEC_ZSH_DIR})
  install(FILES ${completions}/kamexec.fish
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

if(TARGET kamexecd)
  set(KAMEXEC_SYSTEMD_DIR lib/systemd/system CACHE STRING "Where the units are installed")
  install(TARGETS kamexecd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
  install(FILES docs/man/kamexecd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
  install(FILES docs/man/programs.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
  # With the prefix that is given at the installation.
  install(CODE "set(KAMEXECD \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}/kamexecd\")
    configure_file(\"${PROJECT_SOURCE_DIR}/packaging/systemd/kamexecd.service.in\"
                   \"${CMAKE_BINARY_DIR}/kamexecd.service\" @ONLY)")
  install(FILES ${CMAKE_BINARY_DIR}/kamexecd.service packaging/systemd/kamexecd.socket
          DESTINATION ${KAMEXEC_SYSTEMD_DIR})
  install(FILES packaging/systemd/kamexecd.sysusers RENAME kamexecd.conf DESTINATION lib/sysusers.d)
  # An operator's file stays as it is.
  install(CODE "if(NOT EXISTS \"\$ENV{DESTDIR}/etc/kamexec/programs.conf\")
    file(INSTALL \"${PROJECT_SOURCE_DIR}/packaging/etc/programs.conf\" DESTINATION /etc/kamexec)
  endif()")
endif()
