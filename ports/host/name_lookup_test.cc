// SPDX-License-Identifier: Apache-2.0
#include "ports/host/name_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

namespace updraft {
namespace {

using End = SocketWait::End;
using Family = HostConnectionOptions::AddressFamily;
using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

int RefuseToResolve(const std::string& host, int, std::vector<SocketAddress>&) {
  ADD_FAILURE() << "asked for " << host;
  return EAI_FAIL;
}

int KnowsOneAddress(const std::string& host, int family, std::vector<SocketAddress>& found) {
  if (host != "device.example") return EAI_NONAME;
  return ResolveBySystem("127.0.0.9", family, found);
}

std::atomic<bool> g_is_stuck = false;

int GetsStuck(const std::string&, int, std::vector<SocketAddress>&) {
  g_is_stuck.wait(true);
  return EAI_AGAIN;
}

class NameLookupTest : public testing::Test {
 protected:
  NameLookup LookUpBy(Resolver resolver, const std::string& host, Family family = Family::kAny) {
    return LookUp(host, 443, family, wait_, SocketWait::Clock::now() + hours(1), resolver);
  }
  std::vector<int> FamiliesOf(const std::string& host, Family family = Family::kAny) {
    std::vector<int> families;
    for (const SocketAddress& address : LookUpBy(&RefuseToResolve, host, family).addresses) {
      families.push_back(address.any.sa_family);
      EXPECT_EQ(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port,
                htons(443));
    }
    return families;
  }

  HostConnectionOptions options_;
  SocketWait wait_{options_};
};

TEST_F(NameLookupTest, NeedsNoResolverForAddressesAndForThisMachine) {
  EXPECT_THAT(FamiliesOf("192.0.2.7"), ElementsAre(AF_INET));
  EXPECT_THAT(FamiliesOf("2001:db8::7"), ElementsAre(AF_INET6));
  for (const char* host : {"localhost", "LocalHost.", "a.localhost"}) {
    EXPECT_THAT(FamiliesOf(host), ElementsAre(AF_INET6, AF_INET)) << host;
  }
  EXPECT_EQ(LookUpBy(&KnowsOneAddress, "notlocalhost").addresses.size(), 0U);
}

TEST_F(NameLookupTest, KeepsToTheWishedFamily) {
  EXPECT_THAT(FamiliesOf("localhost", Family::kIpv4), ElementsAre(AF_INET));
  EXPECT_THAT(FamiliesOf("localhost", Family::kIpv6), ElementsAre(AF_INET6));
  const NameLookup other = LookUpBy(&RefuseToResolve, "192.0.2.7", Family::kIpv6);
  EXPECT_THAT(other.addresses, IsEmpty());
  EXPECT_THAT(other.failure, HasSubstr("192.0.2.7"));
}

TEST_F(NameLookupTest, AsksTheResolverAndSaysWhatItSays) {
  const NameLookup found = LookUpBy(&KnowsOneAddress, "device.example");
  ASSERT_EQ(found.addresses.size(), 1U);
  EXPECT_EQ(found.addresses[0].v4.sin_addr.s_addr, htonl(0x7F000009));
  EXPECT_EQ(found.addresses[0].v4.sin_port, htons(443));
  const NameLookup unknown = LookUpBy(&KnowsOneAddress, "other.example");
  EXPECT_EQ(unknown.end, End::kReady);
  EXPECT_THAT(unknown.failure, HasSubstr("other.example"));
}

// errno is each thread's own, and the resolver runs on another.
TEST_F(NameLookupTest, SaysWhyTheSystemFailed) {
  const Resolver fails = [](const std::string&, int, std::vector<SocketAddress>&) {
    errno = EMFILE;
    return EAI_SYSTEM;
  };
  EXPECT_THAT(LookUpBy(fails, "device.example").failure, HasSubstr(std::strerror(EMFILE)));
}

TEST_F(NameLookupTest, LeavesAResolverThatIsStuckToItself) {
  g_is_stuck = true;
  const auto soon = SocketWait::Clock::now() + milliseconds(5);
  EXPECT_EQ(LookUp("slow.example", 1, Family::kAny, wait_, soon, &GetsStuck).end, End::kTimedOut);
  int asked = 0;
  options_.should_stop = [&asked] { return ++asked > 1; };
  EXPECT_EQ(LookUpBy(&GetsStuck, "slow.example").end, End::kStopped);
  g_is_stuck = false;
  g_is_stuck.notify_all();
}

}  // namespace
}  // namespace updraft
