# store.rb HOST PORT CASE INPUT: one case with redis-rb.
require 'redis'

host, port, name, path = ARGV
given = File.binread(path)
store = Redis.new(host: host, port: port.to_i)
$stdout.binmode

set_get = lambda do |value|
  store.set('k', value)
  print store.get('k')
end
three = lambda do |pipe|
  pipe.set('k', given)
  pipe.append('k', '!')
  pipe.get('k')
end

case name.delete_prefix('store/')
when 'octets' then set_get.call([given].pack('H*'))
when 'large'
  store.set('k', given * 100_000)
  print store.strlen('k')
when 'pipeline' then print store.pipelined(&three).last
when 'transaction' then print store.multi(&three).last
when 'expire'
  store.set(given, 1)
  print store.expire(given, 60) ? 1 : 0
when 'increment'
  store.set('k', given)
  print store.incr('k')
when 'float' then store.set('k', 1e21)
when 'boolean'
  store.ping
  store.set('k', true)
when 'nothing'
  store.ping
  store.set('k', nil)
when 'capitals', 'introduction' then store.ping
else set_get.call(given)
end
store.close
