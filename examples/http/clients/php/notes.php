<?php
declare(strict_types=1);

[, $url, $case, $path] = $argv;
$given = file_get_contents($path);

function ask(string $address, array $http = []): string|false
{
    return file_get_contents($address, false, stream_context_create(['http' => $http]));
}

function post(string $address, string $body): string|false
{
    return ask($address, ['method' => 'POST', 'header' => 'Content-Type: application/json', 'content' => $body]);
}

$answer = match ($case) {
    'notes/post', 'notes/moved' => post("http://$url/notes", $given),
    'notes/encode', 'notes/encode-long' => post("http://$url/notes", json_encode(json_decode($given))),
    'notes/header' => ask("http://$url/notes", ['header' => "X-Author: $given"]),
    default => ask("http://$url$given"),
};
if ($answer === false) {
    exit(1);
}
echo $answer;
