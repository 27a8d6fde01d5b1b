import sys
import threading

import paho.mqtt.client as mqtt

host, port, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    told = dict(line.rstrip("\n").partition(" ")[::2] for line in file)

version = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}[told["version"]]
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="samewire", protocol=version)
if "will-topic" in told:
    client.will_set(told["will-topic"], told["will-payload"], qos=1, retain=True)
connected = threading.Event()
client.on_connect = lambda *_: connected.set()
client.connect(host, int(port), keepalive=60)
client.loop_start()
if not connected.wait(10):
    sys.exit("no answer from the broker")
message = client.publish(told["topic"], told["payload"], qos=int(told["qos"]), retain="retain" in told)
message.wait_for_publish(10)
client.disconnect()
client.loop_stop()
