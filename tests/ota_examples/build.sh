#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the examples of examples/ota as the tests want them: with a URL that is read
# from standard input, a certificate for 127.0.0.1 and a key for encrypted images.
# Run by CTest before the tests that need them. usage: build.sh SOURCE BUILD
set -eu
source_folder=$1
out=$2/ota_examples
export UPDRAFT_BUILD=$2

mkdir -p "$out/server_certs" "$out/rsa_key"
if [ ! -f "$out/server_certs/ca_cert.pem" ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=127.0.0.1 \
    -keyout "$out/server_certs/ca_key.pem" -out "$out/server_certs/ca_cert.pem" 2>/dev/null
fi
[ -f "$out/rsa_key/private.pem" ] || openssl genrsa -out "$out/rsa_key/private.pem" 3072 2>/dev/null

# example NAME VARIANT [CONFIG...]
example() {
  local name=$1 folder=$out/$2
  shift 2
  mkdir -p "$folder"
  cp -ru "$source_folder/examples/ota/$name/." "$folder/"
  cp -ru "$out/server_certs" "$out/rsa_key" "$folder/"
  {
    cat "$source_folder/examples/ota/$name/sdkconfig.defaults"
    echo 'CONFIG_EXAMPLE_FIRMWARE_UPGRADE_URL="FROM_STDIN"'
    printf '%s\n' "$@"
  } >"$folder/sdkconfig.new"
  if ! cmp -s "$folder/sdkconfig.new" "$folder/sdkconfig.defaults.test"; then
    cp "$folder/sdkconfig.new" "$folder/sdkconfig.defaults"
    cp "$folder/sdkconfig.new" "$folder/sdkconfig.defaults.test"
    rm -f "$folder/sdkconfig"
  else
    cp "$folder/sdkconfig.defaults.test" "$folder/sdkconfig.defaults"
  fi
  "$source_folder/tools/idf.py" -C "$folder" build >"$folder/build.log" 2>&1 || {
    tail -40 "$folder/build.log" >&2
    echo "tests/ota_examples/build.sh: $name ($folder) could not be built" >&2
    return 1
  }
}

cmake --build "$2" --target idf >/dev/null
example simple_ota simple
example advanced_ota advanced
example advanced_ota advanced_any_version CONFIG_EXAMPLE_SKIP_VERSION_CHECK=y
example advanced_ota advanced_partial CONFIG_EXAMPLE_ENABLE_PARTIAL_HTTP_DOWNLOAD=y \
  CONFIG_LOG_DEFAULT_LEVEL_DEBUG=y
example advanced_ota advanced_resume CONFIG_EXAMPLE_ENABLE_OTA_RESUMPTION=y \
  CONFIG_EXAMPLE_SAVE_INTERVAL=4096
example advanced_ota advanced_anti_rollback CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK=y \
  CONFIG_EXAMPLE_SKIP_VERSION_CHECK=y
example native_ota native
example partitions_ota partitions
example partitions_ota partitions_signed CONFIG_SECURE_SIGNED_APPS_NO_SECURE_BOOT=y \
  CONFIG_SECURE_SIGNED_APPS_RSA_SCHEME=y CONFIG_SECURE_SIGNED_DATA_PARTITION=y \
  "CONFIG_SECURE_BOOT_SIGNING_KEY=\"$out/rsa_key/private.pem\""
example pre_encrypted_ota pre_encrypted
example pre_encrypted_ota pre_encrypted_partial CONFIG_EXAMPLE_ENABLE_PARTIAL_HTTP_DOWNLOAD=y

# image VARIANT NAME FILE VERSION [OPTION...]: the same program as another version.
image() {
  local elf=$out/$1/build/$2.elf file=$out/$3 version=$4
  shift 4
  [ "$file" -nt "$elf" ] && return
  strip -o "$file.elf" "$elf"
  "$UPDRAFT_BUILD/bin/updraft" image make "$file" --chip esp32 --executable "$file.elf" \
    --version "$version" "$@" >/dev/null
  rm "$file.elf"
}

for variant in simple:simple_ota advanced:advanced_ota native:native_ota \
  partitions:partitions_ota pre_encrypted:pre_encrypted_ota; do
  image "${variant%%:*}" "${variant##*:}" "${variant%%:*}_2.bin" 2.0.0
done
image advanced_any_version advanced_ota advanced_any_version_2.bin 2.0.0
image advanced_resume advanced_ota advanced_resume_2.bin 2.0.0
image advanced_partial advanced_ota advanced_partial_2.bin 2.0.0
image advanced_anti_rollback advanced_ota anti_rollback_1.bin 2.0.0 --secure-version 1
image pre_encrypted_partial pre_encrypted_ota pre_encrypted_partial_2.bin 2.0.0
