#include <doctest/doctest.h>
#include <unistd.h>

#include "cloud/bisync_listing.hpp"
#include "cloud/rclone_log.hpp"
#include "cloud/rclone_program.hpp"
#include "cloud/rclone_run.hpp"
#include "cloud/remote_listing.hpp"
#include "cloud/scope.hpp"
#include "cloud/session_name.hpp"

using namespace bm;

TEST_CASE("versions of rclone are read, and nothing else is taken for one") {
    const auto debian = parse_rclone_version("rclone v1.60.1-DEV");
    REQUIRE(debian);
    CHECK(debian->minor == 60);
    CHECK(debian->text == "1.60.1-DEV");
    CHECK(debian->is_at_least(1, 58));
    CHECK_FALSE(debian->is_at_least(1, 66));
    CHECK(parse_rclone_version("rclone v1.66")->is_at_least(1, 66));
    CHECK(parse_rclone_version("rclone v2.0.0")->is_at_least(1, 66));
    for (const char* wrong : {"", "rclone", "rclone v", "rclone v1", "rclone v1.x", "v1.66.0",
                              "rclone v1.66.0x", "rclone v-1.66"}) {
        CHECK_FALSE_MESSAGE(parse_rclone_version(wrong), wrong);
    }
}

TEST_CASE("two-way runs need 1.66, one-way runs 1.58") {
    const auto program = [](const char* version) {
        return RcloneProgram{"/usr/bin/rclone",
                             parse_rclone_version(std::string("rclone v") + version)};
    };
    CHECK(check_rclone(program("1.66.0"), RcloneNeed::two_way));
    CHECK(check_rclone(program("1.58.0"), RcloneNeed::one_way));
    const auto old = check_rclone(program("1.60.1-DEV"), RcloneNeed::two_way);
    REQUIRE_FALSE(old);
    CHECK(old.error().fault == CloudFault::rclone_too_old);
    CHECK(old.error().message.starts_with(
        "rclone 1.60.1-DEV is too old: version 1.66 or newer is required"));
    CHECK(old.error().hint == "Run: bm cloud setup");
    CHECK_FALSE(check_rclone(program("1.57.0"), RcloneNeed::one_way));
    CHECK(check_rclone({"/x", std::nullopt}, RcloneNeed::one_way));
    CHECK_FALSE(check_rclone({"/x", std::nullopt}, RcloneNeed::two_way));
}

TEST_CASE("a child gets our environment without what would change rclone") {
    const auto kept =
        rclone_environment({"PATH=/bin", "AWS_CA_BUNDLE=/x", "RCLONE_CONFIG=/c", "RCLONE_DRY_RUN=1",
                            "LC_ALL=de_DE", "AWSOME=1", "BM_STARTED_BY=1"});
    CHECK(kept == std::vector<std::string>{"PATH=/bin", "RCLONE_CONFIG=/c", "AWSOME=1",
                                           "LC_ALL=C.UTF-8",
                                           "BM_STARTED_BY=" + std::to_string(::getpid())});
}

TEST_CASE("session names are those of rclone") {
    CHECK(bisync_session_name("/home/u/notes", "basic-memory-cloud:bucket/research") ==
          "home_u_notes..basic-memory-cloud_bucket_research");
    CHECK(bisync_session_name("/a b/c*d?e\\f/", "r:b/ü x/") == "a_b_c_d_e_f..r_b_ü_x");
}

TEST_CASE("a listing is read whole or not at all") {
    const std::string head = "# bisync listing v1 from 2026-11-30T06:10:36.301731390+0000\n";
    const auto set = parse_bisync_listing(
        head + "d       -1 - - 2026-11-30T06:10:32.085996924+0000 \"empty\"\n" +
        "-        7 md5:x - 2026-11-30T07:10:31.993996924+0100 \"a "
        "\\\"b\\\"\\n\\u00e9\\xff.md\"\n");
    REQUIRE(set);
    CHECK(count_files(*set) == 1);
    CHECK(set->at("empty").is_folder);
    const auto& file = set->at("a \"b\"\n\u00e9\xff.md");
    CHECK(file.size == 7);
    CHECK(file.modified_ns == 1'796'019'031'993'996'924);
    CHECK(parse_bisync_listing(head));
    CHECK_FALSE(parse_bisync_listing(""));
    CHECK_FALSE(parse_bisync_listing("- 7 - - 2026-11-30T06:10:31Z \"x\"\n"));
    CHECK_FALSE(parse_bisync_listing(head + "- 7 - - 2026-11-30T06:10:31.9+0000 \"x\""));
    CHECK_FALSE(parse_bisync_listing(head + "- 7 - - 2026-11-30T06:1\n"));
    CHECK_FALSE(parse_bisync_listing(head + "- 7 - - 2026-11-30T06:10:31.9+0000 \"x\n"));
    CHECK(parse_bisync_listing(empty_bisync_listing()));
}

TEST_CASE("what lsjson prints is read") {
    const auto set = parse_lsjson(
        R"([{"Path":"a/b.md","Name":"b.md","Size":3,"ModTime":"2026-11-30T06:10:31Z","IsDir":false},
            {"Path":"a","Name":"a","Size":-1,"ModTime":"","IsDir":true}])");
    REQUIRE(set);
    CHECK(set->at("a/b.md").modified_ns == 1'796'019'031'000'000'000);
    CHECK(set->at("a").is_folder);
    CHECK_FALSE(parse_lsjson("[{\"Pa"));
    CHECK_FALSE(parse_lsjson("[{}]"));
}

TEST_CASE("lines of the log tell what happened to files") {
    FileActionReader reader;
    const auto add = [&reader](const std::string& message, const std::string& object = "",
                               const std::string& type = "*webdav.Object") {
        reader.add({"info", message, object, type, std::nullopt});
    };
    add("Moved (server-side) to: c.md.conflict1", "c.md", "*local.Object");
    add("Deleted", "c.md", "*local.Object");  // of a move that the storage cannot do
    add("- Path2             Do queued copies to                         - Path1");
    add("Copied (new)", "down.md");
    add("Multi-thread Copied (new)", "large.iso");
    add("Moved (server-side)", "over.md", "*local.Object");
    add("Copied (new)", "over.md");
    add("Moved (server-side)", "gone.md", "*local.Object");
    add("Moved into backup dir", "gone.md", "*local.Object");
    add("- Path1             Do queued copies to                         - Path2");
    add("Copied (replaced existing)", "up.md", "*local.Object");
    add("Deleted", "away.md");
    FileActions expected;
    expected.downloaded = {"down.md", "large.iso", "over.md"};
    expected.uploaded = {"up.md"};
    expected.deleted_local = {"gone.md"};
    expected.deleted_remote = {"away.md"};
    expected.conflicts = {{"c.md", {"c.md.conflict1"}}};
    CHECK(reader.actions() == expected);
}

TEST_CASE("a line of the log is JSON or nothing") {
    const auto line = parse_rclone_line(
        R"({"level":"notice","msg":"x","stats":{"bytes":5,"totalBytes":9,"transfers":1,"totalTransfers":2,"eta":null,"speed":1.5,"transferring":[{"name":"n.md"}]}})");
    REQUIRE(line);
    REQUIRE(line->stats);
    CHECK(line->stats->total_bytes == 9);
    CHECK(line->stats->current == "n.md");
    CHECK_FALSE(line->stats->eta);
    CHECK_FALSE(parse_rclone_line("Error: unknown flag"));
    CHECK_FALSE(parse_rclone_line("{\"level\":"));
    CHECK_FALSE(parse_rclone_line("{}"));
}

TEST_CASE("phrases tell why a run failed") {
    using enum RcloneTrouble;
    CHECK(trouble_in("Prior lock file found: /x") == lock_file);
    CHECK(trouble_in("Safety abort: too many deletes (>5%, 7 of 11) on Path1") == too_many_deletes);
    CHECK(trouble_in("all files were changed on Path1") == all_changed);
    CHECK(trouble_in("Empty current Path1 listing. Cannot sync") == empty_side);
    CHECK(trouble_in("empty prior Path1 listing") == empty_baseline);
    CHECK(trouble_in("dial tcp 127.0.0.1:1: connect: connection refused") == network);
    CHECK(trouble_in("read metadata failed: 401 Unauthorized") == credentials);
    CHECK(trouble_in("InvalidAccessKeyId: no") == credentials);
    CHECK(trouble_in("write x: no space left on device") == disk_full);
    CHECK(trouble_in("Bisync aborted. Must run --resync to recover.") == baseline_lost);
    CHECK(trouble_in("unknown flag: --color") == unknown_flag);
    CHECK(trouble_in("nothing special") == none);
}

TEST_CASE("folders of projects are the same however a host spells them") {
    for (const char* spelling : {"/app/data/x", "app/data/x", "/x", "x", "x/"}) {
        CHECK(normalized_dir(spelling) == "x");
    }
    CHECK(state_name("research", "t") == "research");
    CHECK(state_name("a/b", "t") == "p-a-b");
    CHECK(state_name("..", "t").starts_with("p-"));
    CHECK(state_name("t", "t").starts_with("p-"));
    CHECK(state_name(std::string(300, 'x'), "t").size() < 210);
}

TEST_CASE("into a trash on another file system a file is moved by a copy and a deletion") {
    FileActionReader reader;
    const auto say = [&reader](const char* message, const char* object) {
        reader.add({"info", message, object, "*local.Object", std::nullopt});
    };
    reader.add({"info", "Do queued copies to - Path1", "", "", std::nullopt});
    say("Copied (new)", "replaced.md");
    say("Copied (new)", "gone.md");
    say("Deleted", "replaced.md");
    say("Copied (new)", "replaced.md");
    say("Deleted", "gone.md");
    say("Moved into backup dir", "gone.md");
    CHECK(reader.actions().downloaded == std::vector<std::string>{"replaced.md"});
    CHECK(reader.actions().deleted_local == std::vector<std::string>{"gone.md"});
    CHECK(reader.actions().uploaded.empty());
    CHECK(reader.actions().deleted_remote.empty());
}
