//! `store HOST PORT CASE INPUT`: one case with redis-rs.

use std::error::Error;
use std::io::Write as _;

use redis::{Client, Commands, Connection, Pipeline, RedisResult};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, case, path] = arguments.as_slice() else { return Err("usage: store HOST PORT CASE INPUT".into()) };
    let given = std::fs::read_to_string(path)?;
    let mut store = Client::open((host.as_str(), port.parse::<u16>()?))?.get_connection()?;
    let answer = answer(&mut store, case.trim_start_matches("store/"), &given)?;
    Ok(std::io::stdout().write_all(&answer)?)
}

fn answer(store: &mut Connection, case: &str, given: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(match case {
        "octets" => set_get(store, &octets(given)?)?,
        "large" => {
            store.set::<_, _, ()>("k", given.repeat(100_000))?;
            number(store.strlen("k")?)
        }
        "pipeline" => three(&mut redis::pipe(), given, store)?,
        "transaction" => three(redis::pipe().atomic(), given, store)?,
        "expire" => {
            store.set::<_, _, ()>(given, 1)?;
            number(store.expire(given, 60)?)
        }
        "increment" => {
            store.set::<_, _, ()>("k", given)?;
            number(store.incr("k", 1)?)
        }
        "float" => store.set("k", 1e21).map(|()| Vec::new())?,
        "boolean" => {
            ping(store)?;
            store.set("k", true).map(|()| Vec::new())?
        }
        "capitals" | "introduction" => ping(store).map(|()| Vec::new())?,
        _ => set_get(store, given.as_bytes())?,
    })
}

fn set_get(store: &mut Connection, value: &[u8]) -> RedisResult<Vec<u8>> {
    store.set::<_, _, ()>("k", value)?;
    store.get("k")
}

fn three(pipeline: &mut Pipeline, value: &str, store: &mut Connection) -> RedisResult<Vec<u8>> {
    let (_, _, last): (String, i64, Vec<u8>) = pipeline.set("k", value).append("k", "!").get("k").query(store)?;
    Ok(last)
}

fn ping(store: &mut Connection) -> RedisResult<()> {
    redis::cmd("PING").query(store)
}

fn number(value: i64) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn octets(hex: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16)).collect()
}
