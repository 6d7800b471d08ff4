// SPDX-License-Identifier: Apache-2.0
// A configuration of Mbed TLS 2.28 for a small device (MBEDTLS_CONFIG_FILE): a TLS 1.2
// client with P-256 and RSA certificates over SHA-256, and what the Crypto port needs.
// Everything is taken from one pool: a MemoryPool (mbedtls_memory.h), or the library's
// own (MBEDTLS_MEMORY_BUFFER_ALLOC_C).
//
// To widen it: certificates and signatures of P-384 need SHA512_C and
// ECP_DP_SECP384R1_ENABLED; servers whose records or certificates do not fit 4096
// bytes need a larger MBEDTLS_SSL_IN_CONTENT_LEN; a device with a clock defines
// UPDRAFT_MBEDTLS_CLOCK, else the dates of certificates are not looked at.
#pragma once

// Memory
#ifndef MBEDTLS_SSL_IN_CONTENT_LEN
#define MBEDTLS_SSL_IN_CONTENT_LEN 4096
#endif
// What a client sends is short: requests, and its certificates where it has some. RSA
// certificates want 2048.
#ifndef MBEDTLS_SSL_OUT_CONTENT_LEN
#define MBEDTLS_SSL_OUT_CONTENT_LEN 1024
#endif
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_ECP_WINDOW_SIZE 4
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#define MBEDTLS_MPI_WINDOW_SIZE 1
#define MBEDTLS_MPI_MAX_SIZE 512

// Platform: entropy and time come through the port.
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_NO_PLATFORM_ENTROPY
#if defined(UPDRAFT_MBEDTLS_CLOCK)
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#endif

// Cryptography
#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_GCM_C
#define MBEDTLS_CTR_DRBG_C
// The generator gathers 48 bytes; what is larger lies on the stack.
#define MBEDTLS_CTR_DRBG_MAX_INPUT 64
#define MBEDTLS_CTR_DRBG_MAX_SEED_INPUT 128
#define MBEDTLS_MD_C
#define MBEDTLS_MD5_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
// Where nobody gives it a generator, as when it verifies, the library makes one of its
// own: a kilobyte of stack to hide what is public. The port gives one wherever a scalar
// is secret; an EC client key must hold its public point too, or is computed without.
#define MBEDTLS_ECP_NO_INTERNAL_RNG
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21

// Keys and certificates
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_CHECK_KEY_USAGE
#define MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE
#define MBEDTLS_X509_MAX_INTERMEDIATE_CA 3

// TLS
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_ALPN
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET

#include <mbedtls/check_config.h>
