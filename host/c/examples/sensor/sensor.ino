/* A converter on SPI, a board of qrnn-hw on the UART, and classes on the USB.
 *
 * For a Raspberry Pi Pico (arduino-pico), and any Arduino with a second serial port and 1 kB of free
 * memory. Beside this file go qrnn_host.h, qrnn_host.c and qrnn_model.h of the build. The pins: TX of
 * Serial1 to rx of the board, RX to tx, ground to ground; 3.3 V. The board's link is a UART; SPI is
 * for the converter, an MCP3204 or MCP3208 of 12 bits. */
#include <SPI.h>

#include "qrnn_model.h"

static const unsigned long BAUD = 1000000;     // that of the build
static const unsigned long SILENCE_MS = 100;   // after which an answer counts as lost
static const unsigned long PERIOD_US = 2500;   // from one step to the next, as in training
static const uint8_t SELECT = 17;              // the converter's pin CS
static const int STEPS = QRNN_MODEL_STEPS ? QRNN_MODEL_STEPS : 100;

static qrnn_host host;
static int64_t logits[QRNN_MODEL_CLASSES];
static uint8_t memory[STEPS * QRNN_MODEL_STEP_BYTES + 64];  // a sequence, to be sent again
static int32_t numbers[QRNN_MODEL_CHANNELS];

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

static int32_t convert(uint8_t channel)
{
    SPI.beginTransaction(SPISettings(1000000, MSBFIRST, SPI_MODE0));
    digitalWrite(SELECT, LOW);
    SPI.transfer((uint8_t)(0x06 | channel >> 2));  // start, one channel against ground
    const uint8_t high = SPI.transfer((uint8_t)(channel << 6));
    const uint8_t low = SPI.transfer(0);
    digitalWrite(SELECT, HIGH);
    SPI.endTransaction();
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
    Serial1.begin(BAUD);
    SPI.begin();
    pinMode(SELECT, OUTPUT);
    digitalWrite(SELECT, HIGH);
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
