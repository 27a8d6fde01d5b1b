<?php

// Does what a plan says: puts exact octets on the wire.
//
// usage: php send.php HOST PORT PLAN

declare(strict_types=1);

const CANNOT = 77;
const PIECE = 65536;

// These layouts say the order of the octets; s, l, q, f and d take the machine's order.
// pack keeps an integer's low octets, so one layout does with a sign and without.
const INTEGERS = [
    'u8' => 'C', 'i8' => 'C',
    'u16be' => 'n', 'u16le' => 'v', 'i16be' => 'n', 'i16le' => 'v',
    'u32be' => 'N', 'u32le' => 'V', 'i32be' => 'N', 'i32le' => 'V',
    'u64be' => 'J', 'u64le' => 'P', 'i64be' => 'J', 'i64le' => 'P',
];
const FLOATS = ['f32be' => 'G', 'f32le' => 'g', 'f64be' => 'E', 'f64le' => 'e'];
const NAMED_FLOATS = ['inf' => INF, '-inf' => -INF, 'nan' => NAN];

// (int) stops at 2^63 - 1, and + and * go on in floats; << and | keep to 64 bits.
function integer(string $text): int
{
    if ($text[0] === '-') {
        return (int) $text;
    }
    $high = $low = 0;
    foreach (str_split($text) as $digit) {
        $low = $low * 10 + (int) $digit;
        $high = $high * 10 + ($low >> 32);
        $low &= 0xffffffff;
    }
    return $high << 32 | $low;
}

function float(string $text): float
{
    return NAMED_FLOATS[$text] ?? (float) $text;
}

// The integer stands for 0 to 2^64 - 1.
function uleb(int $value): string
{
    $octets = '';
    while (($value & ~0x7f) !== 0) {
        $octets .= chr($value & 0x7f | 0x80);
        // Without the sign, which >> copies.
        $value = $value >> 7 & PHP_INT_MAX >> 6;
    }
    return $octets . chr($value);
}

function sleb(int $value): string
{
    $octets = '';
    while ($value < -0x40 || $value >= 0x40) {
        $octets .= chr($value & 0x7f | 0x80);
        $value >>= 7;
    }
    return $octets . chr($value & 0x7f);
}

function zigzag(int $value): string
{
    return uleb($value << 1 ^ $value >> 63);
}

// A PHP string is octets, and the plan's are UTF-8 already.
function text(string $rest): string
{
    return $rest;
}

// Not chr(), which is for octets.
function points(string $rest): string
{
    return iconv('UTF-32BE', 'UTF-8', pack('N*', ...array_map(hexdec(...), explode(' ', $rest))));
}

function bytes(string $rest): string
{
    return hex2bin(str_replace(' ', '', $rest));
}

function frame(string $rest): string
{
    [$prefix, $body] = explode(' ', $rest, 2);
    return encode($prefix, (string) strlen($body)) . $body;
}

function repeat(string $rest): string
{
    [$count, $octet] = explode(' ', $rest);
    return str_repeat(hex2bin($octet), (int) $count);
}

function ramp(string $rest): string
{
    $block = pack('C*', ...range(0, 250));
    return substr(str_repeat($block, intdiv((int) $rest, 251) + 1), 0, (int) $rest);
}

function noise(string $rest): string
{
    [$count, $x] = array_map(intval(...), explode(' ', $rest));
    $octets = '';
    for ($i = 0; $i < $count; $i++) {
        $x = $x * 16807 % 2147483647;
        $octets .= chr($x >> 8 & 255);
    }
    return $octets;
}

const ENCODERS = ['text', 'points', 'bytes', 'frame', 'repeat', 'ramp', 'noise'];
const VARINTS = ['uleb', 'sleb', 'zigzag'];
const ACTIONS = ['pause', 'half-close', 'receive', 'connect', 'reset'];

function isKnown(string $word): bool
{
    return isset(INTEGERS[$word]) || isset(FLOATS[$word])
        || in_array($word, [...ENCODERS, ...VARINTS, ...ACTIONS], true);
}

// The octets of a sending line.
function encode(string $word, string $rest): string
{
    if (isset(INTEGERS[$word])) {
        return pack(INTEGERS[$word] . '*', ...array_map(integer(...), explode(' ', $rest)));
    }
    if (isset(FLOATS[$word])) {
        return pack(FLOATS[$word] . '*', ...array_map(float(...), explode(' ', $rest)));
    }
    if (in_array($word, VARINTS, true)) {
        return implode(array_map(fn ($text) => $word(integer($text)), explode(' ', $rest)));
    }
    return $word($rest);
}

// One connection, ended as the contract says.
final class Connection
{
    /** @var resource */
    private $stream;
    private bool $halfClosed = false;

    public function __construct(string $host, string $port)
    {
        $address = str_contains($host, ':') ? "[$host]" : $host;
        $context = stream_context_create(['socket' => ['tcp_nodelay' => true]]);
        $this->stream = stream_socket_client("tcp://$address:$port", context: $context);
    }

    // fwrite may take a part only.
    public function send(string $octets): void
    {
        for ($sent = 0; $sent < strlen($octets);) {
            $sent += fwrite($this->stream, substr($octets, $sent, PIECE));
        }
    }

    public function halfClose(): void
    {
        if (!stream_socket_shutdown($this->stream, STREAM_SHUT_WR)) {
            throw new RuntimeException('the connection is gone before the half-close');
        }
        $this->halfClosed = true;
    }

    public function receive(string $count): void
    {
        $left = $count === 'all' ? PHP_INT_MAX : (int) $count;
        while ($left > 0) {
            $piece = $this->receivePiece(min($left, PIECE));
            if ($piece === '' && $count === 'all') {
                return;
            }
            if ($piece === '') {
                throw new RuntimeException("the server closed with $left octets still to receive");
            }
            echo $piece;
            $left -= strlen($piece);
        }
    }

    public function finish(): void
    {
        if (!$this->halfClosed) {
            $this->halfClose();
        }
        // Closing with something unread would send RST and may destroy what is on its way.
        while ($this->receivePiece(PIECE) !== '');
        fclose($this->stream);
    }

    public function reset(): void
    {
        // Lingering for 0 seconds makes closing send RST. Streams cannot set it, sockets can.
        $linger = ['l_onoff' => 1, 'l_linger' => 0];
        socket_set_option(socket_import_stream($this->stream), SOL_SOCKET, SO_LINGER, $linger);
        fclose($this->stream);
    }

    // Up to so many octets; none when the server has closed.
    private function receivePiece(int $most): string
    {
        $piece = fread($this->stream, $most);
        if ($piece === false) {
            throw new RuntimeException('the server reset the connection');
        }
        return $piece;
    }
}

/**
 * The plan's lines as [number, word, rest], without comments and empty lines.
 *
 * @return list<array{int, string, string}>
 */
function readPlan(string $path): array
{
    $lines = [];
    foreach (explode("\n", file_get_contents($path)) as $index => $line) {
        if ($line !== '' && $line[0] !== '#') {
            [$word, $rest] = [...explode(' ', $line, 2), ''];
            $lines[] = [$index + 1, $word, $rest];
        }
    }
    return $lines;
}

function follow(array $lines, string $host, string $port): void
{
    $connection = new Connection($host, $port);
    foreach ($lines as [, $word, $rest]) {
        switch ($word) {
            case 'pause':
                usleep((int) $rest * 1000);
                break;
            case 'half-close':
                $connection->halfClose();
                break;
            case 'receive':
                $connection->receive($rest);
                break;
            case 'connect':
                $connection->finish();
                $connection = new Connection($host, $port);
                break;
            case 'reset':
                $connection->reset();
                return;
            default:
                $connection->send(encode($word, $rest));
        }
    }
    $connection->finish();
}

function main(array $arguments): int
{
    if (count($arguments) !== 3) {
        throw new InvalidArgumentException('usage: php send.php HOST PORT PLAN');
    }
    [$host, $port, $path] = $arguments;
    $lines = readPlan($path);
    foreach ($lines as [$number, $word]) {
        if (!isKnown($word)) {
            fwrite(STDERR, "line $number: cannot do '$word'\n");
            return CANNOT;
        }
    }
    follow($lines, $host, $port);
    return 0;
}

// PHP would print its warnings, to stdout even, and go on.
set_error_handler(fn (int $severity, string $message) => throw new ErrorException($message));
// PHP would take a server that is silent for 60 seconds for one that has closed.
ini_set('default_socket_timeout', '-1');
try {
    exit(main(array_slice($argv, 1)));
} catch (Throwable $error) {
    fwrite(STDERR, "send.php: {$error->getMessage()}\n");
    exit(1);
}
