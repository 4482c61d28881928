/* As much of Arduino as a sketch needs that runs on this machine: Serial1, or a board on SPI, is the
 * terminal of QRNN_PORT, Serial the standard output, and the converter on SPI reads counts from the
 * input. */
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

enum { LOW, HIGH, OUTPUT = 1, MSBFIRST = 1, SPI_MODE0 = 0 };

inline unsigned long micros()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<unsigned long>(now.tv_sec) * 1000000 + static_cast<unsigned long>(now.tv_nsec) / 1000;
}
inline unsigned long millis() { return micros() / 1000; }
inline void pinMode(uint8_t, int) {}
extern int chosen; /* the pin CS that is low */
inline void digitalWrite(uint8_t pin, int level)
{
    if (level == LOW && chosen)
        abort(); /* two would drive the line */
    chosen = level == LOW ? pin : chosen == pin ? 0 : chosen;
}

struct Output {
    void begin(unsigned long) {}
    void println(const char *text)
    {
        puts(text);
        fflush(stdout);
    }
};
extern Output Serial;

struct Port {
    int file = -1;
    void begin(unsigned long) { file = open(getenv("QRNN_PORT"), O_RDWR | O_NOCTTY); }
    int available()
    {
        pollfd one = {file, POLLIN, 0};
        return poll(&one, 1, 0) > 0;
    }
    int read()
    {
        uint8_t byte;
        return ::read(file, &byte, 1) == 1 ? byte : -1;
    }
    size_t write(const uint8_t *data, size_t size) { return static_cast<size_t>(::write(file, data, size)); }
};
extern Port Serial1;
