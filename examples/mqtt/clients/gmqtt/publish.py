import asyncio
import sys

from gmqtt import Client, Message
from gmqtt.mqtt.constants import MQTTv50, MQTTv311
from gmqtt.storage import PersistentStorage


async def publish(host, port, told):
    will = None
    if "will-topic" in told:
        will = Message(told["will-topic"], told["will-payload"], qos=1, retain=True)
    unacknowledged = PersistentStorage()
    client = Client("samewire", will_message=will, persistent_storage=unacknowledged)
    version = {"3.1.1": MQTTv311, "5": MQTTv50}[told["version"]]
    await client.connect(host, int(port), keepalive=60, version=version)
    client.publish(told["topic"], told["payload"], qos=int(told["qos"]), retain="retain" in told)
    await unacknowledged.wait_empty()
    await client.disconnect()


with open(sys.argv[3], encoding="utf-8") as file:
    told = dict(line.rstrip("\n").partition(" ")[::2] for line in file)
asyncio.run(publish(sys.argv[1], sys.argv[2], told))
