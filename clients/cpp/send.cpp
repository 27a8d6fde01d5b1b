// Does what a plan says: puts exact octets on the wire.
//
// usage: send HOST PORT PLAN

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

constexpr int kCannot = 77;
constexpr std::array<std::string_view, 5> kActions{"pause", "half-close", "receive", "connect",
                                                   "reset"};

// Not char, whose sign is up to the compiler.
using Octets = std::vector<std::uint8_t>;

using Encoder = Octets (*)(std::string_view rest);

enum class Order { kBig, kLittle };

struct UnknownWord : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What stands before the first gap, and what stands behind it.
std::pair<std::string_view, std::string_view> Cut(std::string_view text, char gap = ' ') {
  const auto at = text.find(gap);
  if (at == text.npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

template <typename Number>
Number Parse(std::string_view item, [[maybe_unused]] int base = 10) {
  // Not every standard library has from_chars for floats. Without setlocale, these know the
  // decimal point, not a comma.
  if constexpr (std::is_same_v<Number, float>)
    return std::strtof(std::string(item).c_str(), nullptr);
  if constexpr (std::is_same_v<Number, double>)
    return std::strtod(std::string(item).c_str(), nullptr);
  if constexpr (std::is_integral_v<Number>) {
    Number value{};
    const auto* const last = item.data() + item.size();
    const auto [end, error] = std::from_chars(item.data(), last, value, base);
    if (error != std::errc{} || end != last)
      throw std::invalid_argument("no number: " + std::string(item));
    return value;
  }
}

template <typename Number>
std::uint64_t Bits(Number value) {
  if constexpr (std::is_floating_point_v<Number>) {
    static_assert(std::numeric_limits<Number>::is_iec559);
    // Which NaN "nan" becomes is up to the library.
    if (std::isnan(value)) value = std::numeric_limits<Number>::quiet_NaN();
    std::conditional_t<sizeof value == 4, std::uint32_t, std::uint64_t> bits;
    static_assert(sizeof bits == sizeof value);
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

// What `put` makes of the numbers of a list, one after the other.
template <typename Number, void (*put)(Octets&, Number), int base = 10>
Octets Each(std::string_view list) {
  Octets made;
  while (!list.empty()) {
    const auto [item, others] = Cut(list);
    put(made, Parse<Number>(item, base));
    list = others;
  }
  return made;
}

// Octet by octet, the order of the machine does not matter.
template <typename Number, Order order>
void PutFixed(Octets& made, Number value) {
  const std::uint64_t bits = Bits(value);
  for (std::size_t i = 0; i < sizeof value; i++)
    made.push_back(bits >> 8 * (order == Order::kLittle ? i : sizeof value - 1 - i));
}

template <typename Number, Order order = Order::kBig>
constexpr Encoder Fixed = Each<Number, PutFixed<Number, order>>;

void PutPoint(Octets& made, std::uint32_t point) {
  if (point < 0x80) {
    made.push_back(point);
    return;
  }
  int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  made.push_back((more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0) | point >> 6 * more);
  while (more-- > 0) made.push_back(0x80 | (point >> 6 * more & 0x3f));
}

void PutUleb(Octets& made, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) made.push_back(value | 0x80);
  made.push_back(value);
}

void PutSleb(Octets& made, std::int64_t value) {
  for (; value < -0x40 || value >= 0x40; value >>= 7) made.push_back(value | 0x80);
  made.push_back(value & 0x7f);
}

void PutZigzag(Octets& made, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  PutUleb(made, value < 0 ? ~(bits << 1) : bits << 1);
}

Octets Text(std::string_view rest) { return Octets(rest.begin(), rest.end()); }

Octets Bytes(std::string_view rest) {
  Octets made;
  for (std::size_t i = 0; i < rest.size(); i += 2) {
    if (rest[i] == ' ') i++;
    made.push_back(Parse<std::uint8_t>(rest.substr(i, 2), 16));
  }
  return made;
}

Encoder Find(std::string_view word);

Octets Frame(std::string_view rest) {
  const auto [prefix, body] = Cut(rest);
  const Encoder encode = Find(prefix);
  if (encode == nullptr) throw std::invalid_argument("no prefix: " + std::string(prefix));
  // size() counts octets, not characters.
  Octets made = encode(std::to_string(body.size()));
  made.insert(made.end(), body.begin(), body.end());
  return made;
}

Octets Repeat(std::string_view rest) {
  const auto [count, octet] = Cut(rest);
  // Parentheses: in braces, these would be two octets.
  return Octets(Parse<std::size_t>(count), Parse<std::uint8_t>(octet, 16));
}

Octets Ramp(std::string_view rest) {
  Octets made(Parse<std::size_t>(rest));
  for (std::size_t i = 0; i < made.size(); i++) made[i] = i % 251;
  return made;
}

Octets Noise(std::string_view rest) {
  const auto [count, seed] = Cut(rest);
  auto x = Parse<std::uint64_t>(seed);
  Octets made(Parse<std::size_t>(count));
  for (auto& octet : made) {
    x = x * 16807 % 2147483647;
    octet = x >> 8;
  }
  return made;
}

// Returns null for a word that sends nothing.
Encoder Find(std::string_view word) {
  constexpr auto kBig = Order::kBig, kLittle = Order::kLittle;
  static const std::map<std::string_view, Encoder> kEncoders{
      {"text", Text},
      {"points", Each<std::uint32_t, PutPoint, 16>},
      {"bytes", Bytes},
      {"u8", Fixed<std::uint8_t>},
      {"i8", Fixed<std::int8_t>},
      {"u16be", Fixed<std::uint16_t, kBig>},
      {"u16le", Fixed<std::uint16_t, kLittle>},
      {"i16be", Fixed<std::int16_t, kBig>},
      {"i16le", Fixed<std::int16_t, kLittle>},
      {"u32be", Fixed<std::uint32_t, kBig>},
      {"u32le", Fixed<std::uint32_t, kLittle>},
      {"i32be", Fixed<std::int32_t, kBig>},
      {"i32le", Fixed<std::int32_t, kLittle>},
      {"u64be", Fixed<std::uint64_t, kBig>},
      {"u64le", Fixed<std::uint64_t, kLittle>},
      {"i64be", Fixed<std::int64_t, kBig>},
      {"i64le", Fixed<std::int64_t, kLittle>},
      {"f32be", Fixed<float, kBig>},
      {"f32le", Fixed<float, kLittle>},
      {"f64be", Fixed<double, kBig>},
      {"f64le", Fixed<double, kLittle>},
      {"uleb", Each<std::uint64_t, PutUleb>},
      {"sleb", Each<std::int64_t, PutSleb>},
      {"zigzag", Each<std::int64_t, PutZigzag>},
      {"frame", Frame},
      {"repeat", Repeat},
      {"ramp", Ramp},
      {"noise", Noise},
  };
  const auto found = kEncoders.find(word);
  return found == kEncoders.end() ? nullptr : found->second;
}

[[noreturn]] void FailWithErrno(const std::string& doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

// write takes as much as it likes, and says how much that was.
void WriteAll(int file, const std::uint8_t* data, std::size_t length) {
  while (length > 0) {
    const ssize_t written = ::write(file, data, length);
    if (written < 0) FailWithErrno("write");
    data += written;
    length -= static_cast<std::size_t>(written);
  }
}

class Socket {
 public:
  explicit Socket(const addrinfo& address)
      : number_(::socket(address.ai_family, address.ai_socktype, address.ai_protocol)) {
    if (number_ < 0) FailWithErrno("socket");
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(number_); }

  int number() const { return number_; }

 private:
  const int number_;
};

using Address = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Address Resolve(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found))
    throw std::runtime_error(host + " port " + port + ": " + ::gai_strerror(error));
  return {found, &::freeaddrinfo};
}

// One connection. Its destructor closes it; Finish() is how the contract wants it to end.
class Connection {
 public:
  explicit Connection(const addrinfo& address) : socket_(address) {
    if (::connect(socket_.number(), address.ai_addr, address.ai_addrlen) != 0)
      FailWithErrno("connect");
    const int on = 1;
    ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void Send(const Octets& octets) { WriteAll(socket_.number(), octets.data(), octets.size()); }

  void HalfClose() {
    if (::shutdown(socket_.number(), SHUT_WR) != 0) FailWithErrno("half-close");
    half_closed_ = true;
  }

  void Receive(std::string_view count) {
    const bool all = count == "all";
    auto left = all ? std::numeric_limits<std::uint64_t>::max() : Parse<std::uint64_t>(count);
    while (left > 0) {
      const std::size_t length = ReadPiece(left);
      if (length == 0 && all) return;
      if (length == 0)
        throw std::runtime_error("the server closed with " + std::to_string(left) +
                                 " octets still to receive");
      WriteAll(STDOUT_FILENO, piece_.data(), length);
      left -= length;
    }
  }

  void Finish() {
    if (!half_closed_) HalfClose();
    // Closing with something unread would send RST and may destroy what is on its way.
    while (ReadPiece(piece_.size()) > 0) continue;
  }

  // Lingering for 0 seconds makes close send RST.
  void Reset() {
    const linger now{1, 0};
    if (::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &now, sizeof now) != 0)
      FailWithErrno("reset");
  }

 private:
  // Returns 0 when the server has closed.
  std::size_t ReadPiece(std::uint64_t limit) {
    const auto length = std::min<std::uint64_t>(limit, piece_.size());
    const ssize_t read = ::read(socket_.number(), piece_.data(), length);
    if (read < 0) FailWithErrno("read");
    return static_cast<std::size_t>(read);
  }

  Socket socket_;
  bool half_closed_ = false;
  std::array<std::uint8_t, 65536> piece_;
};

struct Line {
  std::string_view word, rest;
};

// Leaves out comments and empty lines; throws UnknownWord.
std::vector<Line> ParsePlan(std::string_view plan) {
  std::vector<Line> lines;
  for (int number = 1; !plan.empty(); number++) {
    const auto [line, others] = Cut(plan, '\n');
    plan = others;
    if (line.empty() || line.front() == '#') continue;
    const auto [word, rest] = Cut(line);
    if (Find(word) == nullptr && std::count(kActions.begin(), kActions.end(), word) == 0)
      throw UnknownWord("line " + std::to_string(number) + ": cannot do " + std::string(word));
    lines.push_back({word, rest});
  }
  return lines;
}

void Follow(const std::vector<Line>& lines, const addrinfo& address) {
  // To emplace another one destroys, and so closes, the one before.
  std::optional<Connection> connection(std::in_place, address);
  for (const auto& [word, rest] : lines) {
    if (const Encoder encode = Find(word)) {
      connection->Send(encode(rest));
    } else if (word == "pause") {
      std::this_thread::sleep_for(std::chrono::milliseconds(Parse<int>(rest)));
    } else if (word == "half-close") {
      connection->HalfClose();
    } else if (word == "receive") {
      connection->Receive(rest);
    } else if (word == "connect") {
      connection->Finish();
      connection.emplace(address);
    } else if (word == "reset") {
      connection->Reset();
      return;
    }
  }
  connection->Finish();
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) FailWithErrno(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 4) {
    std::fputs("usage: send HOST PORT PLAN\n", stderr);
    return EXIT_FAILURE;
  }
  // Else a server that closes early kills the program without a word.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::string plan = ReadFile(argv[3]);
    Follow(ParsePlan(plan), *Resolve(argv[1], argv[2]));
    return EXIT_SUCCESS;
  } catch (const UnknownWord& error) {
    std::fprintf(stderr, "send: %s\n", error.what());
    return kCannot;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "send: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
