#pragma once
#include "Arduino.h"

struct SPISettings {
    SPISettings(unsigned long, int, int) {}
};

/* An MCP3208 that converts what the standard input says, a count a line, whose end ends the sketch;
 * and, where the sketch has one, a board that begins with an R if it has something to say. */
struct Bus {
    enum { CONVERTER = 17 };
    int place = 0, count = 0;
    bool talks = false;
    Port board;
    void begin() { board.begin(0); }
    void beginTransaction(SPISettings) { place = 0; }
    void endTransaction() {}
    uint8_t transfer(uint8_t byte)
    {
        if (!chosen)
            return 0xFF;
        return chosen == CONVERTER ? convert() : exchange(byte);
    }
    uint8_t convert()
    {
        if (place == 1 && scanf("%d", &count) != 1)
            exit(0);
        const int words[] = {0, count >> 8 | 0xE0, count & 0xFF};
        return static_cast<uint8_t>(words[place++]);
    }
    uint8_t exchange(uint8_t byte)
    {
        if (place++ == 0) {
            talks = !byte && board.available();
            if (byte)
                board.write(&byte, 1);
            return board.available() ? 'R' : 0;
        }
        if (talks)
            return board.available() ? static_cast<uint8_t>(board.read()) : 0;
        board.write(&byte, 1);
        return 0;
    }
};
extern Bus SPI;
