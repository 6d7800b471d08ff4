// SPDX-License-Identifier: Apache-2.0
// One row a check, in the order of the enumeration. Written for the person who
// meets the failure: what is wrong first, the numbers next, the way out last.
#include "cli/sentence_words.h"

#include <array>
#include <cstddef>

namespace updraft {
namespace {

constexpr std::array<SentenceWords, static_cast<std::size_t>(Check::kCount)> kWords{{
    {Check::kImageMagic, "the data does not begin like an ESP image", "the byte {}",
     "the byte 0xe9", "{}", "another byte",
     "check that it is an application or bootloader image and not, for example, a web page or an "
     "ELF file, of which 'updraft image make --elf' makes one"},
    {Check::kImageComplete, "the image is cut short", "at least {}", "a whole image", "{}",
     "its end before that", "copy or download it again"},
    {Check::kImageChecksum, "the image is damaged", "the checksum {} of its segments",
     "the checksum of its segments", "{} stored", "another one stored",
     "copy, download or build it again"},
    {Check::kImageHash, "the image is damaged", "the appended SHA-256 {}",
     "the appended SHA-256 to match its content", "{}", "that it does not",
     "copy, download or build it again"},
    {Check::kSegmentLength, "a segment has a length that no loader takes", "{}",
     "a multiple of 4 within the chip's limit", "{}", "another length",
     "the image is damaged or was not made by an ESP tool: build it again"},
    {Check::kSegmentCount, "the image has too many segments", "at most {}", "at most 16", "{}",
     "more", "the image is damaged, or its linker script has to merge sections"},
    {Check::kSegmentPresent, "the image has no segments", "at least {}", "at least 1", "{}", "none",
     "the image is damaged or was built from an empty program: build it again"},
    {Check::kFirstSegmentLength, "the first segment cannot hold the application description",
     "at least {}", "at least 256 bytes", "{}", "fewer",
     "put the description at the front of the first segment, or verify with --bootloader if it is "
     "a bootloader"},
    {Check::kSegmentAlignment, "a flash-mapped segment does not lie where the chip can map it",
     "flash address and load address to agree at {} within an MMU page",
     "flash address and load address to agree within an MMU page", "{}", "that they differ",
     "align the segment, or check the slot's offset and the MMU page size"},
    {Check::kChipId, "the image is for another chip", "{}", "the device's chip", "{}", "another",
     "build it for this chip, or choose the right file"},
    {Check::kChipRevisionMinimum, "the chip is too old for the image", "revision {} or newer",
     "a newer revision", "{}", "an older one",
     "build the image with a lower minimum revision, or use a newer chip"},
    {Check::kChipRevisionMaximum, "the chip is too new for the image", "revision {} or older",
     "an older revision", "{}", "a newer one",
     "build the image with a release that knows this chip revision"},
    {Check::kEfuseBlockRevisionMinimum, "the chip's eFuse block is too old for the image",
     "block revision {} or newer", "a newer block revision", "{}", "an older one",
     "build the image with a lower minimum block revision, or use a newer chip"},
    {Check::kEfuseBlockRevisionMaximum, "the chip's eFuse block is too new for the image",
     "block revision {} or older", "an older block revision", "{}", "a newer one",
     "build the image with a release that knows this block revision"},
    {Check::kDescriptionMagic, "the application description is missing", "the word {}",
     "the word 0xabcd5432", "{}", "another word",
     "link the description to the front of the first segment"},
    {Check::kImageFitsSlot, "the image does not fit the slot", "at most {}",
     "no more than the slot holds", "{}", "more", "make the image smaller or the slot larger"},
    {Check::kSignaturePresent, "the image is not signed", "a signature of {}",
     "a signature block behind the image", "{}", "none",
     "sign the image with a key that the device trusts"},
    {Check::kSignatureTrusted, "the image is not signed by a key that is trusted",
     "a valid signature by {}", "a valid signature by a trusted key", "{}", "none",
     "sign it with a trusted key, or check which keys are trusted and revoked"},
    {Check::kSecureVersion, "the image's secure version is too low", "at least {}",
     "at least the device's", "{}", "a lower one",
     "build the image with a secure version that the device still accepts"},
    {Check::kEncryptedMagic, "the data is neither a plain nor an encrypted image",
     "the encrypted image's magic {}", "an encrypted image's magic", "{}", "something else",
     "check that the right file was given"},
    {Check::kKeyPresent, "the image is encrypted and there is no key", "a key for {}",
     "a decryption key", "{}", "none",
     "give the key that it was encrypted for, or burn it into the device's eFuse"},
    {Check::kKeyMatches, "the key does not fit this file, or the file is damaged", "{}",
     "the key that the image was encrypted for", "{}", "another key",
     "give the private key that belongs to this image"},
    {Check::kAuthenticationTag, "the key does not fit this file, or the file is damaged",
     "the authentication tag {}", "the authentication tag to match", "{}", "that it does not",
     "give the key that it was encrypted for, or download it again"},
    {Check::kHeaderSignature, "the encrypted image's header is not signed as it should be", "{}",
     "a valid signature of the header", "{}", "none", "encrypt and sign the image again"},
    {Check::kVersionPolicy, "the image's version is not wanted", "{}",
     "a version other than the running one", "{}", "one that the policy refuses",
     "raise the version, or ask for the check to be skipped"},
    {Check::kHttpStatus, "the server did not send the file", "HTTP status {}",
     "HTTP status 200 or 206", "{}", "another status", "check the URL and the server's log"},
    {Check::kAuthentication, "the server asks for an authentication that is not offered", "{}",
     "Basic or Digest authentication", "{}", "another one",
     "turn on Digest with MD5 or SHA-256 on the server, or give the credentials by --header"},
    {Check::kHttpResponse, "the server's answer is not acceptable HTTP", "{}",
     "a well-formed HTTP/1.1 response", "{}", "a malformed one",
     "check that the port belongs to a web server and what stands between"},
    {Check::kContentEncoding, "the server compressed the file although nobody asked", "{}",
     "no content encoding", "{}", "one", "turn compression off for this file on the server"},
    {Check::kRedirect, "the server's redirect is not followed", "{}",
     "a redirect to https within the limit", "{}", "another one",
     "use the final URL, or check the server's configuration"},
    {Check::kPlainHttp, "the URL is not encrypted", "{}", "https", "{}", "http",
     "use https, or allow plain http by --allow-http where the network is trusted"},
    {Check::kResolve, "the host name has no address", "an address for {}",
     "an address for the host", "{}", "none", "check the name and the name server"},
    {Check::kTls, "no trusted connection to the server", "{}",
     "a certificate for this host that a trusted authority signed", "{}", "another one",
     "check the host name, the certificate's dates and the CA given by --ca"},
    {Check::kConnect, "the server does not accept connections", "a connection to {}",
     "a connection", "{}", "none", "check host, port, firewall and that the server runs"},
    {Check::kConnectionKept, "the connection broke during the download", "{}",
     "an open connection until the end", "{}", "an early end",
     "try again, with more attempts if the network is poor"},
    {Check::kStall, "the download stands still", "data within {}", "data within the time allowed",
     "{}", "none", "try again, or allow more time by --stall"},
    {Check::kLowSpeed, "the server sends too slowly", "{}", "more bytes a second", "{}", "fewer",
     "try again at another time, or lower the floor by --low-speed"},
    {Check::kByteLimit, "the download took more bytes than allowed", "at most {}",
     "fewer bytes over all attempts", "{}", "more",
     "allow more by --max-bytes, or find out why the connection breaks"},
    {Check::kDeadline, "the update took too long", "an end within {}", "an end before the deadline",
     "{}", "that it is not done", "try again, or allow more time by --deadline"},
    {Check::kLength, "the file is not as long as the server or its header announced", "{}",
     "the announced length", "{}", "another length",
     "copy or download it again; if it stays so, check the server and what stands between"},
    {Check::kRange, "the server sent another part of the file than was asked for", "{}",
     "the range that was asked for", "{}", "another range",
     "check that the server supports ranges, or download without them"},
    {Check::kFileUnchanged, "the file on the server changed during the download", "{}",
     "the file that the download began with", "{}", "another one",
     "start the update again when the server's file is stable"},
    {Check::kSpace, "there is not enough space", "room for {}", "enough room", "{}", "too little",
     "free some space or use a larger partition"},
    {Check::kPartitionTable, "the partition table is not valid", "{}",
     "a table as the bootloader takes it", "{}", "another one",
     "write a table made by 'updraft partitions make'"},
    {Check::kUpdateSlot, "there is no slot to update", "{}", "an OTA slot besides the running one",
     "{}", "none", "use a partition table with two OTA slots"},
    {Check::kOtadata, "the boot selection cannot be stored", "{}",
     "an otadata partition of two sectors", "{}", "none",
     "use a partition table with an otadata partition of 0x2000 bytes"},
    {Check::kRunningConfirmed, "the running image is still on trial", "{}", "a confirmed image",
     "{}", "one that waits for its confirmation", "confirm it or roll it back first"},
    {Check::kBootable, "nothing on the device can be started", "{}", "a slot with a valid image",
     "{}", "none", "install an image with 'updraft device install'"},
    {Check::kFlash, "the flash failed", "{}", "it to read and write as asked", "{}", "an error",
     "check the device's flash file, its permissions and the disk"},
    {Check::kEfuse, "the eFuse failed", "{}", "it to read and burn as asked", "{}", "an error",
     "check the device's eFuse file, its permissions and the disk"},
    {Check::kDevice, "the device is not usable", "{}", "a whole device folder", "{}", "another",
     "check the folder and what was asked for, or make a new one with 'updraft device new'"},
    {Check::kDeviceLock, "the device is in use", "{}", "to be its only user", "{}",
     "another process", "wait until that has ended, or stop it"},
    {Check::kCancelled, "the update was cancelled", "{}", "to go on", "{}", "a request to stop",
     "start it again; the running image was not touched"},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (static_cast<std::size_t>(kWords[i].check) != i || kWords[i].lead.empty()) return false;
  }
  return true;
}
static_assert(InOrder(), "one row a check, in the order of the enumeration");

}  // namespace

// The partition table is judged by size, by magic numbers, and as a whole.
constexpr SentenceWords kTableSize{
    Check::kPartitionTable,
    "the partition table does not fit into the flash",
    "an end within {}",
    "an end within it",
    "an end at {}",
    "one behind it",
    "make the partitions smaller or the flash larger (--flash-size)"};
constexpr SentenceWords kTableRow{Check::kPartitionTable,
                                  "the partition table is not valid",
                                  "a row that begins with {}",
                                  "a row",
                                  "one that begins with {}",
                                  "something else",
                                  "write a table made by 'updraft partitions make'"};

const SentenceWords& WordsOf(const Finding& finding) {
  if (finding.check == Check::kPartitionTable) {
    if (finding.expected.kind == Value::Kind::kBytes) return kTableSize;
    if (finding.expected.kind == Value::Kind::kHex) return kTableRow;
  }
  return kWords[static_cast<std::size_t>(finding.check)];
}

std::string_view CodeSentence(Code code) {
  switch (code) {
    case Code::kOk: return "nothing failed";
    case Code::kInvalidArgument:
      return "expected arguments in range, found one that is not; this "
             "is a defect of the tool, please report it";
    case Code::kInvalidState:
      return "expected the device in a state that allows this, found "
             "another; look at it with 'updraft device info'";
    case Code::kNotFound: return "expected what was named to exist, found nothing; check the name";
    case Code::kNoSpace:
      return "expected enough room, found too little; free some or use a larger "
             "partition";
    case Code::kUnsupported:
      return "expected something that this version can do, found something "
             "else; see the README for what is supported";
    case Code::kBadFormat:
      return "expected well-formed data, found other bytes; check that the "
             "right file was given";
    case Code::kBadChecksum:
      return "expected the checksum to match, found that it does not; get "
             "the file again";
    case Code::kBadSignature:
      return "expected a signature or key that fits, found none; check the "
             "keys";
    case Code::kIncompatible:
      return "expected something for this device, found it made for "
             "another; choose the right file";
    case Code::kDowngrade:
      return "expected a version that the device accepts, found an older one; "
             "build a newer one";
    case Code::kTruncated: return "expected the whole of it, found an early end; get it again";
    case Code::kNetwork:
      return "expected the network to work, found that it does not; check the "
             "connection";
    case Code::kHttpStatus: return "expected HTTP status 200 or 206, found another; check the URL";
    case Code::kFlash:
      return "expected the flash to read and write as asked, found an error; check "
             "its file, the permissions and the disk";
    case Code::kCancelled: return "expected to go on, found a request to stop; start it again";
  }
  return "expected a known result, found another; please report it";
}

std::string_view NetworkSentence(NetworkFailure failure) {
  switch (failure) {
    case NetworkFailure::kResolve:
      return "expected an address for the host name, found none; "
             "check the name";
    case NetworkFailure::kConnect:
      return "expected the server to accept a connection, found that "
             "it does not; check host and port";
    case NetworkFailure::kTls:
      return "expected a certificate that is trusted for this host, found "
             "another; check the host name and the CA";
    case NetworkFailure::kTimeout:
      return "expected progress within the time allowed, found none; "
             "try again";
    case NetworkFailure::kReset:
      return "expected the connection to last, found it broken; try "
             "again";
    case NetworkFailure::kBadResponse:
      return "expected well-formed HTTP, found something else; "
             "check the server";
    case NetworkFailure::kPlainHttp: return "expected https, found http; use https or --allow-http";
    case NetworkFailure::kRedirect:
      return "expected a redirect that may be followed, found "
             "another; use the final URL";
    case NetworkFailure::kFileChanged:
      return "expected the file that the download began with, found "
             "another; start the update again";
    case NetworkFailure::kTooSlow:
      return "expected the server to send faster, found it below the floor; try again, or lower "
             "--low-speed";
    case NetworkFailure::kDeadline:
      return "expected an end before the deadline, found none; allow more time by --deadline";
    case NetworkFailure::kByteLimit:
      return "expected fewer bytes over all attempts, found more; allow more by --max-bytes";
  }
  return CodeSentence(Code::kNetwork);
}

}  // namespace updraft
