#pragma once
#include <string>
#include <vector>

namespace noonmark::cli {

/// A text table for people: columns as wide as needed, two spaces between, headers underlined by nothing.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Requires one cell per column.
  void add(std::vector<std::string> cells);
  /// Every line ends in a newline. Control characters in cells become spaces.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// "1.52", "12.3 %" …: a number with `digits` after the point.
std::string fixed(double value, int digits);
/// "9.5 MiB", "812 B".
std::string byte_text(double bytes);

}  // namespace noonmark::cli
