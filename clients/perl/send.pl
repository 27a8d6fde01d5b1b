# Does what a plan says: puts exact octets on the wire.
#
# usage: perl send.pl HOST PORT PLAN

use v5.30;    # much older ones do not round every float correctly
use warnings;

use Socket qw(
    AI_NUMERICHOST IPPROTO_TCP SHUT_WR SOCK_STREAM SOL_SOCKET SO_LINGER TCP_NODELAY getaddrinfo
);

use constant {
    CANNOT => 77,
    PIECE  => 65536,
    RAMP   => pack('C*', 0 .. 250),

    # "nan" + 0 is negative on some machines.
    NAN => unpack('d>', pack('H*', '7ff8000000000000')),
};

# ">" and "<" order the octets; without them pack takes the machine's order.
my %INTEGERS = (
    u8    => 'C',  i8    => 'c',
    u16be => 'S>', u16le => 'S<', i16be => 's>', i16le => 's<',
    u32be => 'L>', u32le => 'L<', i32be => 'l>', i32le => 'l<',
    u64be => 'Q>', u64le => 'Q<', i64be => 'q>', i64le => 'q<',
);
my %FLOATS  = (f32be => 'f>', f32le => 'f<', f64be => 'd>', f64le => 'd<');
my %VARINTS = (uleb => \&uleb, sleb => \&sleb, zigzag => \&zigzag);

my %ENCODERS = (
    text   => \&text,
    points => \&points,
    bytes  => \&bytes,
    frame  => \&frame,
    repeat => \&repeat,
    ramp   => \&ramp,
    noise  => \&noise,
    map({ $_ => integers($INTEGERS{$_}) } keys %INTEGERS),
    map({ $_ => floats($FLOATS{$_}) } keys %FLOATS),
    map({ $_ => varints($VARINTS{$_}) } keys %VARINTS),
);
my %ACTIONS = map { $_ => 1 } qw(pause half-close receive connect reset);

# Characters to octets. A string is one or the other and Perl cannot tell which: sent as it is,
# "é" would go out as Latin-1, and syswrite would die of "€".
sub text {
    my ($text) = @_;
    utf8::encode($text);
    return $text;
}

sub points {
    my ($rest) = @_;
    return text(join '', map { chr hex } split / /, $rest);
}

sub bytes {
    my ($rest) = @_;
    return pack 'H*', $rest =~ tr/ //dr;
}

sub integers {
    my ($layout) = @_;
    return sub { pack "$layout*", split / /, $_[0] };
}

sub floats {
    my ($layout) = @_;
    return sub { pack "$layout*", map { $_ eq 'nan' ? NAN : $_ } split / /, $_[0] };
}

sub varints {
    my ($encode) = @_;
    return sub { join '', map { $encode->($_) } split / /, $_[0] };
}

# Not pack 'w', which is BER: the other way round.
sub uleb {
    my ($value) = @_;
    my $octets = '';
    for (; $value >= 0x80; $value >>= 7) {
        $octets .= chr($value & 0x7f | 0x80);
    }
    return $octets . chr $value;
}

sub sleb {
    use integer;    # makes >> keep the sign
    my ($value) = @_;
    my $octets = '';
    for (; $value < -0x40 || $value >= 0x40; $value >>= 7) {
        $octets .= chr($value & 0x7f | 0x80);
    }
    return $octets . chr($value & 0x7f);
}

sub zigzag {
    my ($value) = @_;
    return uleb($value < 0 ? ~($value << 1) : $value << 1);
}

sub frame {
    my ($rest) = @_;
    my ($prefix, $body) = split / /, $rest, 2;

    # length counts characters of text, and octets once it is encoded.
    my $octets = text($body);
    return $ENCODERS{$prefix}->(length $octets) . $octets;
}

sub repeat {
    my ($rest) = @_;
    my ($count, $octet) = split / /, $rest;
    return bytes($octet) x $count;
}

sub ramp {
    my ($count) = @_;
    return substr RAMP x ($count / length(RAMP) + 1), 0, $count;
}

sub noise {
    my ($rest) = @_;
    my ($count, $x) = split / /, $rest;
    my $octets = '';
    for (1 .. $count) {
        $x = $x * 16807 % 2147483647;
        $octets .= chr($x >> 8 & 255);
    }
    return $octets;
}

# One connection, ended as the contract says.
sub open_connection {
    my ($host, $port) = @_;
    my %hints = (flags => AI_NUMERICHOST, socktype => SOCK_STREAM);
    my ($error, $server) = getaddrinfo($host, $port, \%hints);
    die "$host: $error\n" if $error;
    socket(my $socket, $server->{family}, SOCK_STREAM, IPPROTO_TCP) or die "socket: $!\n";
    connect($socket, $server->{addr}) or die "connect to $host port $port: $!\n";
    setsockopt($socket, IPPROTO_TCP, TCP_NODELAY, 1) or die "TCP_NODELAY: $!\n";
    return { socket => $socket, half_closed => 0 };
}

# Not print, whose buffer syswrite would overtake; syswrite may take a part only.
sub send_octets {
    my ($connection, $octets) = @_;
    my $sent = 0;
    while ($sent < length $octets) {
        $sent += syswrite($connection->{socket}, $octets, PIECE, $sent) // die "send: $!\n";
    }
}

# Up to so many octets; none when the server has closed.
sub receive_piece {
    my ($connection, $most) = @_;
    sysread($connection->{socket}, my $piece, $most) // die "receive: $!\n";
    return $piece;
}

sub receive {
    my ($connection, $count) = @_;
    if ($count eq 'all') {
        while ((my $piece = receive_piece($connection, PIECE)) ne '') {
            print $piece;
        }
        return;
    }
    for (my $left = $count; $left > 0;) {
        my $piece = receive_piece($connection, $left < PIECE ? $left : PIECE);
        die "the server closed with $left octets still to receive\n" if $piece eq '';
        print $piece;
        $left -= length $piece;
    }
}

sub half_close {
    my ($connection) = @_;
    shutdown($connection->{socket}, SHUT_WR) or die "half-close: $!\n";
    $connection->{half_closed} = 1;
}

sub finish {
    my ($connection) = @_;
    half_close($connection) unless $connection->{half_closed};

    # Closing with something unread would send RST and may destroy what is on its way.
    1 while receive_piece($connection, PIECE) ne '';
    close $connection->{socket};
}

sub abort {
    my ($connection) = @_;

    # Lingering for 0 seconds makes close send RST.
    setsockopt($connection->{socket}, SOL_SOCKET, SO_LINGER, pack 'i2', 1, 0)
        or die "SO_LINGER: $!\n";
    close $connection->{socket};
}

# The plan's lines as [number, word, rest], without comments and empty lines.
sub read_plan {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    my $plan = do { local $/; <$file> };
    utf8::decode($plan) or die "$path: not UTF-8\n";
    my $number = 0;
    my @lines  = map { [++$number, split(/ /, $_, 2)] } split /\n/, $plan;
    return grep { @$_ > 1 && $_->[1] !~ /^#/ } @lines;
}

sub follow {
    my ($host, $port, @lines) = @_;
    my $connection = open_connection($host, $port);
    for (@lines) {
        my (undef, $word, $rest) = @$_;
        if (my $encode = $ENCODERS{$word}) {
            send_octets($connection, $encode->($rest));
        }
        elsif ($word eq 'pause') {
            select undef, undef, undef, $rest / 1000;    # sleep knows whole seconds only
        }
        elsif ($word eq 'half-close') {
            half_close($connection);
        }
        elsif ($word eq 'receive') {
            receive($connection, $rest);
        }
        elsif ($word eq 'connect') {
            finish($connection);
            $connection = open_connection($host, $port);
        }
        elsif ($word eq 'reset') {
            return abort($connection);
        }
    }
    finish($connection);
}

sub main {
    die "usage: perl send.pl HOST PORT PLAN\n" unless @_ == 3;
    my ($host, $port, $path) = @_;
    my @lines = read_plan($path);
    for (@lines) {
        my ($number, $word) = @$_;
        next if $ENCODERS{$word} || $ACTIONS{$word};
        print STDERR "line $number: cannot do '", text($word), "'\n";
        return CANNOT;
    }
    follow($host, $port, @lines);
    close STDOUT or die "stdout: $!\n";
    return 0;
}

# Sending to a closed connection is to be an error, not the end.
$SIG{PIPE} = 'IGNORE';
binmode STDOUT;
my $status = eval { main(@ARGV) };
if ($@) {
    # Not die, whose exit status is whatever $! happens to be.
    print STDERR "send.pl: $@";
    exit 1;
}
exit $status;
