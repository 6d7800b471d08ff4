// SPDX-License-Identifier: Apache-2.0
// Certificates and keys that programs hand over as DER, as OpenSSL reads them then.
#include "esp/src/pem.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <cstring>
#include <memory>
#include <vector>

namespace updraft::esp {
namespace {

TEST(FacadePem, TurnsDerOfEachLengthIntoPemThatCanBeRead) {
  for (std::size_t size = 0x22; size < 0x70; ++size) {
    std::vector<unsigned char> der(size, 0x5A);
    der[0] = 0x30;
    der[1] = static_cast<unsigned char>(size - 2);
    const auto pem = CertificatesAsPem(der.data(), der.size());
    ASSERT_TRUE(pem) << size;
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), &BIO_free);
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    ASSERT_EQ(PEM_read_bio(in.get(), &name, &header, &data, &length), 1) << size << "\n" << *pem;
    EXPECT_STREQ(name, "CERTIFICATE");
    EXPECT_STREQ(header, "");
    EXPECT_EQ(std::vector<unsigned char>(data, data + length), der);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }
}

TEST(FacadePem, NamesEachFormOfAKey) {
  struct Case {
    std::vector<unsigned char> inner;
    const char* label;
  };
  for (const auto& [inner, label] : {Case{{0x02, 0x01, 0x00, 0x30}, "PRIVATE KEY"},
                                     Case{{0x02, 0x01, 0x00, 0x02}, "RSA PRIVATE KEY"},
                                     Case{{0x02, 0x01, 0x01, 0x04}, "EC PRIVATE KEY"},
                                     Case{{0x30, 0x57, 0x06, 0x09}, "ENCRYPTED PRIVATE KEY"}}) {
    std::vector<unsigned char> der{0x30, 0x40};
    der.insert(der.end(), inner.begin(), inner.end());
    der.resize(0x42);
    const auto pem = PrivateKeyAsPem(der.data(), der.size());
    ASSERT_TRUE(pem);
    EXPECT_EQ(pem->substr(0, pem->find('\n')), std::string("-----BEGIN ") + label + "-----");
  }
  EXPECT_FALSE(PrivateKeyAsPem("neither", 8));
  EXPECT_FALSE(PrivateKeyAsPem(nullptr, 0));
}

}  // namespace
}  // namespace updraft::esp
