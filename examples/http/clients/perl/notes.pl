use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP;

my ($url, $case, $path) = @ARGV;
my $base = "http://$url";
my $http = HTTP::Tiny->new;
my %json = (headers => { 'Content-Type' => 'application/json' });

sub given {
    open my $file, '<:raw', $path or die "cannot open $path: $!";
    local $/;
    return <$file> // '';
}

sub answer {
    return $http->post("$base/notes", { %json, content => given() }) if $case =~ m{^notes/(post|moved)$};
    return $http->post("$base/notes", { %json, content => encode_json(decode_json(given())) }) if $case =~ /encode/;
    return $http->get("$base/notes", { headers => { 'X-Author' => given() } }) if $case eq 'notes/header';
    return $http->get($base . given());
}

my $answer = answer();
$answer->{success} or die "$answer->{status} $answer->{reason}: $answer->{content}\n";
print $answer->{content} // '';
