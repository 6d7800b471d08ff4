# SPDX-License-Identifier: Apache-2.0
# Called by updraft_add_firmware at build time: strips the executable, makes the
# image, and refuses one that does not fit its slot.
set(stripped ${IMAGE}.elf)
execute_process(COMMAND ${STRIP} -o ${stripped} ${EXECUTABLE} COMMAND_ERROR_IS_FATAL ANY)
file(SHA256 ${EXECUTABLE} elf_sha256)
set(more)
if(IDF_VERSION)
  string(TIMESTAMP date "%b %d %Y")
  string(TIMESTAMP time "%H:%M:%S")
  set(more --idf-version ${IDF_VERSION} --date ${date} --time ${time})
endif()
execute_process(
  COMMAND ${TOOL} image make ${IMAGE} --chip ${CHIP} --executable ${stripped}
          --version ${VERSION} --project-name ${PROJECT_NAME} --secure-version ${SECURE_VERSION}
          --elf-sha256 ${elf_sha256} ${more}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${stripped})
file(SIZE ${IMAGE} size)
if(SIGNED)  # it will be: filled up to a sector, and one more behind
  math(EXPR size "(${size} + 4095) / 4096 * 4096 + 4096")
endif()
if(SLOT_SIZE GREATER 0 AND size GREATER SLOT_SIZE)
  file(REMOVE ${IMAGE})
  message(FATAL_ERROR
    "${IMAGE}: expected at most ${SLOT_SIZE} bytes, the size of the slot, found ${size}; "
    "make the firmware smaller or the slot larger")
endif()
