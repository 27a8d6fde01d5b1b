//! Redis: those clients that Debian's packages suffice for.

use predicates::str::contains;

use super::support::Example;

const CLIENTS: &[&str] = &["hiredis", "perl-redis", "phpredis", "predis", "redis-cli", "redis-rb"];
/// What differs most from one another; `ci/slow` runs all.
const CASES: [&str; 6] =
    ["store/text", "store/octets", "store/transaction", "store/float", "store/nothing", "store/introduction"];

#[test]
fn clients_of_redis_send_the_same_commands_and_read_the_same_answers() {
    let redis = Example::copy("redis");
    redis.run(CLIENTS, &CASES.map(|case| ["--case", case]).concat()).assert().code(0).stdout(contains(" passed"));
}

#[test]
fn a_client_of_redis_that_encodes_otherwise_is_told_by_its_command() {
    let redis = Example::copy("redis");
    redis.change("clients/redis-rb/store.rb", "else set_get.call(given)", "else set_get.call(given.sub('ë'.b, 'e'))");
    let told = r#"message 1: it is "SET k \"Zoe’s 東京 😀\"", expected "SET k \"Zoë’s 東京 😀\"""#;
    redis.run(&["redis-rb"], &["--case", "store/text"]).assert().code(1).stdout(contains(told));
}

#[test]
fn a_command_of_redis_that_is_left_out_is_told_by_its_name() {
    let redis = Example::copy("redis");
    redis.change("clients/perl-redis/store.pl", "$store->multi;", "");
    redis.run(&["perl-redis"], &["--case", "store/transaction"]).assert().code(1).stdout(contains(r#""MULTI" is missing"#));
}

#[test]
fn a_known_difference_of_a_client_of_redis_is_one() {
    let redis = Example::copy("redis");
    redis.run(&["redis-rb"], &["--case", "store/capitals"]).assert().code(0);
    let trial = &redis.report()["trials"][0];
    assert_eq!(trial["verdict"], "known-failure", "{trial:#}");
    assert!(trial.to_string().contains("message 1, PING: spelled is ping, expected PING"), "{trial:#}");
}
