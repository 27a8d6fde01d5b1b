# store.pl HOST PORT CASE INPUT: one case with Perl's Redis. It wants octets, which `given` is.
use strict;
use warnings;
use Redis;

my ($host, $port, $case, $path) = @ARGV;
open my $file, '<:raw', $path or die "$path: $!";
my $given = do { local $/; <$file> } // '';
my $store = Redis->new(server => "$host:$port");
binmode STDOUT;

sub set_get {
    my ($value) = @_;
    $store->set('k', $value);
    print $store->get('k');
}

my %cases = (
    octets => sub { set_get(pack 'H*', $given) },
    large  => sub {
        $store->set('k', $given x 100_000);
        print $store->strlen('k');
    },
    pipeline => sub {
        my $last;
        $store->set('k', $given, sub { });
        $store->append('k', '!', sub { });
        $store->get('k', sub { ($last) = @_ });
        $store->wait_all_responses;
        print $last;
    },
    transaction => sub {
        $store->multi;
        $store->set('k', $given);
        $store->append('k', '!');
        $store->get('k');
        print +($store->exec)[-1];
    },
    expire => sub {
        $store->set($given, 1);
        print $store->expire($given, 60);
    },
    increment => sub {
        $store->set('k', $given);
        print $store->incr('k');
    },
    float        => sub { $store->set('k', 1e21) },
    boolean      => sub { $store->ping; $store->set('k', 1 == 1) },
    nothing      => sub { $store->ping; $store->set('k', undef) },
    capitals     => sub { $store->ping },
    introduction => sub { $store->ping },
);

my ($name) = $case =~ m{^store/(.*)};
($cases{$name} // sub { set_get($given) })->();
