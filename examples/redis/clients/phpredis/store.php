<?php
// store.php HOST PORT CASE INPUT: one case with phpredis.
[, $host, $port, $case, $path] = $argv;
$given = file_get_contents($path);
$store = new Redis();
$store->connect($host, (int) $port);

function set_get(Redis $store, string $value): void
{
    $store->set('k', $value);
    echo $store->get('k');
}

function three(Redis $pipe, string $value): void
{
    $answers = $pipe->set('k', $value)->append('k', '!')->get('k')->exec();
    echo end($answers);
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
        three($store->pipeline(), $given);
        break;
    case 'transaction':
        three($store->multi(), $given);
        break;
    case 'expire':
        $store->set($given, 1);
        echo (int) $store->expire($given, 60);
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
