//! Publishes the one message that a file names, as a program would that uses rumqttc.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;
use std::{env, fs};

use rumqttc::Outgoing;

mod of_3 {
    pub use rumqttc::{Client, Event, LastWill, MqttOptions, Packet, QoS};
}

mod of_5 {
    pub use rumqttc::v5::mqttbytes::v5::{LastWill, Packet};
    pub use rumqttc::v5::mqttbytes::QoS;
    pub use rumqttc::v5::{Client, Event, MqttOptions};
}

/// MQTT 3.1.1 and 5 are two modules of the same shape: the same lines for each.
macro_rules! publish {
    ($told:expr, $host:expr, $port:expr, $version:ident, $clean:ident $(, $properties:expr)?) => {{
        use $version::{Client, Event, LastWill, MqttOptions, Packet, QoS};

        let mut options = MqttOptions::new("samewire", $host, $port);
        options.set_keep_alive(Duration::from_secs(60)).$clean(true);
        if $told.contains_key("will-topic") {
            let payload = $told["will-payload"].to_owned();
            options.set_last_will(LastWill::new($told["will-topic"], payload, QoS::AtLeastOnce, true $(, $properties)?));
        }
        let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][$told["qos"].parse::<usize>()?];
        let (client, mut connection) = Client::new(options, 10);
        client.publish($told["topic"], qos, $told.contains_key("retain"), $told["payload"].to_owned())?;
        for event in connection.iter() {
            match event? {
                Event::Outgoing(Outgoing::Publish(_)) if qos == QoS::AtMostOnce => client.disconnect()?,
                Event::Incoming(Packet::PubAck(_) | Packet::PubComp(_)) => client.disconnect()?,
                Event::Outgoing(Outgoing::Disconnect) => break,
                _ => {}
            }
        }
    }};
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [host, port, input] = arguments.as_slice() else {
        return Err("three arguments: HOST PORT INPUT".into());
    };
    let input = fs::read_to_string(input)?;
    let told: HashMap<&str, &str> = input.lines().map(|line| line.split_once(' ').unwrap_or((line, ""))).collect();
    let port = port.parse()?;
    match told["version"] {
        "5" => publish!(told, host, port, of_5, set_clean_start, None),
        _ => publish!(told, host, port, of_3, set_clean_session),
    }
    Ok(())
}
