#include "repository/checksum.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

TEST_CASE("a checksum is the SHA-256 of the bytes") {
    const struct {
        std::string bytes;
        const char* hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},

        {std::string(1'000'000, 'a'),
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.hex);
        CHECK(bm::checksum_of(each.bytes).hex() == each.hex);
        CHECK(bm::checksum_of(each.bytes).short_hex() ==
              bm::checksum_of(each.bytes).hex().substr(0, 8));
    }
}

TEST_CASE("a stream gives the same checksum however the bytes are cut") {
    std::string bytes;
    for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 31 % 251);
    for (const std::size_t piece : {1U, 63U, 64U, 65'536U, 1'000'000U}) {
        CAPTURE(piece);
        bm::ChecksumStream stream;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            stream.add(std::string_view(bytes).substr(at, piece));
        }
        CHECK(stream.finish() == bm::checksum_of(bytes));
    }
}

TEST_CASE("a finished stream starts afresh") {
    bm::ChecksumStream stream;
    stream.add("first");
    CHECK(stream.finish() == bm::checksum_of("first"));
    stream.add("second");
    CHECK(stream.finish() == bm::checksum_of("second"));
    CHECK(stream.finish() == bm::checksum_of(""));
}

TEST_CASE("raw bytes make the checksum again and only 32 of them") {
    const auto sum = bm::checksum_of("x");
    CHECK(bm::Checksum::from_raw(sum.raw()) == sum);
    CHECK_FALSE(bm::Checksum::from_raw(sum.raw().substr(1)));
    CHECK_FALSE(bm::Checksum::from_raw(""));
    CHECK_FALSE(bm::Checksum::from_raw(std::string(33, 'x')));
}

TEST_CASE("threads compute checksums at the same time") {
    std::vector<std::jthread> threads;
    std::vector<int> right(8, 0);
    for (std::size_t i = 0; i < right.size(); ++i) {
        threads.emplace_back([&right, i] {
            for (int round = 0; round < 500; ++round) {
                const std::string bytes(i * 100 + static_cast<std::size_t>(round), 'x');
                bm::ChecksumStream stream;
                stream.add(bytes);
                if (stream.finish() == bm::checksum_of(bytes)) ++right[i];
            }
        });
    }
    threads.clear();
    for (const int count : right) CHECK(count == 500);
}

TEST_CASE("new UUIDs are random ones of version 4 and never repeat") {
    std::set<std::string> seen;
    for (int i = 0; i < 2'000; ++i) {
        const std::string uuid = bm::new_uuid();
        REQUIRE(uuid.size() == 36);
        CHECK(uuid[14] == '4');
        CHECK(std::string_view("89ab").find(uuid[19]) != std::string_view::npos);
        CHECK(bm::uuid_text(*bm::uuid_bytes(uuid)) == uuid);
        CHECK(seen.insert(uuid).second);
    }
}

TEST_CASE("a UUID is known in every usual spelling") {
    const std::string plain = "550e8400-e29b-41d4-a716-446655440000";
    for (const char* spelling :
         {"550e8400-e29b-41d4-a716-446655440000", "550E8400-E29B-41D4-A716-446655440000",
          "550e8400e29b41d4a716446655440000", "{550e8400-e29b-41d4-a716-446655440000}",
          "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
          "URN:UUID:550E8400E29B41D4A716446655440000"}) {
        CAPTURE(spelling);
        REQUIRE(bm::uuid_bytes(spelling));
        CHECK(bm::uuid_text(*bm::uuid_bytes(spelling)) == plain);
    }
    for (const char* other :
         {"", "note", "550e8400-e29b-41d4-a716-44665544000",
          "550e8400-e29b-41d4-a716-4466554400000", "550e8400-e29b-41d4-a716-44665544000g",
          "550e8400e29b-41d4-a716-446655440000", "55-0e8400-e29b-41d4-a716-446655440000",
          "{550e8400-e29b-41d4-a716-446655440000", "{}", "550e8400-e29b-41d4-a716 446655440000",
          "a-really-long-permalink-that-is-no-id"}) {
        CAPTURE(other);
        CHECK_FALSE(bm::uuid_bytes(other));
    }
}

TEST_CASE("the permalink of an observation holds its note and category and content") {
    CHECK(bm::observation_permalink("specs/search", "tech", "SQLite has FTS5") ==
          "specs/search/observations/tech/sqlite-has-fts5");
    CHECK(bm::observation_permalink("specs/search", "tech", "a/b c") ==
          "specs/search/observations/tech/a/b-c");
    // A tail that looks like a file's suffix goes, as with every permalink.
    CHECK(bm::observation_permalink("n", "how", "see config.json") ==
          "n/observations/how/see-config");
}

TEST_CASE("13.1 item 53: long observations that begin alike get distinct permalinks") {
    const std::string start(200, 'a');
    const auto exact = bm::observation_permalink("n", "c", start);
    const auto first = bm::observation_permalink("n", "c", start + "b");
    const auto second = bm::observation_permalink("n", "c", start + "c");
    CHECK(exact == "n/observations/c/" + start);
    CHECK(first != second);
    CHECK(first == exact + '-' + bm::checksum_of(start + "b").hex().substr(0, 12));
    // Two hundred characters, not bytes.
    std::string wide;
    for (int i = 0; i < 200; ++i) wide += "中";
    CHECK(bm::observation_permalink("n", "c", wide) == "n/observations/c/" + wide);
}

TEST_CASE("the permalink of a relation joins both ends") {
    CHECK(bm::relation_permalink("specs/search", "relates_to", "specs/index") ==
          "specs/search/relates-to/specs/index");
    CHECK(bm::relation_permalink("notes/A b.md", "is part of", "Not There Yet") ==
          "notes/a-b.md/is-part-of/not-there-yet");
}
