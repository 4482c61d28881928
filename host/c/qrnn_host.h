/* A host for boards that qrnn-hw builds: sequences in, classes out, whatever happens on the line.
 *
 * C99 without memory of its own and without floats; docs/protocol.md is what goes over the line,
 * and docs/host.md how to use this. One host is for one port, and no call may interrupt another.
 */
#ifndef QRNN_HOST_H
#define QRNN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A call returns a class, 0..255, this, or what is below. */
#define QRNN_NO_ANSWER 256 /* all is well, and no answer is due yet */

enum {
    QRNN_SILENT = -1,     /* the board must answer, and does not: cable, supply, pins */
    QRNN_NOISE = -2,      /* bytes must be frames, and are not: baud rate */
    QRNN_PORT = -3,       /* the port must stay open: a callback returned less than 0 */
    QRNN_MODEL = -4,      /* the board must hold the model of the header, and holds another */
    QRNN_PROTOCOL = -5,   /* the board must speak version 2 of the protocol, and does not */
    QRNN_UNLOADED = -6,   /* the board must have weights, or a table in flash, and has not */
    QRNN_WEIGHTS = -7,    /* weights must be those that the board asks for */
    QRNN_RESTARTS = -8,   /* the board must keep its state, and restarts, or results are lost */
    QRNN_INPUT = -9,      /* a number must be in the range of its input; a sequence long enough */
    QRNN_TOO_LONG = -10,  /* what the board lost must fit the memory, to be sent again */
    QRNN_MEMORY = -11     /* the memory must hold a frame and a step, the logits all classes */
};

/* The bytes of a frame, at most. A host for boards of narrow steps (up to 63 bytes) may send with
 * QRNN_LONGEST_SENT 69, and saves stack; qrnn_identify refuses other boards then. */
#define QRNN_LONGEST 260
#ifndef QRNN_LONGEST_SENT
#define QRNN_LONGEST_SENT QRNN_LONGEST
#elif QRNN_LONGEST_SENT < 69
#error "QRNN_LONGEST_SENT must be 69 or more"
#endif

/* What a board says of its model. */
typedef struct qrnn_identity {
    uint8_t digest[8];
    uint32_t words, check; /* 16-bit words of weights that it needs, and their CRC-32 */
    uint32_t tokens;       /* how many there are; 0 for inputs that are numbers */
    uint16_t hidden, classes;
    uint8_t channels, input_bits, logit_bits, state_bits;
    bool is_signed, every, front_end, endless, at_once;
} qrnn_identity;

/* How readings of a sensor become numbers of the wire: base + (above * multiplier + addend) >> shift,
 * rounded, of how far a reading is above `first`. build writes it, and has proven it. */
typedef struct qrnn_scale {
    uint64_t multiplier, addend;
    const uint8_t *ups; /* by the bits of these, halves go up; null: to the even number */
    int32_t first;      /* what is below this reading is taken for it */
    uint32_t span;      /* and what is above first + span for that */
    uint32_t tie;       /* what is so near to a half is one */
    int32_t base;
    uint8_t shift;      /* 0: this channel takes no readings */
    uint8_t decimals;   /* of a reading: 2 where 1234 stands for 12.34 in the channel's unit */
} qrnn_scale;

/* A model: what qrnn_model.h of a build holds. */
typedef struct qrnn_network {
    uint8_t identity[28]; /* what its board says */
    const qrnn_scale *scales; /* one a channel; null where readings are numbers of the wire */
    const char *const *names; /* of the classes */
    uint16_t name_count;
} qrnn_network;

/* Return number `channel` of step `step`; it may be asked again, for what was lost. */
typedef int32_t (*qrnn_source)(void *context, uint32_t step, uint16_t channel);

struct qrnn_host;

/* On SPI: what the board shows first if more can be read in the same selection (docs/host.md). */
#define QRNN_SPI_READY 0x52

/* Read up to `size` bytes, 1 or more of them. Wait for the first: 0 says that nothing came for
 * 100 ms, less than 0 that the port is lost. */
typedef int (*qrnn_read)(void *context, uint8_t *data, int size);
/* Write a frame; less than 0 says that the port is lost. */
typedef int (*qrnn_write)(void *context, const uint8_t *data, int size);

/* What is sent, and what has come of it. Frames count from the first of a sequence. */
typedef struct qrnn_job {
    qrnn_source source;       /* of a whole sequence; null for steps in the memory */
    void *context;
    uint32_t frames, accepted, consumed, next, sent;
    uint32_t tail;            /* steps behind the last frame; 0 - what it lacks once that is short */
    uint32_t taken, kept;     /* steps so far, and those of them that can be sent again */
    uint32_t expected, answered, again; /* RESULT frames: due, delivered, to come once more */
    uint32_t restarts;
    uint16_t size, heard;     /* steps of a full frame; samples that no readout was for */
    uint8_t kind, unit, credit, origin; /* unit: bytes of a step; origin: number of frame 0 */
    bool ended, faded;        /* faded: steps were dropped */
} qrnn_job;

/* A host. qrnn_init sets all; the first part may be changed after it, before the first call. */
typedef struct qrnn_host {
    int64_t *logits;          /* of the last answer, one a class; null: they are dropped */
    uint16_t logit_count;
    uint8_t *memory;          /* for steps of qrnn_step, to be sent again if the board loses them */
    uint32_t memory_size;
    const uint16_t *weights;  /* weights.bin of the build, where there is one */
    uint32_t weight_count;
    uint8_t retries;          /* silences or restarts in a row before a call gives up: 5 */
    /* Called after every answer, where it is set: of a board that answers every step, qrnn_classify
     * returns the last. */
    void (*answered)(void *context, const struct qrnn_host *host);

    /* To be read. */
    qrnn_identity identity;   /* once `identified` */
    bool identified;
    uint8_t class_index;      /* of the last answer */
    uint32_t repeats;         /* how often something was sent, or asked for, again */

    /* Its own. */
    const qrnn_network *model;
    qrnn_read read;
    qrnn_write write;
    void *context;
    qrnn_job job;
    uint32_t head;            /* where the next step goes in the memory */
    uint32_t noise;
    uint16_t count, used;     /* bytes in `input`, and those of the frame in front */
    uint8_t input[QRNN_LONGEST];
    uint16_t failures;
    uint8_t finished, number, giving_up;
    bool recovering, synced, live, fresh;
} qrnn_host;

/* Prepare a host; `model` may be null, where any board is taken. */
void qrnn_init(qrnn_host *host, const qrnn_network *model, qrnn_read read, qrnn_write write,
               void *context);

/* Ask the board for its model, and compare it with the header's: 0, or an error. It is asked once,
 * also by the calls below, and again after qrnn_reset. */
int qrnn_identify(qrnn_host *host);

/* Return the class of a sequence: numbers of the wire, step by step, channel by channel. */
int qrnn_classify(qrnn_host *host, const int32_t *numbers, uint32_t steps);
int qrnn_classify_from(qrnn_host *host, qrnn_source source, void *context, uint32_t steps);

/* Send one step of a live sequence. A board that answers every step answers it: a class. Of another
 * the last one brings it, and the others QRNN_NO_ANSWER. After the last, the next begins anew. */
int qrnn_step(qrnn_host *host, const int32_t *numbers, bool last);

/* End a live sequence whose last step was not known to be it. */
int qrnn_end(qrnn_host *host);

/* Make the board forget all sequences, and the host what it knows of the board: 0, or an error. */
int qrnn_reset(qrnn_host *host);

/* Turn a reading of a sensor into the number of the wire that Python's quantizer makes of it. What
 * is beyond the range saturates. */
int32_t qrnn_quantize(const qrnn_network *model, uint16_t channel, int32_t reading);

/* Return the name of a class. */
const char *qrnn_class_name(const qrnn_network *model, int index);

/* Say in English what an error is. */
const char *qrnn_message(int status);

#ifdef __cplusplus
}
#endif
#endif
