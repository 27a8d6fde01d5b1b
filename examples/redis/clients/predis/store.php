<?php
// store.php HOST PORT CASE INPUT: one case with Predis.
require 'Predis/Autoloader.php';
Predis\Autoloader::register();

[, $host, $port, $case, $path] = $argv;
$given = file_get_contents($path);
$store = new Predis\Client(['host' => $host, 'port' => (int) $port]);

function set_get(Predis\Client $store, string $value): void
{
    $store->set('k', $value);
    echo $store->get('k');
}

function three(string $value): callable
{
    return fn ($pipe) => $pipe->set('k', $value)->append('k', '!')->get('k');
}

switch (substr($case, strlen('store/'))) {
    case 'octets':
        set_get($store, hex2bin($given));
        break;
    case 'large':
        $store->set('k', str_repeat($given, 100000));
        echo $store->strlen('k');
        break;
    case 'pipeline':
        $answers = $store->pipeline(three($given));
        echo end($answers);
        break;
    case 'transaction':
        $answers = $store->transaction(three($given));
        echo end($answers);
        break;
    case 'expire':
        $store->set($given, 1);
        echo $store->expire($given, 60);
        break;
    case 'increment':
        $store->set('k', $given);
        echo $store->incr('k');
        break;
    case 'float':
        $store->set('k', 1e21);
        break;
    case 'boolean':
        $store->ping();
        $store->set('k', true);
        break;
    case 'nothing':
        $store->ping();
        $store->set('k', null);
        break;
    case 'capitals':
    case 'introduction':
        $store->ping();
        break;
    default:
        set_get($store, $given);
}
$store->disconnect();
