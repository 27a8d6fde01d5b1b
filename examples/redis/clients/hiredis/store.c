/* store HOST PORT CASE INPUT: one case with hiredis. */
#include <hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 2 * 1000 * 1000 };

static redisContext *store;
static char given[MOST];
static size_t length;

static void give_up(const char *what) {
    fprintf(stderr, "store: %s\n", what);
    exit(1);
}

static redisReply *checked(redisReply *reply) {
    if (reply == NULL) give_up(store->errstr);
    if (reply->type == REDIS_REPLY_ERROR) give_up(reply->str);
    return reply;
}

static redisReply *ask(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    redisReply *reply = checked(redisvCommand(store, format, arguments));
    va_end(arguments);
    return reply;
}

static void show(const redisReply *reply) {
    if (reply->type == REDIS_REPLY_ARRAY) show(reply->element[reply->elements - 1]);
    else if (reply->type == REDIS_REPLY_INTEGER) printf("%lld", reply->integer);
    else fwrite(reply->str, 1, reply->len, stdout);
}

static void set_get(void) {
    ask("SET k %b", given, length);
    show(ask("GET k"));
}

static void from_hex(void) {
    for (size_t at = 0; at < length; at += 2) {
        unsigned octet;
        if (sscanf(given + at, "%2x", &octet) != 1) give_up("no hex");
        given[at / 2] = (char)octet;
    }
    length /= 2;
}

static void repeat(size_t times) {
    if (length * times > MOST) give_up("too long");
    for (size_t time = 1; time < times; time++) memcpy(given + time * length, given, length);
    length *= times;
}

static void append_three(void) {
    redisAppendCommand(store, "SET k %b", given, length);
    redisAppendCommand(store, "APPEND k !");
    redisAppendCommand(store, "GET k");
}

static void show_last(int answers) {
    void *reply = NULL;
    while (answers-- > 0) {
        redisGetReply(store, &reply);
        checked(reply);
    }
    show(reply);
}

static void run(const char *name) {
    if (strcmp(name, "octets") == 0) {
        from_hex();
        set_get();
    } else if (strcmp(name, "large") == 0) {
        repeat(100000);
        ask("SET k %b", given, length);
        show(ask("STRLEN k"));
    } else if (strcmp(name, "pipeline") == 0) {
        append_three();
        show_last(3);
    } else if (strcmp(name, "transaction") == 0) {
        redisAppendCommand(store, "MULTI");
        append_three();
        redisAppendCommand(store, "EXEC");
        show_last(5);
    } else if (strcmp(name, "expire") == 0) {
        ask("SET %b 1", given, length);
        show(ask("EXPIRE %b %d", given, length, 60));
    } else if (strcmp(name, "increment") == 0) {
        ask("SET k %b", given, length);
        show(ask("INCR k"));
    } else if (strcmp(name, "float") == 0) {
        ask("SET k %f", 1e21);
    } else if (strcmp(name, "capitals") == 0 || strcmp(name, "introduction") == 0) {
        ask("PING");
    } else {
        set_get();
    }
}

int main(int count, char **arguments) {
    if (count != 5) give_up("usage: store HOST PORT CASE INPUT");
    FILE *file = fopen(arguments[4], "rb");
    if (file == NULL) give_up("cannot open the input");
    length = fread(given, 1, sizeof given, file);
    fclose(file);
    store = redisConnect(arguments[1], atoi(arguments[2]));
    if (store == NULL || store->err) give_up("cannot connect");
    run(arguments[3] + strlen("store/"));
    redisFree(store);
    return 0;
}
