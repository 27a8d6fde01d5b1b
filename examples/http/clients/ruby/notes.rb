# frozen_string_literal: true

require 'json'
require 'net/http'

url, name, path = ARGV
base = "http://#{url}"
given = File.read(path)
HEADERS = { 'Content-Type' => 'application/json' }.freeze

def get(address, headers = {})
  Net::HTTP.get_response(URI(address), headers)
end

answer =
  case name
  when 'notes/post', 'notes/moved' then Net::HTTP.post(URI("#{base}/notes"), given, HEADERS)
  when /encode/ then Net::HTTP.post(URI("#{base}/notes"), JSON.generate(JSON.parse(given)), HEADERS)
  when 'notes/header' then get("#{base}/notes", 'X-Author' => given)
  else get(base + given)
  end

answer.value unless answer.is_a?(Net::HTTPRedirection)
print answer.body
