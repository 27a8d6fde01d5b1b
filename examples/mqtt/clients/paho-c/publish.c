// Publishes the one message that a file names, as a program would that uses Eclipse Paho for C.

#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 1024, PATIENCE_MS = 10000 };

struct told {
    char topic[LINE], payload[LINE], will_topic[LINE], will_payload[LINE];
    int version, qos, retained;
};

static void must(int status, const char *what) {
    if (status != MQTTCLIENT_SUCCESS) {
        fprintf(stderr, "cannot %s: %s (%d)\n", what, MQTTClient_strerror(status), status);
        exit(1);
    }
}

static struct told read_told(const char *path) {
    struct told told = {0};
    char line[LINE];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *value = strchr(line, ' ');
        value = value ? (*value = 0, value + 1) : "";
        if (!strcmp(line, "version")) told.version = strcmp(value, "5") ? MQTTVERSION_3_1_1 : MQTTVERSION_5;
        else if (!strcmp(line, "topic")) strcpy(told.topic, value);
        else if (!strcmp(line, "payload")) strcpy(told.payload, value);
        else if (!strcmp(line, "qos")) told.qos = atoi(value);
        else if (!strcmp(line, "retain")) told.retained = 1;
        else if (!strcmp(line, "will-topic")) strcpy(told.will_topic, value);
        else if (!strcmp(line, "will-payload")) strcpy(told.will_payload, value);
    }
    fclose(file);
    return told;
}

static void connect_as(MQTTClient client, struct told *told) {
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions of_5 = MQTTClient_connectOptions_initializer5;
    MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
    will.topicName = told->will_topic;
    will.message = told->will_payload;
    will.qos = 1;
    will.retained = 1;
    if (told->version == MQTTVERSION_5) {
        options = of_5;
        options.cleanstart = 1;
    }
    options.MQTTVersion = told->version;
    options.keepAliveInterval = 60;
    options.will = told->will_topic[0] ? &will : NULL;
    if (told->version == MQTTVERSION_5) {
        MQTTResponse response = MQTTClient_connect5(client, &options, NULL, NULL);
        must(response.reasonCode, "connect");
        MQTTResponse_free(response);
    } else {
        must(MQTTClient_connect(client, &options), "connect");
    }
}

static void publish(MQTTClient client, struct told *told) {
    MQTTClient_message message = MQTTClient_message_initializer;
    MQTTClient_deliveryToken token = 0;
    message.payload = told->payload;
    message.payloadlen = (int)strlen(told->payload);
    message.qos = told->qos;
    message.retained = told->retained;
    if (told->version == MQTTVERSION_5) {
        MQTTResponse response = MQTTClient_publishMessage5(client, told->topic, &message, &token);
        must(response.reasonCode, "publish");
        MQTTResponse_free(response);
    } else {
        must(MQTTClient_publishMessage(client, told->topic, &message, &token), "publish");
    }
    must(MQTTClient_waitForCompletion(client, token, PATIENCE_MS), "publish in time");
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    struct told told = read_told(arguments[3]);
    char address[LINE];
    snprintf(address, sizeof address, "tcp://%s:%s", arguments[1], arguments[2]);
    MQTTClient client;
    MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
    options.MQTTVersion = told.version;
    must(MQTTClient_createWithOptions(&client, address, "samewire", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options), "start");
    connect_as(client, &told);
    publish(client, &told);
    if (told.version == MQTTVERSION_5) must(MQTTClient_disconnect5(client, PATIENCE_MS, MQTTREASONCODE_SUCCESS, NULL), "disconnect");
    else must(MQTTClient_disconnect(client, PATIENCE_MS), "disconnect");
    MQTTClient_destroy(&client);
    return 0;
}
