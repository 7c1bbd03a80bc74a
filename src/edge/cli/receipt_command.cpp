#include <iostream>

#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "serving/receipt/receipt.h"

namespace noonmark::cli {
namespace {

constexpr std::size_t kMostReceipt = 8192;
constexpr std::size_t kMostAnswer = std::size_t{64} << 20;

core::Result<Answer> check(Context& context) {
  const std::string text = TRY(core::read_text(*context.arguments.text("RECEIPT"), kMostReceipt));
  const receipt::Receipt receipt =
      TRY(receipt::verify(std::string_view(text).substr(0, text.find_last_not_of("\r\n") + 1)));
  bool fits = true;
  std::string about = "not looked at";
  if (const auto file = context.arguments.text("--answer")) {
    fits = hash::sha256(TRY(core::read_text(*file, kMostAnswer))) == receipt.answer;
    about = fits ? "is the one" : "is another one";
  }
  const std::string shown = "signed by " + receipt.worker.ss58() + "\nmodel     " + receipt.model + "\npackage   " +
                            receipt.package + "\nruntime   " + receipt.runtime + "\ndevice    " + receipt.device +
                            "\nrequest   " + receipt.trace + "\nanswer    " + about + "\n";
  context.output.print(codec::Json::object({{"worker", receipt.worker.ss58()},
                                            {"model", receipt.model},
                                            {"package", receipt.package},
                                            {"runtime", receipt.runtime},
                                            {"device", receipt.device},
                                            {"trace", receipt.trace},
                                            {"answer_fits", fits}}),
                       shown);
  return fits ? Answer::yes : Answer::no;
}

}  // namespace

std::vector<Command> receipt_commands() {
  return {{{"receipt",
            "Check what a worker has signed about an answer",
            {{"RECEIPT", "", "File with the value of x-noonmark-receipt", true, false},
             {"--answer", "FILE", "The answer's body: is it the one?", false, false}}},
           check}};
}

}  // namespace noonmark::cli
