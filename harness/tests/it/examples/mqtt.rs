//! MQTT: the clients of Debian's packages, against a broker.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::support::Example;
use crate::packets::support::are_there;

fn has_broker() -> bool {
    are_there(&["mosquitto", "mosquitto_pub", "tshark", "cc", "dpkg-query"])
}

#[test]
fn clients_of_mqtt_publish_the_same_through_a_broker() {
    if has_broker() {
        let mqtt = Example::copy("mqtt");
        mqtt.run(&["mosquitto", "paho-c"], &[]).assert().code(0).stdout(contains("20 trials: 20 passed"));
        assert!(mqtt.report().to_string().contains("mosquitto version 2."), "the broker's version");
    }
}

#[test]
fn a_client_of_mqtt_that_asks_for_less_is_told_by_message_and_field() {
    if has_broker() {
        let mqtt = Example::copy("mqtt");
        mqtt.change("clients/mosquitto/publish.sh", r#"-q "$value""#, "-q 0");
        let told =
            contains("message 2, Publish Message: mqtt.qos is 0, expected 2").and(contains(r#""Publish Release" is missing"#));
        mqtt.run(&["mosquitto"], &["--case", "publish/qos-2"]).assert().code(1).stdout(told);
    }
}

#[test]
fn a_client_of_mqtt_that_forgets_to_retain_is_told_by_message_and_field() {
    if has_broker() {
        let mqtt = Example::copy("mqtt");
        mqtt.change("clients/paho-c/publish.c", "message.retained = told->retained", "message.retained = 0");
        let told = "message 2, Publish Message: mqtt.retain is 0, expected 1";
        mqtt.run(&["paho-c"], &["--case", "publish/retained"]).assert().code(1).stdout(contains(told));
    }
}
