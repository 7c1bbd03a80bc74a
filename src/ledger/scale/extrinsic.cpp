#include "ledger/scale/extrinsic.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "crypto/hash/blake2b.h"
#include "ledger/scale/codec.h"

namespace noonmark::scale {
namespace {

constexpr std::size_t kHashedBeyond = 256, kMaxExtrinsic = 5u << 20;
constexpr std::uint8_t kSignedV4 = 0x84, kAddressId = 0, kSr25519 = 1;
constexpr std::uint64_t kMinPeriod = 4, kMaxPeriod = 65536;

std::uint64_t quantum(std::uint64_t period) { return std::max<std::uint64_t>(1, period >> 12); }

/// What an extension that is known by name adds.
enum class Part { nothing, spec_version, transaction_version, genesis, mortality, nonce, tip, metadata_hash };

std::optional<Part> part_of(std::string_view identifier) {
  constexpr std::pair<std::string_view, Part> kParts[] = {{"CheckSpecVersion", Part::spec_version},
                                                          {"CheckTxVersion", Part::transaction_version},
                                                          {"CheckGenesis", Part::genesis},
                                                          {"CheckMortality", Part::mortality},
                                                          {"CheckEra", Part::mortality},
                                                          {"CheckNonce", Part::nonce},
                                                          {"ChargeTransactionPayment", Part::tip},
                                                          {"ChargeTransactionPaymentWrapper", Part::tip},
                                                          {"CheckMetadataHash", Part::metadata_hash},
                                                          {"CheckNonZeroSender", Part::nothing},
                                                          {"CheckWeight", Part::nothing},
                                                          {"SubtensorSignedExtension", Part::nothing},
                                                          {"SubtensorTransactionExtension", Part::nothing},
                                                          {"CommitmentsSignedExtension", Part::nothing},
                                                          {"SudoTransactionExtension", Part::nothing},
                                                          {"CheckShieldedTxValidity", Part::nothing},
                                                          {"DrandPriority", Part::nothing}};
  const auto found = std::ranges::find(kParts, identifier, &std::pair<std::string_view, Part>::first);
  return found == std::end(kParts) ? std::nullopt : std::optional(found->second);
}

core::Result<Part> known_part(const Metadata& metadata, const Extension& extension) {
  if (const auto part = part_of(extension.identifier)) return *part;
  const bool no_extra = TRY(metadata.is_empty(extension.extra));
  const bool no_additional = TRY(metadata.is_empty(extension.additional));
  if (no_extra && no_additional) return Part::nothing;
  return core::invalid("this chain signs with the extension " + extension.identifier +
                       ", which this program doesn't know; update it");
}

void write_part(Part part, const SigningContext& context, Writer& extra, Writer& additional) {
  switch (part) {
    case Part::nothing:
      break;
    case Part::spec_version:
      additional.number(context.spec_version);
      break;
    case Part::transaction_version:
      additional.number(context.transaction_version);
      break;
    case Part::genesis:
      additional.raw(context.genesis);
      break;
    case Part::mortality:
      extra.raw(context.era.encode());
      additional.raw(context.birth_block);
      break;
    case Part::nonce:
      extra.compact(context.nonce);
      break;
    case Part::tip:
      extra.compact(context.tip);
      break;
    case Part::metadata_hash:  // mode "disabled", and no hash
      extra.number<std::uint8_t>(0);
      additional.number<std::uint8_t>(0);
      break;
  }
}

core::Result<void> read_part(Part part, Reader& in, Signed& out) {
  switch (part) {
    case Part::mortality:
      out.era = TRY(Era::decode(in));
      break;
    case Part::nonce: {
      const std::uint64_t nonce = TRY(in.compact());
      if (nonce > UINT32_MAX) return core::invalid("extrinsic: the nonce is beyond 32 bits");
      out.nonce = static_cast<std::uint32_t>(nonce);
      break;
    }
    case Part::tip:
      out.tip = TRY(in.compact());
      break;
    case Part::metadata_hash:
      if (TRY(in.number<std::uint8_t>()) != 0)
        return core::invalid("extrinsic: signed with a metadata hash; switch that off");
      break;
    default:
      break;
  }
  return {};
}

}  // namespace

Era Era::mortal(std::uint64_t current, std::uint64_t period) {
  const std::uint64_t whole = std::clamp(std::bit_ceil(period), kMinPeriod, kMaxPeriod);
  return {whole, current % whole / quantum(whole) * quantum(whole)};
}

core::Bytes Era::encode() const {
  if (period == 0) return {0};
  const auto exponent = static_cast<std::uint64_t>(std::countr_zero(period));
  const std::uint64_t low = std::clamp<std::uint64_t>(exponent - 1, 1, 15);
  return Writer().number(static_cast<std::uint16_t>(low | (phase / quantum(period)) << 4)).take();
}

core::Result<Era> Era::decode(Reader& reader) {
  const std::uint64_t first = TRY(reader.number<std::uint8_t>());
  if (first == 0) return Era{};
  const std::uint64_t whole = first | std::uint64_t{TRY(reader.number<std::uint8_t>())} << 8;
  Era era{std::uint64_t{2} << (whole & 15), 0};
  era.phase = (whole >> 4) * quantum(era.period);
  if (era.period < kMinPeriod || era.phase >= era.period) return core::invalid("extrinsic: an impossible era");
  return era;
}

std::uint64_t Era::birth(std::uint64_t current) const {
  if (period == 0) return 0;
  return (std::max(current, phase) - phase) / period * period + phase;
}

core::Bytes Unsigned::payload() const {
  core::Bytes whole = Writer().raw(call).raw(extra).raw(additional).take();
  if (whole.size() <= kHashedBeyond) return whole;
  const auto digest = hash::blake2b_256(whole);
  return {digest.begin(), digest.end()};
}

core::Bytes Unsigned::sign(const sign::Sr25519Pair& signer) const {
  return with_signature(signer.account(), signer.sign(payload()));
}

core::Bytes Unsigned::with_signature(const sign::AccountId& signer, const sign::Sr25519Signature& signature) const {
  Writer body;
  body.number(kSignedV4).number(kAddressId).raw(signer.bytes).number(kSr25519).raw(signature).raw(extra).raw(call);
  return Writer().bytes(body.view()).take();
}

core::Result<Unsigned> prepare(const Metadata& metadata, core::Bytes call, const SigningContext& context) {
  Writer extra, additional;
  for (const Extension& extension : metadata.extensions) {
    const Part part = TRY(known_part(metadata, extension));
    write_part(part, context, extra, additional);
  }
  return Unsigned{std::move(call), extra.take(), additional.take()};
}

core::Result<Signed> parse_signed(const Metadata& metadata, core::ByteView extrinsic) {
  Reader whole(extrinsic);
  const core::ByteView body = TRY(whole.bytes(kMaxExtrinsic));
  TRY(whole.finish());
  Reader in(body);
  if (TRY(in.number<std::uint8_t>()) != kSignedV4) return core::invalid("extrinsic: not a signed one of version 4");
  if (TRY(in.number<std::uint8_t>()) != kAddressId) return core::invalid("extrinsic: the signer isn't an account id");
  Signed out;
  out.signer.bytes = TRY(in.array<32>());
  if (TRY(in.number<std::uint8_t>()) != kSr25519) return core::invalid("extrinsic: the signature isn't sr25519");
  out.signature = TRY(in.array<64>());
  const std::size_t extra_begin = in.position();
  for (const Extension& extension : metadata.extensions) {
    const Part part = TRY(known_part(metadata, extension));
    TRY(read_part(part, in, out));
  }
  const core::ByteView extra = body.subspan(extra_begin, in.position() - extra_begin);
  const core::ByteView call = body.subspan(in.position());
  out.extra.assign(extra.begin(), extra.end());
  out.call.assign(call.begin(), call.end());
  return out;
}

Hash extrinsic_hash(core::ByteView extrinsic) { return hash::blake2b_256(extrinsic); }

}  // namespace noonmark::scale
