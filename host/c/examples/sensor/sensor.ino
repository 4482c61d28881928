/* A converter on SPI, a board of qrnn-hw on the UART or on the same SPI, and classes on the USB.
 *
 * For a Raspberry Pi Pico (arduino-pico), and any Arduino of 3.3 V with 1 kB of free memory. Beside
 * this file go qrnn_host.h, qrnn_host.c and qrnn_model.h of the build; ground goes to ground. The
 * converter on SPI is an MCP3204 or MCP3208 of 12 bits. To a board with a UART go TX of Serial1 (to
 * rx) and RX (to tx). A board that was built with `--link spi` shares SCK, COPI and CIPO with the
 * converter, and has a pin CS of its own: */
// #define QRNN_LINK_SPI
#include <SPI.h>

#include "qrnn_model.h"

static const unsigned long BAUD = 1000000;     // of the UART; of SPI up to clock_mhz / 8 of the build
static const unsigned long SILENCE_MS = 100;   // after which an answer counts as lost
static const unsigned long PERIOD_US = 2500;   // from one step to the next, as in training
static const uint8_t SELECT = 17;              // the converter's pin CS
static const uint8_t BOARD = 20;               // the board's pin CS
static const int STEPS = QRNN_MODEL_STEPS ? QRNN_MODEL_STEPS : 100;

static qrnn_host host;
static int64_t logits[QRNN_MODEL_CLASSES];
static uint8_t memory[STEPS * QRNN_MODEL_STEP_BYTES + 64];  // a sequence, to be sent again
static int32_t numbers[QRNN_MODEL_CHANNELS];

static void claim(uint8_t pin)
{
    pinMode(pin, OUTPUT);
    digitalWrite(pin, HIGH);
}

static void beginSpi(uint8_t pin)
{
    SPI.beginTransaction(SPISettings(BAUD, MSBFIRST, SPI_MODE0));
    digitalWrite(pin, LOW);
}

static void endSpi(uint8_t pin)
{
    digitalWrite(pin, HIGH);
    SPI.endTransaction();
}

#ifdef QRNN_LINK_SPI
static int readPort(void *, uint8_t *data, int size)
{
    const unsigned long begin = millis();
    int count = 0;
    do {
        beginSpi(BOARD);
        if (SPI.transfer(0) == QRNN_SPI_READY)
            while (count < size)
                data[count++] = SPI.transfer(0);
        endSpi(BOARD);
    } while (!count && millis() - begin < SILENCE_MS);
    return count;
}

static int writePort(void *, const uint8_t *data, int size)
{
    beginSpi(BOARD);
    for (int place = 0; place < size; place++)
        SPI.transfer(data[place]);
    endSpi(BOARD);
    return size;
}
#else
static int readPort(void *, uint8_t *data, int size)
{
    const unsigned long begin = millis();
    while (!Serial1.available())
        if (millis() - begin >= SILENCE_MS)
            return 0;
    int count = 0;
    while (count < size && Serial1.available())
        data[count++] = (uint8_t)Serial1.read();
    return count;
}

static int writePort(void *, const uint8_t *data, int size)
{
    return Serial1.write(data, (size_t)size) == (size_t)size ? size : -1;
}
#endif

static int32_t convert(uint8_t channel)
{
    beginSpi(SELECT);
    SPI.transfer((uint8_t)(0x06 | channel >> 2));  // start, one channel against ground
    const uint8_t high = SPI.transfer((uint8_t)(channel << 6));
    const uint8_t low = SPI.transfer(0);
    endSpi(SELECT);
    return (int32_t)((high & 0x0F) << 8 | low);
}

static void tell(int status)
{
    if (status == QRNN_NO_ANSWER)
        return;
    Serial.println(status < 0 ? qrnn_message(status) : qrnn_class_name(&qrnn_model, status));
}

void setup()
{
    Serial.begin(115200);
    claim(SELECT);
#ifdef QRNN_LINK_SPI
    claim(BOARD);
#else
    Serial1.begin(BAUD);
#endif
    SPI.begin();
    qrnn_init(&host, &qrnn_model, readPort, writePort, NULL);
    host.logits = logits;
    host.logit_count = QRNN_MODEL_CLASSES;
    host.memory = memory;
    host.memory_size = sizeof memory;
    const int status = qrnn_identify(&host);
    Serial.println(status < 0 ? qrnn_message(status) : "ready");
}

void loop()
{
    static unsigned long next = micros();
    static int step = 0;
    while ((long)(micros() - next) < 0) {
    }
    next += PERIOD_US;
    for (uint8_t channel = 0; channel < QRNN_MODEL_CHANNELS; channel++)
        numbers[channel] = qrnn_quantize(&qrnn_model, channel, convert(channel));
    step = step + 1 < STEPS ? step + 1 : 0;
    const int status = qrnn_step(&host, numbers, step == 0);
    if (status < 0)
        step = 0;  // what was sent is lost; the next step begins anew
    tell(status);
}
