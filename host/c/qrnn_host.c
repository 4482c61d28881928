/* A host for boards that qrnn-hw builds; qrnn_host.h says how to use it. */
#include "qrnn_host.h"

#include <string.h>

enum { SYNC = 0xA5, VERSION = 2, OVERHEAD = 5, LARGEST_ANSWER = 255, SLOTS = 4, MODULUS = 16 };
enum { IDENTIFY = 0x10, SAMPLES, GET_RESULT, RESET, LOAD, STATUS = 0x20, IDENTITY, RESULT };
enum { CODE_RESET = 1, CODE_CRC, CODE_TRUNCATED = 6, CODE_CLOSED };
enum { SIGNED = 1, EVERY = 2, FRONT_END = 4, ALL_TOKENS = 8, ENDLESS = 16, AT_ONCE = 32 };
enum { IDENTITY_BYTES = 28, FLAGS = 1, DIGEST_END = 20 };
enum { MISSING = 0x80, FORGET = 0x80, LAST = 0x80, FRAME_OF_SOUND = 128, WORD_BYTES = 2 };
/* Within this file: what contradicts all that is known, so that only a restart helps. */
enum { CONTRADICTION = -100, WHOLE = 1 };

/* ---- Bytes ---- */

static uint16_t crc16(const uint8_t *data, int size)
{
    uint16_t crc = 0xFFFF;
    while (size--) {
        crc = (uint16_t)(crc ^ *data++);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1);
    }
    return crc;
}

static uint32_t number(const uint8_t *data, int size)
{
    uint32_t value = 0;
    while (size--)
        value = value << 8 | data[size];
    return value;
}

/* ---- Frames ---- */

/* Send a frame whose payload lies behind the place of its first three bytes. */
static int send(qrnn_host *host, uint8_t kind, uint8_t *frame, int payload)
{
    frame[0] = SYNC;
    frame[1] = kind;
    frame[2] = (uint8_t)payload;
    uint16_t crc = crc16(frame + 1, payload + 2);
    frame[payload + 3] = (uint8_t)crc;
    frame[payload + 4] = (uint8_t)(crc >> 8);
    return host->write(host->context, frame, payload + OVERHEAD) < 0 ? QRNN_PORT : 0;
}

static int send_request(qrnn_host *host, uint8_t kind, uint8_t tag)
{
    uint8_t frame[OVERHEAD + 1];
    frame[3] = tag;
    return send(host, kind, frame, 1);
}

static void drop(qrnn_host *host, int bytes)
{
    host->count = (uint16_t)(host->count - bytes);
    memmove(host->input, host->input + bytes, host->count);
}

/* Drop bytes that begin no frame; whether a frame is whole. A frame that starts inside what looked
 * like another is found once the other proves bad. */
static bool find_frame(qrnn_host *host)
{
    const uint8_t *data = host->input;
    while (host->count) {
        int end = host->count > 2 ? data[2] + OVERHEAD : QRNN_LONGEST + 1;
        bool known = host->count < 2 || (data[1] >= IDENTIFY && data[1] <= LOAD) ||
                     (data[1] >= STATUS && data[1] <= RESULT);
        if (data[0] != SYNC || !known || (host->count > 2 && !data[2])) {
            drop(host, 1);
        } else if (host->count < end) {
            return false;
        } else if (crc16(data + 1, end - 3) == number(data + end - 2, 2)) {
            host->used = (uint16_t)end;
            return true;
        } else {
            drop(host, 1);
        }
    }
    return false;
}

/* Wait for the next frame from the board: 1; 0 after a silence, or noise without end. */
static int receive(qrnn_host *host)
{
    int noise = 0;
    drop(host, host->used);
    host->used = 0;
    for (;;) {
        while (find_frame(host)) {
            /* An echo of a frame of the host's is none of the board's. */
            if (host->input[1] >= STATUS && host->input[2] >= 2) {
                host->giving_up = (uint8_t)(host->giving_up ? WHOLE + 1 : 0);
                host->noise = 0;
                return WHOLE;
            }
            drop(host, host->used);
            host->used = 0;
        }
        if (host->giving_up) {
            /* What is left hides no other frame, or one that began inside it. */
            if (host->count) {
                drop(host, 1);
                continue;
            }
            bool found = host->giving_up > WHOLE;
            host->giving_up = 0;
            if (!found)
                return 0;
        }
        int length = host->count > 2 ? host->input[2] : 1;
        int missing = length + OVERHEAD - host->count;
        int size = host->read(host->context, host->input + host->count, missing);
        if (size < 0 || size > missing)
            return QRNN_PORT;
        host->count = (uint16_t)(host->count + size);
        noise += size;
        host->noise = size ? host->noise + (uint32_t)size : 0;
        if (host->noise > QRNN_LONGEST * (uint32_t)(host->retries ? host->retries : 1)) {
            host->noise = 0;
            return QRNN_NOISE;
        }
        if (!size || (noise > QRNN_LONGEST && !find_frame(host) && !host->count))
            host->giving_up = WHOLE;
    }
}

static uint8_t code(const qrnn_host *host)
{
    return host->input[4] >> 4 & 7;
}

static bool is_loaded(const qrnn_host *host)
{
    return !(host->input[4] & MISSING);
}

/* Ask until the answer comes: 1, or an error. */
static int ask(qrnn_host *host, uint8_t kind, uint8_t tag)
{
    for (int attempt = 0; attempt <= host->retries; attempt++) {
        host->repeats += attempt > 0;
        int status = send_request(host, kind, tag);
        while (status >= 0 && (status = receive(host)) > 0) {
            bool reset = host->input[1] == STATUS && code(host) == CODE_RESET;
            if (kind == RESET ? reset : host->input[1] == IDENTITY)
                return WHOLE;
        }
        if (status < 0)
            return status;
    }
    return QRNN_SILENT;
}

/* Make the board forget all sequences, and what it still had to say about them. */
static int reset(qrnn_host *host, uint8_t tag)
{
    int status;
    while ((status = receive(host)) > 0) {
    }
    return status < 0 ? status : ask(host, RESET, tag);
}

/* ---- The board's shape ---- */

static uint8_t step_bytes(const qrnn_identity *board)
{
    return (uint8_t)((board->channels * (uint32_t)board->input_bits + 7) / 8);
}

static uint8_t logit_bytes(const qrnn_identity *board)
{
    uint8_t bytes = 1;
    while (8 * bytes < board->logit_bits)
        bytes = (uint8_t)(2 * bytes);
    return bytes;
}

/* Bytes behind the last logit: the class, and of a board that takes two sequences at once, of which
 * it gets one after the other from here, whose it is. */
static int tail_bytes(const qrnn_identity *board)
{
    return board->at_once ? 2 : 1;
}

/* Logits of a RESULT, and frames of a readout. */
static uint16_t part(const qrnn_identity *board)
{
    uint16_t most = (uint16_t)((LARGEST_ANSWER - 2 - tail_bytes(board)) / logit_bytes(board));
    return board->classes < most ? board->classes : most;
}

static uint16_t parts(const qrnn_identity *board)
{
    return (uint16_t)((board->classes + part(board) - 1) / part(board));
}

/* Inputs that make a step of the model. */
static uint16_t samples(const qrnn_identity *board)
{
    return board->front_end ? FRAME_OF_SOUND : 1;
}

/* Steps that the board may have taken without having finished their readouts. */
static int steps_taken(const qrnn_identity *board)
{
    return board->front_end ? 5 : 3;
}

/* The steps, or words, of a frame from the host, at most. */
static uint16_t frame_steps(const qrnn_identity *board, uint8_t unit)
{
    return (uint16_t)((step_bytes(board) < 64 ? 63 : 254) / unit);
}

static bool in_range(const qrnn_identity *board, int32_t x)
{
    int32_t top = (int32_t)((UINT32_C(1) << (board->input_bits - board->is_signed)) - 1);
    if (board->tokens)
        top = (int32_t)(board->tokens - 1);
    return x <= top && x >= (board->is_signed ? -top - 1 : 0);
}

static bool is_possible(const qrnn_identity *board)
{
    bool tokens = !board->tokens || (board->tokens > 1 && board->channels == 1 &&
                                     !board->is_signed && board->input_bits <= 16 &&
                                     board->tokens <= UINT32_C(1) << board->input_bits);
    bool sound = !board->front_end || (board->channels == 1 && board->input_bits == 16 &&
                                       board->is_signed && !board->tokens);
    return tokens && sound && board->channels >= 1 && board->channels <= 64 &&
           board->input_bits >= 1 && board->input_bits <= 16 && board->hidden &&
           board->classes >= 1 && board->classes <= 256 && board->logit_bits >= 1 &&
           board->logit_bits <= 64 && board->state_bits &&
           /* Readouts of every step must be countable modulo 16. */
           (!board->every || (steps_taken(board) + 1) * parts(board) + 1 < MODULUS);
}

/* Read IDENTITY. What a later board says behind it, or by further flags, is not looked at. */
static int read_identity(qrnn_host *host)
{
    const uint8_t *data = host->input + 5;
    qrnn_identity *board = &host->identity;
    if (host->input[2] < IDENTITY_BYTES + 2 || data[0] != VERSION)
        return QRNN_PROTOCOL;
    uint8_t flags = data[FLAGS];
    board->is_signed = flags & SIGNED;
    board->every = flags & EVERY;
    board->front_end = flags & FRONT_END;
    board->endless = flags & ENDLESS;
    board->at_once = flags & AT_ONCE;
    board->channels = data[2];
    board->input_bits = data[3];
    board->tokens = flags & ALL_TOKENS ? UINT32_C(65536) : number(data + 4, 2);
    board->hidden = (uint16_t)number(data + 6, 2);
    board->classes = (uint16_t)number(data + 8, 2);
    board->logit_bits = data[10];
    board->state_bits = data[11];
    memcpy(board->digest, data + 12, sizeof board->digest);
    board->words = number(data + 20, 4);
    board->check = number(data + 24, 4);
    if (!is_possible(board))
        return QRNN_PROTOCOL;
    if (host->model) {
        const uint8_t *wanted = host->model->identity;
        const uint8_t known = SIGNED | EVERY | FRONT_END | ALL_TOKENS | ENDLESS;
        if (((flags ^ wanted[FLAGS]) & known) || memcmp(data + 2, wanted + 2, DIGEST_END - 2))
            return QRNN_MODEL;
    }
    if (host->logits && host->logit_count < board->classes)
        return QRNN_MEMORY;
    return frame_steps(board, 1) + OVERHEAD + 1 > QRNN_LONGEST_SENT ? QRNN_MEMORY : 0;
}

/* ---- Steps ---- */

/* Lay a step out as on the line: channel 0 in the lowest bits, low byte first. */
static int pack(const qrnn_host *host, qrnn_source source, void *context, uint32_t step,
                uint8_t *to)
{
    const qrnn_identity *board = &host->identity;
    uint32_t bits = 0;
    uint8_t held = 0;
    for (uint16_t channel = 0; channel < board->channels; channel++) {
        int32_t x = source(context, step, channel);
        if (!in_range(board, x))
            return QRNN_INPUT;
        bits |= ((uint32_t)x & ((UINT32_C(1) << board->input_bits) - 1)) << held;
        for (held = (uint8_t)(held + board->input_bits); held >= 8; held = (uint8_t)(held - 8)) {
            *to++ = (uint8_t)bits;
            bits >>= 8;
        }
    }
    if (held)
        *to = (uint8_t)bits;
    return 0;
}

/* The first step of a frame, counted back from the last that was taken: the way of counting that
 * stays right in a stream without end. */
static uint32_t steps_back(const qrnn_job *job, uint32_t frame)
{
    return (job->frames - frame) * job->size + job->tail;
}

static uint32_t places(const qrnn_host *host)
{
    return host->memory_size / host->job.unit;
}

static int put_step(const qrnn_host *host, uint32_t back, uint8_t *to)
{
    const qrnn_job *job = &host->job;
    if (job->kind == LOAD) {
        uint16_t word = host->weights[job->taken - back];
        to[0] = (uint8_t)word;
        to[1] = (uint8_t)(word >> 8);
        return 0;
    }
    if (job->source)
        return pack(host, job->source, job->context, job->taken - back, to);
    uint32_t place = host->head >= back ? host->head - back : host->head + places(host) - back;
    memcpy(to, host->memory + place * job->unit, job->unit);
    return 0;
}

static int send_frame(qrnn_host *host, uint32_t frame)
{
    const qrnn_job *job = &host->job;
    uint8_t bytes[QRNN_LONGEST_SENT];
    uint32_t back = steps_back(job, frame), count = back < job->size ? back : job->size;
    bool last = job->kind == SAMPLES && job->ended && frame + 1 == job->frames;
    bytes[3] = (uint8_t)(((job->origin + frame) & (MODULUS - 1)) | (last ? LAST : 0));
    for (uint32_t step = 0; step < count; step++) {
        int status = put_step(host, back - step, bytes + 4 + step * job->unit);
        if (status < 0)
            return status;
    }
    return send(host, job->kind, bytes, (int)(1 + count * job->unit));
}

/* ---- Sending with credits, and recovery ---- */

/* Take a part of a readout. */
static int deliver(qrnn_host *host)
{
    const qrnn_identity *board = &host->identity;
    uint8_t width = logit_bytes(board);
    uint16_t most = part(board), first = (uint16_t)(host->job.answered % parts(board) * most);
    const uint8_t *data = host->input + 5;
    if (host->input[2] != 2 + most * width + tail_bytes(board))
        return QRNN_PROTOCOL;
    uint16_t count = (uint16_t)(board->classes - first < most ? board->classes - first : most);
    for (uint16_t index = 0; index < count && host->logits; index++) {
        const uint8_t *low = data + index * width;
        uint64_t value = low[width - 1] & 0x80 ? UINT64_MAX : 0;
        for (int byte = width - 1; byte >= 0; byte--)
            value = value << 8 | low[byte];
        memcpy(host->logits + first + index, &value, sizeof value);
    }
    host->job.answered++;
    if (first + count == board->classes) {
        host->class_index = data[count * width];
        host->fresh = true;
        if (host->answered)
            host->answered(host->context, host);
    }
    return 0;
}

/* Learn what a frame from the board says. */
static int take(qrnn_host *host)
{
    qrnn_job *job = &host->job;
    uint8_t tag = host->input[3], said = code(host);
    if (said == CODE_CLOSED || said == CODE_RESET || (job->kind == SAMPLES && !is_loaded(host)))
        return CONTRADICTION;
    uint32_t accepted = (tag - job->origin - job->accepted) & (MODULUS - 1);
    uint32_t consumed = ((tag >> 4) - job->origin - job->consumed) & (MODULUS - 1);
    if (accepted > job->sent - job->accepted ||
        consumed > job->accepted + accepted - job->consumed)
        return CONTRADICTION;
    if (accepted || consumed)
        host->failures = 0;
    if (job->next - job->accepted < accepted)
        job->next = job->accepted + accepted;
    job->accepted += accepted;
    job->consumed += consumed;
    if (host->input[1] == STATUS && said >= CODE_CRC && said <= CODE_TRUNCATED)
        host->recovering = true;
    uint32_t fresh = (host->input[4] - host->finished) & (MODULUS - 1);
    uint32_t due = job->expected - job->answered + job->again;
    /* The board completes no other before it has sent one. One that came before, and comes again,
     * may be lost: else a long sequence would never pass a bad line twice. */
    if (fresh > due || fresh > job->again + 1)
        return CONTRADICTION;
    if (host->input[1] != RESULT || !fresh)
        return 0;
    host->failures = 0;
    host->finished = (uint8_t)(host->finished + fresh);
    job->again -= fresh - 1;
    if (job->again) {
        job->again--;
        return 0;
    }
    job->restarts = 0;
    return deliver(host);
}

/* Send what may have been lost; if nothing was, ask for news of results and of credit. */
static int send_again(qrnn_host *host)
{
    qrnn_job *job = &host->job;
    host->repeats++;
    host->recovering = false;
    if (++host->failures > host->retries)
        return QRNN_SILENT;
    if (job->next == job->accepted)
        return send_request(host, job->kind == LOAD ? IDENTIFY : GET_RESULT, 0);
    job->next = job->accepted;
    return 0;
}

/* Send all frames that are due, until they are accepted and answered. */
static int pump(qrnn_host *host)
{
    qrnn_job *job = &host->job;
    int status = 0;
    while (job->accepted != job->frames || job->answered != job->expected) {
        while (!host->recovering && job->next != job->frames &&
               job->next - job->consumed < job->credit) {
            if ((status = send_frame(host, job->next)) < 0)
                return status;
            job->next++;
            if (job->next - job->accepted > job->sent - job->accepted)
                job->sent = job->next;
        }
        status = receive(host);
        if (status >= 0)
            status = status ? take(host) : send_again(host);
        if (status < 0)
            return status;
    }
    return 0;
}

static void from_the_start(qrnn_host *host)
{
    qrnn_job *job = &host->job;
    job->accepted = job->consumed = job->next = job->sent = 0;
    job->origin = host->finished = 0;
    host->recovering = false;
}

/* ---- Weights ---- */

static uint32_t crc32(const uint16_t *words, uint32_t count)
{
    uint32_t crc = UINT32_MAX;
    while (count--) {
        crc ^= *words++;
        for (int bit = 0; bit < 16; bit++)
            crc = crc & 1 ? crc >> 1 ^ UINT32_C(0xEDB88320) : crc >> 1;
    }
    return ~crc;
}

/* Wait until the board has taken the last word, or found its table: 1 if it has all it needs. */
static int is_right(qrnn_host *host)
{
    int status = 0;
    for (int attempt = 0; attempt <= host->retries; attempt++)
        if ((status = ask(host, IDENTIFY, 0)) < 0 || is_loaded(host))
            return status;
    return 0;
}

static int load(qrnn_host *host)
{
    qrnn_identity *board = &host->identity;
    if (!board->words || !host->weights)
        return QRNN_UNLOADED;
    if (host->weight_count != board->words || crc32(host->weights, board->words) != board->check)
        return QRNN_WEIGHTS;
    qrnn_job kept = host->job, *job = &host->job;
    int status = 0;
    for (int attempt = 0; attempt <= host->retries; attempt++) {
        host->repeats += attempt > 0;
        if ((status = reset(host, FORGET)) < 0)
            break;
        memset(job, 0, sizeof *job);
        job->kind = LOAD;
        job->unit = WORD_BYTES;
        job->size = frame_steps(board, WORD_BYTES);
        job->credit = SLOTS;
        job->taken = board->words;
        job->frames = (board->words + job->size - 1) / job->size;
        job->tail = board->words - job->frames * job->size;
        host->failures = 0;
        from_the_start(host);
        status = pump(host);
        if (status == 0)
            status = is_right(host);
        if (status > 0 && (status = reset(host, 0)) > 0)
            status = is_loaded(host);
        if (status > 0 || (status < 0 && status != CONTRADICTION))
            break;
    }
    host->job = kept;
    host->failures = 0;
    return status > 0 ? 0 : status == 0 || status == CONTRADICTION ? QRNN_UNLOADED : status;
}

/* ---- Sequences ---- */

static bool is_prompt(const qrnn_identity *board)
{
    return board->every && !board->front_end;
}

/* Start again with a board that knows nothing. */
static int restart(qrnn_host *host)
{
    qrnn_job *job = &host->job;
    const qrnn_identity *board = &host->identity;
    if (job->faded && !(board->endless && !board->front_end))
        return QRNN_TOO_LONG;
    int status = reset(host, 0);
    if (status > 0 && !is_loaded(host)) {
        if (!board->words)
            status = is_right(host) ? 1 : QRNN_UNLOADED;
        else
            status = load(host);
    }
    if (status < 0)
        return status;
    from_the_start(host);
    if (!job->source) {
        job->frames = (job->kept - job->tail) / job->size;
        job->kept = job->frames * job->size + job->tail;
    }
    job->again = job->answered;
    if (job->faded && board->every) /* those of steps that are not sent again do not come again */
        job->again -= parts(board) * (job->taken - job->kept);
    host->synced = true;
    return 0;
}

/* Send what is due, whatever happens. */
static int advance(qrnn_host *host)
{
    host->failures = host->fresh = 0;
    host->job.restarts = 0;
    int status = host->synced ? 0 : restart(host);
    while (status >= 0 && (status = pump(host)) == CONTRADICTION) {
        host->repeats++;
        status = ++host->job.restarts > host->retries ? QRNN_RESTARTS : restart(host);
    }
    if (status < 0) {
        host->synced = host->live = false;
        return status;
    }
    if (host->job.ended) {
        host->number = (uint8_t)((host->job.origin + host->job.frames) & (MODULUS - 1));
        host->synced = host->job.consumed == host->job.frames;
        host->live = false;
    }
    return host->fresh ? host->class_index : QRNN_NO_ANSWER;
}

/* Prepare for a sequence: a live one keeps its steps in the memory. */
static int begin(qrnn_host *host, bool live)
{
    const qrnn_identity *board = &host->identity;
    qrnn_job *job = &host->job;
    int status = qrnn_identify(host);
    if (status < 0)
        return status;
    if (host->live) /* one that was not ended */
        host->synced = host->live = false;
    memset(job, 0, sizeof *job);
    job->kind = SAMPLES;
    job->unit = step_bytes(board);
    job->size = frame_steps(board, job->unit);
    job->credit = SLOTS;
    job->origin = host->number;
    if (board->every) {
        /* What the board can send while it hears nothing must stay below 16 results. */
        int room = (MODULUS - 2) / parts(board) - steps_taken(board);
        job->credit = (uint8_t)(room < SLOTS ? room : SLOTS);
        if (!board->front_end && job->size > room / job->credit)
            job->size = (uint16_t)(room / job->credit);
    }
    if (live && is_prompt(board))
        job->size = 1;
    if (live && places(host) < (uint32_t)job->size + 1)
        return QRNN_MEMORY;
    host->live = live;
    return 0;
}

static int classify(qrnn_host *host, qrnn_source source, void *context, uint32_t steps)
{
    const qrnn_identity *board = &host->identity;
    qrnn_job *job = &host->job;
    int status = begin(host, false);
    if (status < 0)
        return status;
    if (steps < samples(board))
        return QRNN_INPUT;
    job->source = source;
    job->context = context;
    job->taken = job->kept = steps;
    job->frames = (steps - 1) / job->size + 1;
    job->tail = steps - job->frames * job->size;
    job->expected = parts(board) * (board->every ? steps / samples(board) : 1);
    job->ended = true;
    return advance(host);
}

/* Numbers that lie one behind the other. */
typedef struct array {
    const int32_t *numbers;
    const qrnn_identity *board;
} array;

static int32_t in_array(void *context, uint32_t step, uint16_t channel)
{
    const array *given = (const array *)context;
    return given->numbers[(size_t)step * given->board->channels + channel];
}

/* Make a frame of steps that are behind the last one. */
static void push(qrnn_host *host, uint16_t steps, bool last)
{
    const qrnn_identity *board = &host->identity;
    qrnn_job *job = &host->job;
    job->frames++;
    job->tail -= job->size;
    job->ended = last;
    if (!board->every) {
        job->expected += last ? parts(board) : 0;
        return;
    }
    /* A front end passes a step on when the next one is there. */
    uint16_t whole = (uint16_t)(samples(board) * (board->front_end && !last ? 2 : 1));
    for (job->heard = (uint16_t)(job->heard + steps); job->heard >= whole;
         job->heard = (uint16_t)(job->heard - samples(board)))
        job->expected += parts(board);
}

/* ---- What the header offers ---- */

void qrnn_init(qrnn_host *host, const qrnn_network *model, qrnn_read read, qrnn_write write,
               void *context)
{
    memset(host, 0, sizeof *host);
    host->model = model;
    host->read = read;
    host->write = write;
    host->context = context;
    host->retries = 5;
}

int qrnn_identify(qrnn_host *host)
{
    if (host->identified)
        return 0;
    int status = ask(host, IDENTIFY, 0);
    if (status > 0)
        status = read_identity(host);
    host->identified = status == 0;
    return status;
}

int qrnn_reset(qrnn_host *host)
{
    host->identified = host->synced = host->live = false;
    int status = reset(host, 0);
    return status < 0 ? status : 0;
}

int qrnn_classify(qrnn_host *host, const int32_t *numbers, uint32_t steps)
{
    array given = {numbers, &host->identity};
    return classify(host, in_array, &given, steps);
}

int qrnn_classify_from(qrnn_host *host, qrnn_source source, void *context, uint32_t steps)
{
    return classify(host, source, context, steps);
}

/* Forget a live sequence; the next one begins with a reset. */
static int leave(qrnn_host *host, int status)
{
    host->synced = host->live = false;
    return status;
}

/* Send what makes full frames, or all. A board that answers at the end alone must be told which
 * step is the last, so that one is kept back for as long as it may be it. */
static int send_held(qrnn_host *host, bool last)
{
    qrnn_job *job = &host->job;
    bool all = last || is_prompt(&host->identity);
    if (last && !job->faded && job->taken < samples(&host->identity))
        return leave(host, QRNN_INPUT);
    if (!all && job->tail <= job->size)
        return QRNN_NO_ANSWER;
    if (job->tail > job->size)
        push(host, job->size, false);
    if (all)
        push(host, (uint16_t)job->tail, last);
    return advance(host);
}

int qrnn_step(qrnn_host *host, const int32_t *numbers, bool last)
{
    qrnn_job *job = &host->job;
    int status = host->live ? 0 : begin(host, true);
    for (uint16_t channel = 0; status >= 0 && channel < host->identity.channels; channel++)
        if (!in_range(&host->identity, numbers[channel]))
            status = QRNN_INPUT; /* and the sequence is as it was */
    if (status < 0)
        return status;
    array given = {numbers, &host->identity};
    pack(host, in_array, &given, 0, host->memory + host->head * job->unit);
    host->head = host->head + 1 < places(host) ? host->head + 1 : 0;
    job->taken++;
    job->tail++;
    if (job->kept < places(host))
        job->kept++;
    else
        job->faded = true;
    return send_held(host, last);
}

int qrnn_end(qrnn_host *host)
{
    /* Of what is sent already the board does not know that it was all. */
    if (!host->live || !host->job.tail)
        return leave(host, QRNN_NO_ANSWER);
    return send_held(host, true);
}

int32_t qrnn_quantize(const qrnn_network *model, uint16_t channel, int32_t reading)
{
    if (!model->scales)
        return reading;
    const qrnn_scale *scale = model->scales + channel;
    if (!scale->shift)
        return INT32_MIN; /* which every call refuses */
    uint32_t above = reading > scale->first ? (uint32_t)reading - (uint32_t)scale->first : 0;
    if (above > scale->span)
        above = scale->span;
    uint64_t sum = above * scale->multiplier + scale->addend;
    uint64_t half = UINT64_C(1) << (scale->shift - 1), rest = sum & (2 * half - 1);
    uint32_t whole = (uint32_t)(sum >> scale->shift);
    int32_t wire = scale->base + (int32_t)whole;
    if (rest + scale->tie < half || rest > half + scale->tie)
        return wire + (rest > half);
    return wire + (scale->ups ? scale->ups[whole / 8] >> whole % 8 & 1 : wire & 1);
}

const char *qrnn_class_name(const qrnn_network *model, int index)
{
    return index >= 0 && index < model->name_count ? model->names[index] : "";
}

const char *qrnn_message(int status)
{
    static const char *const texts[] = {
        "",
        "the board must answer, and does not: check cable, supply and pins",
        "bytes must be frames, and are not: check the baud rate",
        "the port must stay open, and is lost",
        "the board must hold the model of the header, and holds another",
        "the board must speak version 2 of the protocol, and does not",
        "the board must have its weights or its table, and has not",
        "weights must be those that the board asks for",
        "the board must keep its state and its results, and loses them",
        "numbers must be in the range of the input, and sequences long enough",
        "what the board lost must fit the memory, to be sent again",
        "the memory must hold a frame and a step, and the logits all classes",
    };
    return texts[status < 0 && status >= QRNN_MEMORY ? -status : 0];
}
