#pragma once

// What the tests of the HTTP server call their things. For test sources only.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/http_fixture.hpp"

using namespace std::chrono_literals;
using bm::test::event_data;
using bm::test::event_field;
using bm::test::FieldList;
using bm::test::http_request;
using bm::test::HttpClient;
using bm::test::HttpFixture;
using bm::test::HttpReply;
using bm::test::McpHttpClient;
using bm::test::modern_call;
using bm::test::modern_fields;
using bm::test::modern_request;
using bm::test::rpc_request;
using bm::test::tool_call;
using bm::test::WireCheck;
using Json = bm::test::McpHttpClient::Json;
