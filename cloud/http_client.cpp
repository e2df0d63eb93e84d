#include "cloud/http_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <mutex>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/percent_coding.hpp"
#include "markdown/text.hpp"
#include "repository/descriptor.hpp"
#include "repository/folder_walk.hpp"
#include "sync/curl_library.hpp"

namespace bm {

namespace {

constexpr long kConnectMs = 10'000;
constexpr std::size_t kMostHeaderBytes = 64 * std::size_t{1024};
constexpr std::size_t kMostKept = 8;

/// One transfer and what its callbacks know.
struct Transfer {
    const HttpCall& call;
    HttpAnswer answer = {};
    Descriptor upload{-1};
    std::size_t header_bytes = 0;
    bool told_head = false;
    bool ended_by_caller = false;
    bool was_too_long = false;
    int read_error = 0;

    std::mutex socket_mutex = {};
    int socket = -1;

    [[nodiscard]] bool tell_head() {
        if (std::exchange(told_head, true) || !call.on_head || call.on_head(answer)) return true;
        ended_by_caller = true;
        return false;
    }
};

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t size = one * count;
    if (!transfer.tell_head()) return 0;
    if (transfer.call.on_piece) {
        if (transfer.call.on_piece({bytes, size})) return size;
        transfer.ended_by_caller = true;
        return 0;
    }
    if (transfer.answer.body.size() + size > transfer.call.most_bytes) {
        transfer.was_too_long = true;
        return 0;
    }
    transfer.answer.body.append(bytes, size);
    return size;
}

std::size_t take_header(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string_view line(bytes, one * count);
    transfer.header_bytes += line.size();
    if (transfer.header_bytes > kMostHeaderBytes) return 0;
    if (line.starts_with("HTTP/")) {
        // A new answer: what came before was an interim one.
        transfer.answer.headers.clear();
        const std::size_t space = line.find(' ');
        transfer.answer.status = 0;
        for (std::size_t at = space + 1; at < line.size() && at <= space + 3; ++at) {
            if (line[at] >= '0' && line[at] <= '9')
                transfer.answer.status = transfer.answer.status * 10 + (line[at] - '0');
        }
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
        transfer.answer.headers.emplace_back(to_lower(line.substr(0, colon)),
                                             trim(line.substr(colon + 1)));
    }
    return line.size();
}

std::size_t give_body(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    while (true) {
        const ssize_t got = ::read(transfer.upload.number(), bytes, one * count);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno == EINTR) continue;
        transfer.read_error = errno;
        return CURL_READFUNC_ABORT;
    }
}

curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::scoped_lock lock(transfer.socket_mutex);
    if (transfer.call.stop.stop_requested()) return CURL_SOCKET_BAD;
    transfer.socket =
        ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return transfer.socket;
}

/// A kept connection is closed long after its transfer: nobody else is told then.
int close_socket(void*, curl_socket_t socket) { return ::close(socket); }

std::string sentence_of(CURLcode outcome, const char* details) {
    const std::string text = *details != '\0' ? details : curl().reason(outcome);
    return text.empty() || text.back() == '.' ? text : text + '.';
}

class CurlHttpClient final : public HttpClient {
public:
    explicit CurlHttpClient(std::optional<std::string> certificate_file)
        : certificate_file_(std::move(certificate_file)) {}

    [[nodiscard]] CloudResult<HttpAnswer> send(const HttpCall& call) override {
        if (!curl().is_ready) {
            return cloud_fail(CloudFault::internal,
                              "libcurl is not there, which talks to the cloud.",
                              "Install the package libcurl4.");
        }
        if (!call.url.starts_with("https://") && !call.url.starts_with("http://")) {
            return cloud_fail(CloudFault::usage, "'" + call.url + "' is no address of a server.",
                              "It begins with https://, such as https://notes.example.com.");
        }
        CurlTransfer handle = taken();
        if (!handle) return cloud_fail(CloudFault::internal, "libcurl cannot start.");
        Transfer transfer{.call = call};
        auto sent = perform(handle.get(), transfer);
        // A connection that was cut off in the middle is of no use any more.
        if (sent && !call.stop.stop_possible()) give_back(std::move(handle));
        return sent;
    }

private:
    CurlTransfer taken() {
        const std::scoped_lock lock(mutex_);
        if (kept_.empty()) return CurlTransfer(curl().init());
        CurlTransfer handle = std::move(kept_.back());
        kept_.pop_back();
        return handle;
    }

    void give_back(CurlTransfer handle) {
        curl().reset(handle.get());
        const std::scoped_lock lock(mutex_);
        if (kept_.size() < kMostKept) kept_.push_back(std::move(handle));
    }

    CloudResult<HttpAnswer> perform(CURL* handle, Transfer& transfer) {
        const HttpCall& call = transfer.call;
        const auto set = curl().set;
        std::array<char, CURL_ERROR_SIZE> details{};
        CurlHeaders headers = header_list(call);
        set(handle, CURLOPT_ERRORBUFFER, details.data());
        set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
        set(handle, CURLOPT_FOLLOWLOCATION, 0L);
        set(handle, CURLOPT_NOSIGNAL, 1L);
        set(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
        set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
        set(handle, CURLOPT_USERAGENT, "basic-memory");
        set(handle, CURLOPT_URL, call.url.c_str());
        set(handle, CURLOPT_HTTPHEADER, headers.get());
        set(handle, CURLOPT_WRITEFUNCTION, &take_body);
        set(handle, CURLOPT_WRITEDATA, &transfer);
        set(handle, CURLOPT_HEADERFUNCTION, &take_header);
        set(handle, CURLOPT_HEADERDATA, &transfer);
        if (certificate_file_) set(handle, CURLOPT_CAINFO, certificate_file_->c_str());
        if (call.stop.stop_possible()) {
            // So that it can be cut off at once. Such a connection is not kept.
            set(handle, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
            set(handle, CURLOPT_OPENSOCKETDATA, &transfer);
            set(handle, CURLOPT_CLOSESOCKETFUNCTION, &close_socket);
        }
        if (auto prepared = set_body(handle, transfer); !prepared)
            return tl::unexpected(prepared.error());
        CURLcode outcome = CURLE_OK;
        {
            const std::stop_callback cut(call.stop, [&transfer] {
                const std::scoped_lock lock(transfer.socket_mutex);
                if (transfer.socket >= 0) ::shutdown(transfer.socket, SHUT_RDWR);
            });
            outcome = curl().perform(handle);
        }
        return finished(transfer, outcome, details.data());
    }

    static CurlHeaders header_list(const HttpCall& call) {
        CurlHeaders list;
        const auto add = [&list](const std::string& line) {
            curl_slist* longer = curl().append(list.get(), line.c_str());
            static_cast<void>(list.release());
            list.reset(longer);
        };
        for (const auto& [name, value] : call.headers) add(name + ": " + value);
        // It would wait a second for leave that not every server gives.
        add("Expect:");
        return list;
    }

    static CloudResult<void> set_body(CURL* handle, Transfer& transfer) {
        const HttpCall& call = transfer.call;
        const auto set = curl().set;
        if (call.file) {
            transfer.upload = Descriptor(::open(call.file->c_str(), O_RDONLY | O_CLOEXEC));
            struct stat seen {};
            if (!transfer.upload || ::fstat(transfer.upload.number(), &seen) != 0) {
                return cloud_fail(CloudFault::local_io,
                                  "Cannot read " + call.file->string() + ": " + reason_of(errno));
            }
            set(handle, CURLOPT_UPLOAD, 1L);
            set(handle, CURLOPT_READFUNCTION, &give_body);
            set(handle, CURLOPT_READDATA, &transfer);
            set(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(seen.st_size));
        } else if (call.method == "HEAD") {
            set(handle, CURLOPT_NOBODY, 1L);
        } else if (call.method != "GET" || !call.body.empty()) {
            set(handle, CURLOPT_POST, 1L);
            set(handle, CURLOPT_POSTFIELDS, call.body.data());
            set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
        }
        if (call.method != "HEAD") set(handle, CURLOPT_CUSTOMREQUEST, call.method.c_str());
        return {};
    }

    static CloudResult<HttpAnswer> finished(Transfer& transfer, CURLcode outcome,
                                            const char* details) {
        const HttpCall& call = transfer.call;
        if (call.stop.stop_requested() || transfer.ended_by_caller)
            return cloud_fail(CloudFault::interrupted, "The transfer was ended.");
        if (transfer.was_too_long) {
            return cloud_fail(CloudFault::internal, "The answer of " + url_origin(call.url) +
                                                        " is larger than anything it should send.");
        }
        if (transfer.read_error != 0) {
            return cloud_fail(CloudFault::local_io, "Cannot read " + call.file->string() + ": " +
                                                        reason_of(transfer.read_error));
        }
        if (outcome != CURLE_OK) {
            return cloud_fail(
                CloudFault::network,
                "Cannot reach " + url_origin(call.url) + ": " + sentence_of(outcome, details),
                "Check the connection, and the address with: bm cloud status");
        }
        if (!transfer.tell_head())
            return cloud_fail(CloudFault::interrupted, "The transfer was ended.");
        return std::move(transfer.answer);
    }

    std::optional<std::string> certificate_file_;
    std::mutex mutex_;
    std::vector<CurlTransfer> kept_;
};

}  // namespace

std::optional<std::string_view> HttpAnswer::header(std::string_view name) const noexcept {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& field) { return field.first == name; });
    if (found == headers.end()) return std::nullopt;
    return found->second;
}

std::unique_ptr<HttpClient> make_http_client(std::optional<std::string> certificate_file) {
    return std::make_unique<CurlHttpClient>(std::move(certificate_file));
}

bool is_open_to_others(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return false;
    std::string_view host = url.substr(scheme.size());
    host = host.substr(0, host.find_first_of("/?#"));
    if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
    if (host.starts_with('[')) {
        host = host.substr(0, host.find(']') + 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    return host != "127.0.0.1" && host != "localhost" && host != "[::1]";
}

std::string url_origin(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
    return std::string(url.substr(0, url.find_first_of("/?#", start)));
}

std::string form_text(const HttpHeaders& fields) {
    std::string body;
    for (const auto& [name, value] : fields) {
        if (!body.empty()) body += '&';
        body += percent_encoded(name) + '=' + percent_encoded(value);
    }
    return body;
}

}  // namespace bm
