#include "repository/crypto.hpp"

#include <set>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
    return bytes;
}

}  // namespace

TEST_CASE("random bytes have the length asked for and do not repeat") {
    CHECK(bm::random_bytes(0).empty());
    CHECK(bm::random_bytes(1000).size() == 1000);
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) seen.insert(bm::random_bytes(16));
    CHECK(seen.size() == 100);
}

TEST_CASE("base64url writes the vectors of RFC 4648 without padding and reads nothing else") {
    const struct {
        std::string bytes;
        const char* text;
    } cases[] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "-__-"},
        {std::string(3, '\0'), "AAAA"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        CHECK(bm::base64url(each.bytes) == each.text);
        CHECK(bm::base64url_bytes(each.text) == each.bytes);
    }
    for (const char* bad :
         {"Z", "Zg==", "Zh", "Zm9=", "Zm 9", "Zm9v\n", "+/+/", "Zm9vZ", "Zm9\xc3"}) {
        CAPTURE(bad);
        CHECK_FALSE(bm::base64url_bytes(bad));
    }
    for (std::size_t length = 0; length < 70; ++length) {
        const std::string bytes = bm::random_bytes(length);
        CHECK(bm::base64url_bytes(bm::base64url(bytes)) == bytes);
    }
}

TEST_CASE("HMAC-SHA-256 gives the results of RFC 4231") {
    CHECK(bm::hmac_sha256(std::string(20, '\x0b'), "Hi There") ==
          from_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    CHECK(bm::hmac_sha256("Jefe", "what do ya want for nothing?") ==
          from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    CHECK(bm::hmac_sha256(std::string(131, '\xaa'),
                          "Test Using Larger Than Block-Size Key - Hash Key First") ==
          from_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

TEST_CASE("HKDF gives the third result of RFC 5869, which has neither salt nor info") {
    CHECK(bm::hkdf_sha256(std::string(22, '\x0b'), "", 42) ==
          from_hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                   "9d201395faa4b61a96c8"));
    CHECK(bm::hkdf_sha256("secret", "one", 32) != bm::hkdf_sha256("secret", "two", 32));
    CHECK_THROWS_AS((void)bm::hkdf_sha256("secret", "", 8161), std::length_error);
}

TEST_CASE("a comparison in constant time compares") {
    CHECK(bm::equal_in_constant_time("", ""));
    CHECK(bm::equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(bm::equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(bm::equal_in_constant_time("abc", "ab"));
    CHECK_FALSE(bm::equal_in_constant_time("abc", ""));
}

TEST_CASE("what is sealed opens whole, by the same key, purpose and context only") {
    const std::string secret = bm::random_bytes(32);
    const bm::Sealer sealer(secret, "states");
    for (const std::string& plain : {std::string(), std::string("x"), std::string(5000, 'y')}) {
        const std::string sealed = sealer.seal(plain, "alice");
        CHECK(sealed != sealer.seal(plain, "alice"));
        CHECK(sealer.open(sealed, "alice") == plain);
        CHECK(bm::Sealer(secret, "states").open(sealed, "alice") == plain);
        CHECK_FALSE(sealer.open(sealed, "bob"));
        CHECK_FALSE(bm::Sealer(secret, "tasks").open(sealed, "alice"));
        CHECK_FALSE(bm::Sealer(bm::random_bytes(32), "states").open(sealed, "alice"));
        CHECK_FALSE(sealer.open(sealed.substr(1), "alice"));
        CHECK_FALSE(sealer.open(sealed + "z", "alice"));
    }
    const std::string sealed = sealer.seal("four", "");
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        std::string changed = sealed;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK_FALSE(sealer.open(changed, ""));
        CHECK_FALSE(sealer.open(std::string_view(sealed).substr(0, at), ""));
    }
}
