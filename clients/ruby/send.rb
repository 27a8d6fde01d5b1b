# frozen_string_literal: true

# Does what a plan says: puts exact octets on the wire.
#
# usage: ruby send.rb HOST PORT PLAN

require 'socket'

CANNOT = 77
RAMP = (0..250).to_a.pack('C*')

# ">" and "<" order the octets; without them pack takes the machine's order.
INTEGERS = {
  'u8' => 'C', 'i8' => 'c',
  'u16be' => 'S>', 'u16le' => 'S<', 'i16be' => 's>', 'i16le' => 's<',
  'u32be' => 'L>', 'u32le' => 'L<', 'i32be' => 'l>', 'i32le' => 'l<',
  'u64be' => 'Q>', 'u64le' => 'Q<', 'i64be' => 'q>', 'i64le' => 'q<'
}.freeze
FLOATS = { 'f32be' => 'g', 'f32le' => 'e', 'f64be' => 'G', 'f64le' => 'E' }.freeze
NAMED_FLOATS = { 'inf' => Float::INFINITY, '-inf' => -Float::INFINITY, 'nan' => Float::NAN }.freeze

def points(rest)
  rest.split.map(&:hex).pack('U*').b
end

def bytes(rest)
  [rest.delete(' ')].pack('H*')
end

def float(text)
  NAMED_FLOATS.fetch(text) { nearest(Float(text), text.to_r) }
end

# Float reads 60 digits and drops what follows, so its result may be the neighbour of what is right. Of two that are as near, the even
# one is. Not Rational#to_f, which does not round to the nearest.
def nearest(guess, exact)
  near = [guess.prev_float, guess, guess.next_float].select(&:finite?)
  near.min_by { |float| [(float.to_r - exact).abs, [float].pack('G').getbyte(7) & 1] }
end

# Not pack('w'), which is BER: the other way round.
def uleb(value)
  octets = []
  while value >= 0x80
    octets << (value & 0x7f | 0x80)
    value >>= 7
  end
  [*octets, value].pack('C*')
end

def sleb(value)
  octets = []
  until (-0x40...0x40).cover?(value)
    octets << (value & 0x7f | 0x80)
    value >>= 7
  end
  [*octets, value & 0x7f].pack('C*')
end

def zigzag(value)
  uleb(value << 1 ^ value >> 63)
end

def frame(rest)
  # Not split(' ', 2), which takes the blanks before the body away.
  prefix, _, body = rest.partition(' ')
  # The length counts octets: bytesize, not length.
  ENCODERS[prefix].call(body.bytesize.to_s) + body.b
end

def repeat(rest)
  count, octet = rest.split
  bytes(octet) * count.to_i
end

def ramp(rest)
  count = rest.to_i
  (RAMP * (count / RAMP.size + 1)).byteslice(0, count)
end

def noise(rest)
  count, x = rest.split.map(&:to_i)
  # String.new is binary, '' is not.
  count.times.with_object(String.new) do |_, octets|
    x = x * 16_807 % 2_147_483_647
    octets << (x >> 8 & 255)
  end
end

def packed(layout, &number)
  ->(rest) { rest.split.map(&number).pack("#{layout}*") }
end

def varints(encode)
  ->(rest) { rest.split.map { |text| encode.call(text.to_i) }.join }
end

# They all return binary strings; Ruby refuses to join octets above 7f to text in UTF-8.
ENCODERS = {
  'text' => ->(rest) { rest.b },
  'points' => method(:points),
  'bytes' => method(:bytes),
  'frame' => method(:frame),
  'repeat' => method(:repeat),
  'ramp' => method(:ramp),
  'noise' => method(:noise),
  'uleb' => varints(method(:uleb)),
  'sleb' => varints(method(:sleb)),
  'zigzag' => varints(method(:zigzag))
}.merge(
  INTEGERS.transform_values { |layout| packed(layout, &:to_i) },
  FLOATS.transform_values { |layout| packed(layout) { |text| float(text) } }
).freeze
ACTIONS = %w[pause half-close receive connect reset].freeze

# One connection, ended as the contract says.
class Connection
  def initialize(host, port)
    @socket = TCPSocket.new(host, port)
    @socket.setsockopt(:TCP, :NODELAY, true)
    @half_closed = false
  end

  # write takes all of it and, on a socket, has no buffer; puts would add a line feed.
  def write(octets)
    @socket.write(octets)
  end

  def half_close
    @socket.close_write
    @half_closed = true
  end

  def receive(count)
    return IO.copy_stream(@socket, $stdout) if count == 'all'

    left = count.to_i - IO.copy_stream(@socket, $stdout, count.to_i)
    raise EOFError, "the server closed with #{left} octets still to receive" if left.positive?
  end

  def finish
    half_close unless @half_closed
    # Closing with something unread would send RST and may destroy what is on its way.
    IO.copy_stream(@socket, File::NULL)
    @socket.close
  end

  def reset
    # Lingering for 0 seconds makes close send RST.
    @socket.setsockopt(Socket::Option.linger(true, 0))
    @socket.close
  end
end

# The plan's lines as [number, word, rest], without comments and empty lines.
def read_plan(path)
  # The encoding is said: under LC_ALL=C it would be ASCII.
  lines = File.binread(path).force_encoding(Encoding::UTF_8).split("\n")
  numbered = lines.each_with_index.map { |line, index| [index + 1, line] }
  numbered.reject { |_, line| line.empty? || line.start_with?('#') }.map do |number, line|
    word, _, rest = line.partition(' ')
    [number, word, rest]
  end
end

def follow(lines, host, port)
  connection = Connection.new(host, port)
  lines.each do |_, word, rest|
    case word
    when 'pause' then sleep(rest.to_i / 1000.0)
    when 'half-close' then connection.half_close
    when 'receive' then connection.receive(rest)
    when 'connect'
      connection.finish
      connection = Connection.new(host, port)
    when 'reset' then return connection.reset
    else connection.write(ENCODERS[word].call(rest))
    end
  end
  connection.finish
end

def main(host, port, path)
  lines = read_plan(path)
  number, word = lines.find { |_, name| !ENCODERS.key?(name) && !ACTIONS.include?(name) }
  if word
    warn "line #{number}: cannot do #{word.dump}"
    return CANNOT
  end
  $stdout.binmode
  follow(lines, host, port)
  $stdout.flush
  0
end

begin
  abort 'usage: ruby send.rb HOST PORT PLAN' unless ARGV.size == 3
  exit main(*ARGV)
rescue SystemCallError, SocketError, IOError => e
  abort "send.rb: #{e.message}"
end
