#include "cloud/project_exchange.hpp"
#include "tests/cloud/exchange_rig.hpp"

using namespace bm;
using namespace bm::test;

TEST_CASE("prune finds what the user's rules leave out, and deletes exactly that") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.there("n.md", "n");
    it.there("old.log", "l");
    it.there("keep.log", "k");
    it.there("deep/other.log", "o");
    // The project lets one in that the user's rules leave out.
    it.here(".bmignore", "!keep.log\n");
    SyncContext context = it.device().context();
    context.make_filter = rules_of("*.log\n");
    const auto view = look_at_host(context);
    REQUIRE(view);
    const auto found = unwanted_in_cloud(context, *view, "p");
    REQUIRE(found);
    CHECK(*found == std::vector<std::string>{"deep/other.log", "old.log"});
    CHECK(it.theirs().size() == 4);
    REQUIRE(delete_in_cloud(context, *view, "p", {}));
    CHECK(it.theirs().size() == 4);
    REQUIRE(delete_in_cloud(context, *view, "p", *found));
    CHECK(it.theirs() == Tree{{"keep.log", "k"}, {"n.md", "n"}});
    CHECK_FALSE(unwanted_in_cloud(context, *view, "q"));
}

TEST_CASE("prune of a project in the space goes by the rules of the space") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.device().config.settings.attached.clear();
    it.device().write("p/.bmignore", "!keep.log\n/own\n");
    for (const char* name : {"drafts/d.md", "docs/private/q.md", "old/o.md", "own/w.md", "keep.log",
                             "x.log", "n.md", "big.pdf.partial", ".basic-memory/x"})
        it.there(name, name);
    SyncContext context = it.device().context();
    context.make_filter = rules_of("/drafts\ndocs/private\n/p/old\n*.log\n");
    const auto view = look_at_host(context);
    REQUIRE(view);
    const auto found = unwanted_in_cloud(context, *view, "p");
    REQUIRE(found);
    // What the space keeps in step is wanted: there the rules begin at its root.
    // What only the project leaves out, and what is never synced, was put there by somebody else.
    CHECK(*found == std::vector<std::string>{"old/o.md", "x.log"});
    CHECK(knows_rules_of(context, *view, "p"));
    REQUIRE(delete_in_cloud(context, *view, "p", *found));
    CHECK(it.theirs().size() == 7);
}

TEST_CASE("prune of a project deeper in the space keeps what the space keeps") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.device().config.settings.attached.clear();
    it.device().host.known = {{"p", "id-p", "p/deep", false}};
    SyncContext context = it.device().context();
    const auto unknown = look_at_host(context);
    REQUIRE(unknown);
    CHECK_FALSE(knows_rules_of(context, *unknown, "p"));
    CHECK_FALSE(knows_rules_of(context, *unknown, "q"));
    // The space reads the rules of the folders directly below it.
    it.device().write("p/.bmignore", "!keep.log\n");
    it.device().write("p/deep/.bmignore", "!other.log\n");
    for (const char* name : {"deep/keep.log", "deep/other.log", "deep/n.md"}) it.there(name, name);
    context.make_filter = rules_of("*.log\n");
    const auto view = look_at_host(context);
    REQUIRE(view);
    // The project's own rules are not among them, and whoever prunes is asked.
    CHECK_FALSE(knows_rules_of(context, *view, "p"));
    const auto found = unwanted_in_cloud(context, *view, "p");
    REQUIRE(found);
    CHECK(*found == std::vector<std::string>{"other.log"});
}
