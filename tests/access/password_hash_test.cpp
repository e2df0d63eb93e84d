#include "access/password_hash.hpp"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using bm::PasswordCost;
using bm::PasswordHasher;
using Verdict = bm::PasswordHasher::Verdict;

namespace {
constexpr PasswordCost kCheap{4, 2, 1};
}

TEST_CASE("a password is known by its hash alone, and each hash has salt of its own") {
    PasswordHasher hasher(kCheap);
    const std::string hash = hasher.hash("correct horse battery").value();
    CHECK(hash.starts_with("$scrypt$ln=4,r=2,p=1$"));
    CHECK(hash.find("horse") == std::string::npos);
    CHECK(hash != hasher.hash("correct horse battery").value());
    CHECK(hasher.verify("correct horse battery", hash) == Verdict::right);
    CHECK(hasher.verify("correct horse batterY", hash) == Verdict::wrong);
    CHECK(hasher.verify("", hash) == Verdict::wrong);
    CHECK(hasher.verify(std::string(100'000, 'x'), hash) == Verdict::wrong);
    CHECK(hasher.verify_nobody("correct horse battery") == Verdict::wrong);
}

TEST_CASE("the second vector of RFC 7914 is verified") {
    // scrypt("password", "NaCl", N=1024, r=8, p=16, 64) begins with these 32 bytes.
    PasswordHasher hasher(kCheap);
    CHECK(hasher.verify(
              "password",
              "$scrypt$ln=10,r=8,p=16$TmFDbA$_bq-HJ00cgB4VucZDQHp_nxq18vII3gw53N2Y0s3MWI") ==
          Verdict::right);
}

TEST_CASE("somebody who does not exist costs the same work") {
    PasswordHasher hasher(kCheap);
    const std::string hash = hasher.hash("correct horse battery").value();
    CHECK(hasher.computed() == 1);
    (void)hasher.verify("wrong horse battery", hash);
    CHECK(hasher.computed() == 2);
    (void)hasher.verify_nobody("wrong horse battery");
    CHECK(hasher.computed() == 3);
    (void)hasher.verify("x", "no hash of ours");
    CHECK(hasher.computed() == 4);
}

TEST_CASE("two at a time, and one place that strangers cannot take") {
    PasswordHasher hasher(PasswordCost{10, 8, 1});
    const std::string hash = hasher.hash("correct horse battery").value();
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] { (void)hasher.verify("wrong horse battery", hash); });
        }
    }
    CHECK(hasher.computed() == 9);
    CHECK(hasher.most_at_once() <= 2);
    CHECK(hasher.verify("correct horse battery", hash, PasswordHasher::Caller::known) ==
          Verdict::right);
}

TEST_CASE("a hash that was cheaper than today's is right and asks to be made anew") {
    const std::string old = PasswordHasher(kCheap).hash("correct horse").value();
    PasswordHasher dearer(PasswordCost{5, 2, 1});
    CHECK(dearer.verify("correct horse", old) == Verdict::right_but_cheap);
    CHECK(dearer.verify("wrong horse", old) == Verdict::wrong);
    const std::string dear = dearer.hash("correct horse").value();
    CHECK(PasswordHasher(kCheap).verify("correct horse", dear) == Verdict::right);
}

TEST_CASE("what is no hash of ours, or asks for too much, matches no password") {
    PasswordHasher hasher(kCheap);
    for (const char* stored :
         {"", "x", "$scrypt$", "$bcrypt$ln=4,r=2,p=1$AAAA$AAAA", "$scrypt$ln=4,r=2$AAAA$AAAA",
          "$scrypt$ln=40,r=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "$scrypt$ln=4,r=2,p=0$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "$scrypt$ln=-4,r=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
        CAPTURE(stored);
        CHECK(hasher.verify("", stored) == Verdict::wrong);
        CHECK(hasher.verify("x", stored) == Verdict::wrong);
    }
}

TEST_CASE("short, endless and uniform passwords are refused, long ones of plain words are not") {
    CHECK_FALSE(bm::password_weakness("").empty());
    CHECK_FALSE(bm::password_weakness("12345678").empty());
    CHECK_FALSE(bm::password_weakness("aaaaaaaaaaaaaa").empty());
    CHECK_FALSE(bm::password_weakness(std::string(513, 'x') + "y").empty());
    CHECK_FALSE(bm::password_weakness("has a\ttab inside").empty());
    CHECK_FALSE(bm::password_weakness("\xe4\xf6\xfc of Latin-1 here").empty());
    CHECK_FALSE(bm::password_weakness("1234567890").empty());
    CHECK_FALSE(bm::password_weakness("QwertyUIOP").empty());
    CHECK_FALSE(bm::password_weakness("adalovelaceadalovelace", "AdaLovelace").empty());
    CHECK(bm::password_weakness("adalovelace sings", "adalovelace").empty());
    CHECK(bm::password_weakness("ten letter").empty());
    CHECK(bm::password_weakness(
              "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6")
              .empty());
}
