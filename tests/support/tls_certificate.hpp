#pragma once

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace bm::test {

/// Writes a new key and a certificate of its own for localhost and 127.0.0.1 into one file.
inline void write_tls_certificate(const std::string& file) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> out(std::fopen(file.c_str(), "w"),
                                                                 std::fclose);
    if (!key || !certificate || !out) throw std::runtime_error("cannot make a certificate");
    X509* const cert = certificate.get();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86'400);
    X509_set_pubkey(cert, key.get());
    X509_NAME* const name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(cert, name);
    for (const auto& [id, value] : {std::pair{NID_basic_constraints, "critical,CA:TRUE"},
                                    {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"}}) {
        const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, id, value), X509_EXTENSION_free);
        X509_add_ext(cert, extension.get(), -1);
    }
    if (X509_sign(cert, key.get(), EVP_sha256()) == 0 ||
        PEM_write_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_X509(out.get(), cert) != 1) {
        throw std::runtime_error("cannot write a certificate");
    }
}

}  // namespace bm::test
