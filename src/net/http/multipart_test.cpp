#include "net/http/multipart.h"

#include <gtest/gtest.h>

namespace noonmark::http {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=xyz";

std::string form(std::initializer_list<std::string> parts) {
  std::string body;
  for (const std::string& part : parts) body += "--xyz\r\n" + part + "\r\n";
  return body + "--xyz--\r\n";
}

TEST(Multipart, ReadsFieldsAndFiles) {
  const std::string body = form({"Content-Disposition: form-data; name=\"prompt\"\r\n\r\na cat\r\nand a dog",
                                 "content-disposition: form-data; filename=\"a \\\"b\\\".png\"; name=image\r\n"
                                 "Content-Type: image/png\r\n\r\n\r\n--xy\r\n\x89PNG"});
  const auto parts = parse_form(kType, body).value();
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].name, "prompt");
  EXPECT_EQ(parts[0].content, "a cat\r\nand a dog");
  EXPECT_EQ(parts[0].filename, "");
  EXPECT_EQ(parts[1].name, "image");
  EXPECT_EQ(parts[1].filename, "a \"b\".png");
  EXPECT_EQ(parts[1].content_type, "image/png");
  EXPECT_EQ(parts[1].content, "\r\n--xy\r\n\x89PNG") << "bytes are kept as they are";
}

TEST(Multipart, TakesEveryFormOfBoundaryAndAPreamble) {
  const std::string part = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";
  EXPECT_EQ(parse_form("Multipart/Form-Data; charset=utf-8; Boundary=\"xyz\"", form({part})).value().size(), 1u);
  EXPECT_EQ(parse_form(kType, "once\r\n" + form({part})).value().size(), 1u);
  EXPECT_EQ(parse_form(kType, form({part}) + "what follows").value().front().content, "");
  EXPECT_TRUE(parse_form(kType, "--xyz--").value().empty());
}

TEST(Multipart, RefusesWhatIsNoForm) {
  const std::string part = "Content-Disposition: form-data; name=\"a\"\r\n\r\nx";
  const std::pair<std::string, std::string> cases[] = {
      {"application/json", "{}"},
      {"multipart/form-data", form({part})},
      {"multipart/form-data; boundary=", form({part})},
      {"multipart/form-data; boundary=" + std::string(71, 'x'), form({part})},
      {"multipart/form-data; boundary=other", form({part})},
      {std::string(kType), ""},
      {std::string(kType), "--xyz"},
      {std::string(kType), "--xyz\r\n" + part},
      {std::string(kType), "--xyz\r\n" + part + "\r\n--xyz"},
      {std::string(kType), form({"no header"})},
      {std::string(kType), form({"Content-Disposition: form-data\r\n\r\nx"})},
      {std::string(kType), form({"Content-Disposition: attachment; name=\"a\"\r\n\r\nx"})},
      {std::string(kType), form({"Content-Type: text/plain\r\n\r\nx"})},
  };
  for (const auto& [type, body] : cases) {
    const auto parts = parse_form(type, body);
    ASSERT_FALSE(parts.ok()) << type << "\n" << body;
    EXPECT_EQ(parts.error().kind, core::ErrorKind::invalid);
  }
}

TEST(Multipart, KeepsItsLimits) {
  const std::string part = "Content-Disposition: form-data; name=\"a\"\r\n\r\nx";
  const auto refusal = [](const std::string& body, FormLimits limits) {
    return parse_form(kType, body, limits).error().kind;
  };
  EXPECT_EQ(refusal(form({part, part, part}), {.parts = 2, .header_bytes = 100, .name_bytes = 10}),
            core::ErrorKind::exhausted);
  EXPECT_EQ(refusal(form({part}), {.parts = 2, .header_bytes = 20, .name_bytes = 10}), core::ErrorKind::exhausted);
  EXPECT_EQ(refusal(form({part}), {.parts = 2, .header_bytes = 100, .name_bytes = 0}), core::ErrorKind::exhausted);
}

}  // namespace
}  // namespace noonmark::http
