import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Does what a plan says: puts exact octets on the wire.
 *
 * <p>usage: java Send HOST PORT PLAN
 */
public final class Send {
  private static final int CANNOT = 77;
  private static final int PIECE = 65536;

  private static final Set<String> ACTIONS =
      Set.of("pause", "half-close", "receive", "connect", "reset");
  private static final Set<String> ENCODERS =
      Set.of(
          "text", "points", "bytes", "u8", "i8", "u16be", "u16le", "i16be", "i16le", "u32be",
          "u32le", "i32be", "i32le", "u64be", "u64le", "i64be", "i64le", "f32be", "f32le", "f64be",
          "f64le", "uleb", "sleb", "zigzag", "frame", "repeat", "ramp", "noise");

  private record Line(String word, String rest) {}

  public static void main(String[] args) {
    if (args.length != 3) {
      fail(1, "usage: java Send HOST PORT PLAN");
    }
    try {
      follow(parse(read(args[2])), args[0], Integer.parseInt(args[1]));
    } catch (IOException | InterruptedException error) {
      fail(1, "Send: " + error.getMessage());
    }
  }

  private static void fail(int status, String message) {
    System.err.println(message);
    System.exit(status);
  }

  private static String read(String path) throws IOException {
    try (InputStream file = new FileInputStream(path)) {
      // Without a charset, Java before 18 takes that of the locale: ASCII under LC_ALL=C.
      return new String(file.readAllBytes(), UTF_8);
    }
  }

  /** Leaves out comments and empty lines, and ends the program at a word that it does not know. */
  private static List<Line> parse(String plan) {
    List<Line> lines = new ArrayList<>();
    int number = 0;
    // Not lines(), which also splits on CR.
    for (String line : plan.split("\n")) {
      number++;
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int gap = line.indexOf(' ');
      String word = gap < 0 ? line : line.substring(0, gap);
      if (!ENCODERS.contains(word) && !ACTIONS.contains(word)) {
        fail(CANNOT, "line " + number + ": cannot do \"" + word + "\"");
      }
      lines.add(new Line(word, line.substring(gap < 0 ? line.length() : gap + 1)));
    }
    return lines;
  }

  private static void follow(List<Line> lines, String host, int port)
      throws IOException, InterruptedException {
    Connection connection = new Connection(host, port);
    for (Line line : lines) {
      switch (line.word) {
        case "pause" -> Thread.sleep(Long.parseLong(line.rest));
        case "half-close" -> connection.halfClose();
        case "receive" -> connection.receive(line.rest);
        case "connect" -> {
          connection.finish();
          connection = new Connection(host, port);
        }
        case "reset" -> {
          connection.reset();
          return;
        }
        default -> connection.send(encode(line.word, line.rest));
      }
    }
    connection.finish();
  }

  /** One connection, ended as the contract says. */
  private static final class Connection {
    private final Socket socket;
    // Not System.out, which keeps its errors to itself.
    private final OutputStream stdout = new FileOutputStream(FileDescriptor.out);

    Connection(String host, int port) throws IOException {
      socket = new Socket(host, port);
      socket.setTcpNoDelay(true);
    }

    void send(byte[] octets) throws IOException {
      // Goes on until all is written, or fails.
      socket.getOutputStream().write(octets);
    }

    void halfClose() throws IOException {
      socket.shutdownOutput();
    }

    void receive(String count) throws IOException {
      InputStream in = socket.getInputStream();
      if (count.equals("all")) {
        in.transferTo(stdout);
        return;
      }
      byte[] piece = new byte[PIECE];
      for (long left = Long.parseLong(count); left > 0; ) {
        int length = in.read(piece, 0, (int) Math.min(left, PIECE));
        if (length < 0) {
          throw new EOFException("the server closed with " + left + " octets still to receive");
        }
        stdout.write(piece, 0, length);
        left -= length;
      }
    }

    void finish() throws IOException {
      if (!socket.isOutputShutdown()) {
        halfClose();
      }
      // Closing with something unread would send RST and may destroy what is on its way.
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      socket.close();
    }

    void reset() throws IOException {
      // Lingering for 0 seconds makes close send RST.
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  private static byte[] encode(String word, String rest) {
    return switch (word) {
      case "text" -> rest.getBytes(UTF_8);
      case "points" -> points(rest.split(" "));
      case "bytes" -> HexFormat.of().parseHex(rest.replace(" ", ""));
      case "uleb", "sleb", "zigzag" -> varints(word, rest.split(" "));
      case "frame" -> frame(rest);
      case "repeat" -> repeat(rest.split(" "));
      case "ramp" -> ramp(Integer.parseInt(rest));
      case "noise" -> noise(rest.split(" "));
      default -> numbers(word, rest.split(" "));
    };
  }

  private static byte[] points(String[] items) {
    StringBuilder text = new StringBuilder();
    for (String item : items) {
      text.appendCodePoint(Integer.parseInt(item, 16));
    }
    return text.toString().getBytes(UTF_8);
  }

  /** Numbers of a fixed width: "u32be" is an unsigned one of 32 bits, big-endian. */
  private static byte[] numbers(String word, String[] items) {
    boolean little = word.endsWith("le");
    int order = word.endsWith("e") ? word.length() - 2 : word.length();
    int width = Integer.parseInt(word, 1, order, 10) / 8;
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    for (String item : items) {
      long bits = word.startsWith("f") ? floatBits(item, width) : integer(item);
      for (int i = 0; i < width; i++) {
        // Takes the low octet alone, of whatever it is given.
        made.write((int) (bits >> 8 * (little ? i : width - 1 - i)));
      }
    }
    return made.toByteArray();
  }

  private static long integer(String item) {
    // A long has no room for the upper half of u64, but for its bits.
    return item.startsWith("-") ? Long.parseLong(item) : Long.parseUnsignedLong(item);
  }

  private static long floatBits(String item, int width) {
    // What Java calls infinity.
    String text = item.replace("inf", "Infinity").replace("nan", "NaN");
    // Not the raw bits, of which there are many for NaN.
    return width == 4
        ? Float.floatToIntBits(Float.parseFloat(text))
        : Double.doubleToLongBits(Double.parseDouble(text));
  }

  private static byte[] varints(String word, String[] items) {
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    for (String item : items) {
      long value = integer(item);
      switch (word) {
        case "sleb" -> sleb(made, value);
        case "zigzag" -> uleb(made, value << 1 ^ value >> 63);
        default -> uleb(made, value);
      }
    }
    return made.toByteArray();
  }

  private static void uleb(ByteArrayOutputStream made, long value) {
    // Unsigned: >>> does not draw the sign along, and what is left is compared with 0 alone.
    for (; value >>> 7 != 0; value >>>= 7) {
      made.write((int) value | 0x80);
    }
    made.write((int) value);
  }

  private static void sleb(ByteArrayOutputStream made, long value) {
    for (; value < -0x40 || value >= 0x40; value >>= 7) {
      made.write((int) value | 0x80);
    }
    made.write((int) value & 0x7f);
  }

  private static byte[] frame(String rest) {
    int gap = rest.indexOf(' ');
    byte[] body = rest.substring(gap + 1).getBytes(UTF_8);
    // The length of the octets, not of the String, which counts UTF-16.
    byte[] length = encode(rest.substring(0, gap), Integer.toString(body.length));
    byte[] made = Arrays.copyOf(length, length.length + body.length);
    System.arraycopy(body, 0, made, length.length, body.length);
    return made;
  }

  private static byte[] repeat(String[] items) {
    byte[] made = new byte[Integer.parseInt(items[0])];
    Arrays.fill(made, (byte) Integer.parseInt(items[1], 16));
    return made;
  }

  private static byte[] ramp(int count) {
    byte[] made = new byte[count];
    for (int i = 0; i < count; i++) {
      made[i] = (byte) (i % 251);
    }
    return made;
  }

  private static byte[] noise(String[] items) {
    byte[] made = new byte[Integer.parseInt(items[0])];
    long x = Long.parseLong(items[1]);
    for (int i = 0; i < made.length; i++) {
      x = x * 16807 % 2147483647;
      made[i] = (byte) (x >> 8);
    }
    return made;
  }
}
