/* Hosts in C for the tests: orders come in, and bytes for the port go out, through two pipes.
 *
 * An order is a byte, the number of a host, and what the order needs; numbers are of 32 bits. Until
 * it is done the program asks for what a port does: 'r' to read, 'w' to write; 'a' tells an answer,
 * 'd' what the call returned. c_host.py speaks the other end. */
#include <stdio.h>
#include <stdlib.h>

#include "qrnn_host.h"
#ifdef MODEL_HEADER
#include MODEL_HEADER
static const qrnn_network *const model = &MODEL_NAME;
#else
static const qrnn_network *const model = NULL;
#endif

enum { HOSTS = 4096, LOGITS = 256 };

typedef struct {
    qrnn_host host;
    int64_t logits[LOGITS];
    uint16_t *weights;
} one;

static one *hosts[HOSTS];

static void put(const void *data, size_t size)
{
    if (size && fwrite(data, 1, size, stdout) != size)
        exit(2);
}

static void put32(uint32_t value)
{
    put(&value, sizeof value);
}

static void get(void *data, size_t size)
{
    if (fread(data, 1, size, stdin) != size)
        exit(0);
}

static uint32_t get32(void)
{
    uint32_t value;
    get(&value, sizeof value);
    return value;
}

static void *held(size_t size)
{
    void *data = malloc(size ? size : 1);
    if (!data)
        exit(3);
    return data;
}

static int receive(void *context, uint8_t *data, int size)
{
    (void)context;
    put("r", 1);
    put32((uint32_t)size);
    fflush(stdout);
    int32_t count = (int32_t)get32();
    if (count > 0)
        get(data, (size_t)count);
    return count;
}

static int transmit(void *context, const uint8_t *data, int size)
{
    (void)context;
    put("w", 1);
    put32((uint32_t)size);
    put(data, (size_t)size);
    fflush(stdout);
    return (int32_t)get32();
}

static void answered(void *context, const qrnn_host *host)
{
    (void)context;
    put("a", 1);
    uint32_t logits = host->logits ? host->identity.classes : 0;
    put32(host->class_index);
    put32(logits);
    put(host->logits, sizeof(int64_t) * logits);
}

static void done(const qrnn_host *host, int status)
{
    const qrnn_identity *board = &host->identity;
    put("d", 1);
    put32((uint32_t)status);
    put32(host->repeats);
    put(board->digest, sizeof board->digest);
    uint32_t rest[] = {board->words, board->check, board->tokens, board->hidden, board->classes,
                       board->channels, board->input_bits, board->logit_bits, board->state_bits,
                       board->is_signed, board->every, board->front_end, board->endless,
                       board->at_once};
    put(rest, sizeof rest);
}

/* Memory of the very size, so that a byte beyond it is found. */
static int32_t *numbers(uint32_t count)
{
    int32_t *values = held(sizeof *values * count);
    get(values, sizeof *values * count);
    return values;
}

typedef struct {
    const int32_t *values;
    const qrnn_host *host;
} given;

static int32_t look_up(void *context, uint32_t step, uint16_t channel)
{
    const given *from = context;
    return from->values[(size_t)step * from->host->identity.channels + channel];
}

static void make(uint32_t number)
{
    one *made = hosts[number] = held(sizeof *made);
    qrnn_init(&made->host, model, receive, transmit, made);
    made->host.retries = (uint8_t)get32();
    made->host.logit_count = (uint16_t)get32();
    made->host.logits = made->host.logit_count ? made->logits : NULL;
    made->host.answered = answered;
    made->host.memory_size = get32();
    made->host.memory = held(made->host.memory_size);
    made->host.weight_count = get32();
    made->weights = held(2 * made->host.weight_count);
    get(made->weights, 2 * made->host.weight_count);
    made->host.weights = made->host.weight_count ? made->weights : NULL;
}

static void drop(uint32_t number)
{
    free(hosts[number]->host.memory);
    free(hosts[number]->weights);
    free(hosts[number]);
    hosts[number] = NULL;
}

static void quantize(void)
{
    uint16_t channel = (uint16_t)get32();
    uint32_t count = get32();
    int32_t *values = numbers(count);
    for (uint32_t index = 0; index < count && model; index++)
        put32((uint32_t)qrnn_quantize(model, channel, values[index]));
    free(values);
}

static int call(qrnn_host *host, int order)
{
    uint32_t steps = order == 's' || order == 'c' || order == 'f' ? get32() : 0;
    int32_t *values = numbers(order == 'c' || order == 'f' || order == 's' ? get32() : 0);
    given from = {values, host};
    int status = 0;
    switch (order) {
    case 'i': status = qrnn_identify(host); break;
    case 'r': status = qrnn_reset(host); break;
    case 'c': status = qrnn_classify(host, values, steps); break;
    case 'f': status = qrnn_classify_from(host, look_up, &from, steps); break;
    case 's': status = qrnn_step(host, values, steps != 0); break;
    case 'e': status = qrnn_end(host); break;
    default: exit(4);
    }
    free(values);
    return status;
}

int main(void)
{
    for (;;) {
        uint8_t order;
        get(&order, 1);
        uint32_t number = get32();
        if (order == 'l' && model)
            printf("%s\n", qrnn_class_name(model, (int)number));
        else if (order == 'm')
            printf("%s\n", qrnn_message((int)number));
        else if (number >= HOSTS)
            return 5;
        else if (order == 'n')
            make(number);
        else if (order == 'x')
            drop(number);
        else if (order == 'q')
            quantize();
        else
            done(&hosts[number]->host, call(&hosts[number]->host, order));
        fflush(stdout);
    }
}
