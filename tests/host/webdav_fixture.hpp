#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/host_answers.hpp"
#include "host/webdav.hpp"
#include "repository/file_status.hpp"
#include "repository/old_digest.hpp"
#include "server/http_server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm::test {

class TokenAuthorizer final : public Authorizer {
public:
    [[nodiscard]] std::variant<Principal, HttpResponse> authorize(
        const HttpRequest& request) override {
        const auto field = request.fields.find("authorization").value_or("");
        if (field == "Bearer ann") return Principal{"ann", Scope::write, {}, {}};
        if (field == "Bearer reader") return Principal{"ann", Scope::read, {}, {}};
        if (field == "Bearer bound") return Principal{"ann", Scope::write, "main", {}};
        if (field == "Bearer bob") return Principal{"bob", Scope::write, {}, {}};
        return detail_response(401, "Who are you?");
    }
    [[nodiscard]] HttpResponse refuse_scope(Scope) override {
        return detail_response(403, "Not with this token.");
    }
};

/// Keeps what it is shown in memory.
class RecordingCare final : public TreeCare {
public:
    struct Kept {
        std::string path;
        std::string bytes;
        HistoryAction action;
        bool is_withdrawn = false;
    };

    std::optional<KeptVersion> keep(int folder, const std::string& name, std::string_view path,
                                    HistoryAction action) override {
        if (before_keeping) std::exchange(before_keeping, nullptr)();
        const Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC));
        const auto status = status_of(file.number());
        if (!status || !path.ends_with(".md")) return std::nullopt;
        std::string bytes(static_cast<std::size_t>(status->stamp.size), '\0');
        REQUIRE(::pread(file.number(), bytes.data(), bytes.size(), 0) == status->stamp.size);
        const std::size_t number = kept.size();
        kept.push_back({std::string(path), std::move(bytes), action});
        if (after_keeping) std::exchange(after_keeping, nullptr)();
        return KeptVersion{status->stamp, [this, number] { kept[number].is_withdrawn = true; }};
    }
    [[nodiscard]] bool needs_folder(std::string_view path) override { return path == needed; }
    void gone(std::string_view path) override { gone_paths.emplace_back(path); }
    [[nodiscard]] std::string shown(std::string sentence) const override { return sentence; }

    /// What was kept under a path and lost afterwards.
    [[nodiscard]] std::vector<std::string> lost(std::string_view path) const {
        std::vector<std::string> all;
        for (const Kept& one : kept) {
            if (one.path == path && !one.is_withdrawn) all.push_back(one.bytes);
        }
        return all;
    }

    std::vector<Kept> kept;
    std::vector<std::string> gone_paths;
    std::string needed = "nothing";
    std::function<void()> before_keeping;  ///< once, as if another program came in between
    std::function<void()> after_keeping;
};

/// One tree, which only Ann sees.
class OneTree final : public ServedTrees {
public:
    explicit OneTree(std::filesystem::path root) : root_(std::move(root)) {}
    [[nodiscard]] Result<ServedTree> find(const Principal& caller, std::string_view name) override {
        if (is_busy) return fail(Fault::unavailable, "Too much to do.");
        if (caller.id != "ann" || name != "space") return fail(Fault::not_found, "Nothing there.");
        return ServedTree{root_,
                          hashes,
                          [this](std::string_view path) {
                              const std::scoped_lock lock(mutex);
                              changes.emplace_back(path);
                          },
                          care,
                          {}};
    }
    [[nodiscard]] Result<std::vector<std::string>> names(const Principal& caller) override {
        if (caller.id != "ann") return std::vector<std::string>();
        return std::vector<std::string>{"space"};
    }
    std::mutex mutex;
    std::vector<std::string> changes;
    std::shared_ptr<FileHashes> hashes = std::make_shared<FileHashes>(1000);
    std::shared_ptr<RecordingCare> care;
    std::atomic<bool> is_busy = false;

private:
    std::filesystem::path root_;
};

/// A server of nothing but the files of one tree.
struct DavFixture {
    TemporaryFolder folder;
    std::filesystem::path root = folder.path() / "root";
    std::string log;
    TokenAuthorizer authorizer;
    std::atomic<std::chrono::seconds> later{std::chrono::seconds(0)};
    OneTree trees{root};
    WebDav webdav{{.authorizer = authorizer,
                   .trees = trees,
                   .prefix = "/webdav",
                   .log = [this](LogLevel, std::string_view text) { log += text; },
                   .origin = "https://cloud.example.com",
                   .largest_file = 1'000'000,
                   .now = now()}};
    struct Service final : HttpService {
        explicit Service(WebDav& dav) : webdav(dav) {}
        void serve(HttpExchange& exchange) override { webdav.serve(exchange); }
        WebDav& webdav;
    } service{webdav};
    std::unique_ptr<HttpServer> server = std::move(*HttpServer::open(service, {}));

    DavFixture() { std::filesystem::create_directories(root); }

    HttpReply ask(std::string_view method, std::string_view path, FieldList fields = {},
                  std::string_view body = {}) const {
        return ask_at(*server, method, path, std::move(fields), body);
    }
    /// As Ann, unless the fields say otherwise.
    static HttpReply ask_at(const HttpServer& at, std::string_view method, std::string_view path,
                            FieldList fields, std::string_view body) {
        bool has_credentials = false;
        for (const auto& [name, value] : fields) has_credentials |= name == "Authorization";
        if (!has_credentials) fields.emplace_back("Authorization", "Bearer ann");
        HttpClient client(at.port());
        client.write(http_request(method, path, fields, body));
        return client.read();
    }
    [[nodiscard]] UnfinishedUploads::Now now() {
        return [this] { return std::chrono::steady_clock::now() + later.load(); };
    }
    std::string on_disk(const std::string& name) const { return folder.read("root/" + name); }

    /// The same files after a start of the host.
    struct Restarted {
        explicit Restarted(DavFixture& before)
            : webdav({.authorizer = before.authorizer,
                      .trees = before.trees,
                      .prefix = "/webdav",
                      .now = before.now()}) {}
        HttpReply ask(std::string_view method, std::string_view path, FieldList fields = {},
                      std::string_view body = {}) const {
            return ask_at(*server, method, path, std::move(fields), body);
        }

        WebDav webdav;
        Service service{webdav};
        std::unique_ptr<HttpServer> server = std::move(*HttpServer::open(service, {}));
    };
};

inline std::string md5_of(std::string_view text) {
    OldDigestStream digest(OldDigest::md5);
    digest.add(text);
    return digest.finish();
}

}  // namespace bm::test
