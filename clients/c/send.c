// Does what a plan says: puts exact octets on the wire.
//
// usage: send HOST PORT PLAN

#define _POSIX_C_SOURCE 200809L

#include <err.h>
#include <inttypes.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CANNOT = 77, PIECE = 65536 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// Octets, with their count: a NUL is one like any other, so strlen and its kin are for the plan
// alone. And not char, whose sign is up to the compiler.
struct octets {
  unsigned char *data;
  size_t length, capacity;
};

// Makes the octets longer by COUNT, and returns where these are to be put.
static unsigned char *extend(struct octets *to, size_t count) {
  size_t length = to->length + count;
  if (length >= to->capacity) {
    to->capacity = 2 * length + 1;
    to->data = realloc(to->data, to->capacity);
    if (to->data == NULL) err(EXIT_FAILURE, "%zu octets", to->capacity);
  }
  unsigned char *added = to->data + to->length;
  to->length = length;
  return added;
}

static void put(struct octets *to, uint64_t octet) {
  *extend(to, 1) = (unsigned char)(octet & 0xff);
}

static void put_text(struct octets *to, const char *text) {
  size_t length = strlen(text);
  memcpy(extend(to, length), text, length);
}

// Goes on to the next item of a list, from where strto... stopped.
static void step(const char **list, const char *end) {
  if (end == *list) errx(EXIT_FAILURE, "no number: %s", *list);
  *list = *end == ' ' ? end + 1 : end;
}

// The next number of a list; strtoull makes two's complement of a negative one.
static uint64_t number(const char **list, int base) {
  char *end;
  uint64_t value = strtoull(*list, &end, base);
  step(list, end);
  return value;
}

static uint64_t integer(const char **list) { return number(list, 10); }

// Without setlocale, strtof and strtod know the decimal point, not a comma. Which NaN they make of
// "nan" is up to the library.

static uint64_t f32(const char **list) {
  char *end;
  float value = strtof(*list, &end);
  step(list, end);
  if (isnan(value)) return 0x7fc00000;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static uint64_t f64(const char **list) {
  char *end;
  double value = strtod(*list, &end);
  step(list, end);
  if (isnan(value)) return 0x7ff8000000000000;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static void points(struct octets *to, const char *rest) {
  while (*rest != '\0') {
    uint64_t point = number(&rest, 16);
    if (point < 0x80) {
      put(to, point);
      continue;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char FIRST[] = {0, 0xc0, 0xe0, 0xf0};
    put(to, FIRST[more] | point >> 6 * more);
    while (more-- > 0) put(to, 0x80 | (point >> 6 * more & 0x3f));
  }
}

static void bytes(struct octets *to, const char *rest) {
  while (rest[0] != '\0' && rest[1] != '\0') {
    const char pair[] = {rest[0], rest[1], '\0'};
    put(to, strtoul(pair, NULL, 16));
    rest += rest[2] == ' ' ? 3 : 2;
  }
}

static void put_uleb(struct octets *to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) put(to, value | 0x80);
  put(to, value);
}

static void uleb(struct octets *to, const char *rest) {
  while (*rest != '\0') put_uleb(to, integer(&rest));
}

static void sleb(struct octets *to, const char *rest) {
  while (*rest != '\0') {
    int64_t value = (int64_t)integer(&rest);
    // Shifting keeps the sign, as with every compiler there is.
    for (; value < -0x40 || value >= 0x40; value >>= 7) put(to, (uint64_t)value | 0x80);
    put(to, (uint64_t)value & 0x7f);
  }
}

static void zigzag(struct octets *to, const char *rest) {
  while (*rest != '\0') {
    uint64_t value = integer(&rest);
    put_uleb(to, value << 1 ^ (value >> 63 ? UINT64_MAX : 0));
  }
}

static void encode(struct octets *to, const char *name, const char *rest);

static void frame(struct octets *to, const char *rest) {
  const size_t gap = strcspn(rest, " ");
  char prefix[8], length[24];
  snprintf(prefix, sizeof prefix, "%.*s", (int)gap, rest);
  const char *body = rest + gap + (rest[gap] == ' ');
  snprintf(length, sizeof length, "%zu", strlen(body));
  encode(to, prefix, length);
  put_text(to, body);
}

static void repeat(struct octets *to, const char *rest) {
  const uint64_t count = integer(&rest);
  const int octet = (int)number(&rest, 16);
  memset(extend(to, count), octet, count);
}

static void ramp(struct octets *to, const char *rest) {
  const uint64_t count = integer(&rest);
  for (uint64_t i = 0; i < count; i++) put(to, i % 251);
}

static void noise(struct octets *to, const char *rest) {
  const uint64_t count = integer(&rest);
  uint64_t x = integer(&rest);
  for (uint64_t i = 0; i < count; i++) {
    x = x * 16807 % 2147483647;
    put(to, x >> 8);
  }
}

enum order { BIG, LITTLE };

// ENCODE makes the octets of a word, or BITS those of each number, to be sent in this width and
// order. A word with neither is one that follow() does.
struct word {
  const char *name;
  void (*encode)(struct octets *to, const char *rest);
  uint64_t (*bits)(const char **list);
  int width;  // in octets
  enum order order;
};

static const struct word WORDS[] = {
    {"text", put_text, NULL, 0, BIG}, {"points", points, NULL, 0, BIG},
    {"bytes", bytes, NULL, 0, BIG},   {"uleb", uleb, NULL, 0, BIG},
    {"sleb", sleb, NULL, 0, BIG},     {"zigzag", zigzag, NULL, 0, BIG},
    {"frame", frame, NULL, 0, BIG},   {"repeat", repeat, NULL, 0, BIG},
    {"ramp", ramp, NULL, 0, BIG},     {"noise", noise, NULL, 0, BIG},
    {"u8", NULL, integer, 1, BIG},    {"i8", NULL, integer, 1, BIG},
    {"u16be", NULL, integer, 2, BIG}, {"u16le", NULL, integer, 2, LITTLE},
    {"u32be", NULL, integer, 4, BIG}, {"u32le", NULL, integer, 4, LITTLE},
    {"u64be", NULL, integer, 8, BIG}, {"u64le", NULL, integer, 8, LITTLE},
    {"i16be", NULL, integer, 2, BIG}, {"i16le", NULL, integer, 2, LITTLE},
    {"i32be", NULL, integer, 4, BIG}, {"i32le", NULL, integer, 4, LITTLE},
    {"i64be", NULL, integer, 8, BIG}, {"i64le", NULL, integer, 8, LITTLE},
    {"f32be", NULL, f32, 4, BIG},     {"f32le", NULL, f32, 4, LITTLE},
    {"f64be", NULL, f64, 8, BIG},     {"f64le", NULL, f64, 8, LITTLE},
    {"pause", NULL, NULL, 0, BIG},    {"half-close", NULL, NULL, 0, BIG},
    {"receive", NULL, NULL, 0, BIG},  {"connect", NULL, NULL, 0, BIG},
    {"reset", NULL, NULL, 0, BIG}};

static const struct word *find(const char *name) {
  for (size_t i = 0; i < COUNT_OF(WORDS); i++)
    if (strcmp(name, WORDS[i].name) == 0) return &WORDS[i];
  return NULL;
}

// Octet by octet, the order of the machine does not matter, nor does padding.
static void put_fixed(struct octets *to, uint64_t bits, int width, enum order order) {
  for (int i = 0; i < width; i++) put(to, bits >> 8 * (order == LITTLE ? i : width - 1 - i));
}

static void encode(struct octets *to, const char *name, const char *rest) {
  const struct word *word = find(name);
  if (word != NULL && word->encode != NULL) {
    word->encode(to, rest);
  } else if (word != NULL && word->bits != NULL) {
    while (*rest != '\0') put_fixed(to, word->bits(&rest), word->width, word->order);
  } else {
    errx(EXIT_FAILURE, "cannot encode %s", name);
  }
}

// A connection is ended as the contract says.
struct connection {
  int socket;
  bool half_closed;
};

static struct connection open_connection(const char *host, const char *port) {
  const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                 .ai_socktype = SOCK_STREAM};
  struct addrinfo *address;
  int error = getaddrinfo(host, port, &hints, &address);
  if (error != 0) errx(EXIT_FAILURE, "%s port %s: %s", host, port, gai_strerror(error));
  int made = socket(address->ai_family, SOCK_STREAM, 0);
  if (made < 0 || connect(made, address->ai_addr, address->ai_addrlen) != 0)
    err(EXIT_FAILURE, "connect");
  freeaddrinfo(address);
  const int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return (struct connection){made, false};
}

// write takes as much as it likes, and says how much that was.
static void write_all(int file, const unsigned char *data, size_t length) {
  while (length > 0) {
    ssize_t written = write(file, data, length);
    if (written < 0) err(EXIT_FAILURE, "write");
    data += written;
    length -= (size_t)written;
  }
}

// Reads at most LIMIT octets; returns 0 when the server has closed.
static size_t read_piece(int socket, unsigned char piece[PIECE], uint64_t limit) {
  ssize_t length = read(socket, piece, limit < PIECE ? limit : PIECE);
  if (length < 0) err(EXIT_FAILURE, "read");
  return (size_t)length;
}

static void receive(const struct connection *connection, const char *count) {
  const bool all = strcmp(count, "all") == 0;
  uint64_t left = all ? UINT64_MAX : integer(&count);
  unsigned char piece[PIECE];
  while (left > 0) {
    size_t length = read_piece(connection->socket, piece, left);
    if (length == 0 && all) return;
    if (length == 0)
      errx(EXIT_FAILURE, "the server closed with %" PRIu64 " octets still to receive", left);
    write_all(STDOUT_FILENO, piece, length);
    left -= length;
  }
}

static void half_close(struct connection *connection) {
  if (shutdown(connection->socket, SHUT_WR) != 0) err(EXIT_FAILURE, "half-close");
  connection->half_closed = true;
}

static void finish(struct connection *connection) {
  if (!connection->half_closed) half_close(connection);
  // Closing with something unread would send RST and may destroy what is on its way.
  unsigned char piece[PIECE];
  while (read_piece(connection->socket, piece, PIECE) > 0) continue;
  close(connection->socket);
}

static void reset(struct connection *connection) {
  // Lingering for 0 seconds makes close send RST.
  const struct linger linger = {.l_onoff = 1, .l_linger = 0};
  if (setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) != 0)
    err(EXIT_FAILURE, "reset");
  close(connection->socket);
}

static void send_line(const struct connection *connection, const char *word, const char *rest) {
  struct octets made = {NULL, 0, 0};
  encode(&made, word, rest);
  write_all(connection->socket, made.data, made.length);
  free(made.data);
}

struct line {
  const char *word, *rest;
};

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) err(EXIT_FAILURE, "%s", path);
  struct octets text = {NULL, 0, 0};
  size_t length;
  do {
    unsigned char *piece = extend(&text, PIECE);
    length = fread(piece, 1, PIECE, file);
    text.length -= PIECE - length;
  } while (length > 0);
  if (ferror(file)) err(EXIT_FAILURE, "%s", path);
  fclose(file);
  put(&text, '\0');
  return (char *)text.data;
}

// Cuts the text into words and what stands behind them; leaves out comments and empty lines, and
// exits at a word that it does not know. After the last line comes one without a word.
static struct line *parse(char *text) {
  size_t count = 1;
  for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) count++;
  struct line *lines = calloc(count + 1, sizeof *lines), *next = lines;
  if (lines == NULL) err(EXIT_FAILURE, "%zu lines", count);
  for (int number = 1; text != NULL; number++) {
    char *word = text;
    text = strchr(word, '\n');
    if (text != NULL) *text++ = '\0';
    if (*word == '\0' || *word == '#') continue;
    char *rest = word + strcspn(word, " ");
    if (*rest != '\0') *rest++ = '\0';
    if (find(word) == NULL) {
      fprintf(stderr, "line %d: cannot do \"%s\"\n", number, word);
      exit(CANNOT);
    }
    *next++ = (struct line){word, rest};
  }
  return lines;
}

static void follow(const struct line *line, const char *host, const char *port) {
  struct connection connection = open_connection(host, port);
  for (; line->word != NULL; line++) {
    const char *word = line->word, *rest = line->rest;
    if (strcmp(word, "pause") == 0) {
      const uint64_t ms = integer(&rest);
      nanosleep(&(struct timespec){(time_t)(ms / 1000), (long)(ms % 1000) * 1000000}, NULL);
    } else if (strcmp(word, "half-close") == 0) {
      half_close(&connection);
    } else if (strcmp(word, "receive") == 0) {
      receive(&connection, rest);
    } else if (strcmp(word, "connect") == 0) {
      finish(&connection);
      connection = open_connection(host, port);
    } else if (strcmp(word, "reset") == 0) {
      reset(&connection);
      return;
    } else {
      send_line(&connection, word, rest);
    }
  }
  finish(&connection);
}

int main(int argc, char *argv[]) {
  if (argc != 4) {
    fputs("usage: send HOST PORT PLAN\n", stderr);
    return EXIT_FAILURE;
  }
  // Else a server that closes early kills the program without a word.
  signal(SIGPIPE, SIG_IGN);
  char *text = read_file(argv[3]);
  struct line *lines = parse(text);
  follow(lines, argv[1], argv[2]);
  free(lines);
  free(text);
  return EXIT_SUCCESS;
}
